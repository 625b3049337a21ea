"""A LangChain chain whose answer is spoken while it streams, and recorded in answer.wav.

make demo                                       a scripted answer
OPENAI_API_KEY=… make demo                      asks OpenAI, or whatever OPENAI_BASE_URL names
python examples/langchain_chain.py "Why is the sky blue?"
"""

import os
import sys
import threading
import time

from langchain_core.language_models import BaseChatModel, GenericFakeChatModel
from langchain_core.prompts import ChatPromptTemplate

from llmvox_plugins import LLMVoxError, SpeakerSink, WavSink
from llmvox_plugins.core.sinks import Sink, TeeSink, open_sink
from llmvox_plugins.integrations.langchain import SpeechCallbackHandler

ANSWER = (
    "**Rayleigh scattering** is why. Sunlight holds every colour, and the molecules of the air scatter blue "
    "light about four times as much as red. So wherever you look, away from the sun, it is mostly blue light "
    "that reaches your eyes.\n\nAt sunset the light has come through far more air. Most of the blue is gone "
    "by then, and what is left glows orange and red."
)


class ScriptedModel(GenericFakeChatModel):
    """Stands in for a model where none is configured: 20 words a second."""

    def _stream(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        for chunk in super()._stream(*args, **kwargs):
            time.sleep(0.025)  # words and the spaces between them are chunks here
            yield chunk


def choose_model() -> BaseChatModel:
    if os.environ.get("OPENAI_API_KEY") or os.environ.get("OPENAI_BASE_URL"):
        from langchain_openai import ChatOpenAI

        os.environ.setdefault("OPENAI_API_KEY", "none")  # local servers ask for no key
        return ChatOpenAI(model=os.environ.get("OPENAI_MODEL", "gpt-4o-mini"))
    print("Neither OPENAI_API_KEY nor OPENAI_BASE_URL is set: this is a scripted answer.")
    return ScriptedModel(messages=iter([ANSWER]))


def choose_sink() -> Sink:
    if os.environ.get("LLMVOX_TO"):
        return open_sink(None)
    recording = WavSink("answer.wav")
    try:
        return TeeSink(SpeakerSink(), recording)
    except LLMVoxError as error:
        print(f"Not heard, only written to answer.wav: {error}")
        return recording


def show_words(speech: SpeechCallbackHandler, done: threading.Event) -> None:
    """Print each word once it has been spoken."""
    shown = 0
    while not done.is_set() or shown < len(speech.spoken.heard):
        heard = speech.spoken.heard
        print(heard[shown:], end="", flush=True)
        shown = len(heard)
        time.sleep(0.02)


def main() -> None:
    question = " ".join(sys.argv[1:]) or "Why is the sky blue?"
    sink = choose_sink()
    speech = SpeechCallbackHandler(to=sink)  # the voice that LLMVOX_VOICE names, or the best there is
    chain = ChatPromptTemplate.from_template("Answer in four sentences: {question}") | choose_model()

    print(f"\n> {question}\n")
    done = threading.Event()
    words = threading.Thread(target=show_words, args=[speech, done])
    words.start()
    try:
        chain.invoke({"question": question}, config={"callbacks": [speech]})
        speech.wait()
    finally:
        done.set()
        words.join()
        sink.close()

    stats = None if speech.stream is None else speech.stream.stats
    if stats is None or stats.time_to_first_audio is None:
        print("Nothing was spoken.")
    else:
        print(
            f"\n\nFirst audio {1000 * stats.time_to_first_audio:.0f} ms after the first token; "
            f"{stats.audio_seconds:.1f} s of speech in {os.environ.get('LLMVOX_TO') or 'answer.wav'}."
        )


if __name__ == "__main__":
    main()
