"""What a doorway costs its agent: the time that a token takes in the agent's own thread, with it and without.

    python benchmarks/doorways.py
    python benchmarks/doorways.py --tokens 2000 --repeats 9

Every agent streams the same scripted tokens through the real framework, at a steady pace; timed is the call
that hands out the next token. Runs with and without speech take turns. Speech goes to espeak, and then to a
voice that is slow, a sink that breaks, and one that hangs: none of them may show.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from tables import markdown_table

from llmvox_plugins import load_voice
from llmvox_plugins.core.audio import AudioChunk
from llmvox_plugins.core.sinks import MemorySink, Sink
from llmvox_plugins.core.testing import ScriptedVoice
from llmvox_plugins.core.voices.base import Voice

WORDS = "Sunlight holds every colour, and the molecules of the air scatter blue light the most. ".split(" ")


@dataclass(frozen=True)
class Speech:
    """Where the tokens go to be heard."""

    title: str
    voice: Callable[[], Voice]
    sink: Callable[[], Sink | Callable[[AudioChunk], object]]


Agent = Callable[[list[str], "tuple[Voice, Any] | None"], Iterator[object]]
"""The tokens as a framework hands them out; with a voice and a sink they are heard."""


def langchain(tokens: list[str], speech: tuple[Voice, Any] | None) -> Iterator[object]:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk
    from langchain_core.outputs import ChatGenerationChunk, ChatResult

    from llmvox_plugins.integrations.langchain import SpeechCallbackHandler

    class Model(BaseChatModel):
        @property
        def _llm_type(self) -> str:
            return "scripted"

        def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
            raise NotImplementedError

        def _stream(
            self, *args: Any, run_manager: Any = None, **kwargs: Any
        ) -> Iterator[ChatGenerationChunk]:
            for token in tokens:
                chunk = ChatGenerationChunk(message=AIMessageChunk(content=token))
                if run_manager:
                    run_manager.on_llm_new_token(token, chunk=chunk)
                yield chunk

    handlers = [] if speech is None else [SpeechCallbackHandler(voice=speech[0], to=speech[1])]
    return Model().stream("?", config={"callbacks": [*handlers]})


def llama_index(tokens: list[str], speech: tuple[Voice, Any] | None) -> Iterator[object]:
    from llama_index.core.llms import ChatMessage, CompletionResponse, CustomLLM, LLMMetadata
    from llama_index.core.llms.callbacks import llm_completion_callback

    from llmvox_plugins.integrations.llama_index import attach

    class Model(CustomLLM):
        @property
        def metadata(self) -> LLMMetadata:
            return LLMMetadata()

        @llm_completion_callback()
        def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
            raise NotImplementedError

        @llm_completion_callback()
        def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
            text = ""
            for token in tokens:
                text += token
                yield CompletionResponse(text=text, delta=token)

    attached = None if speech is None else attach(voice=speech[0], to=speech[1])

    def stream() -> Iterator[object]:
        yield from Model().stream_chat([ChatMessage(content="?")])
        if attached is not None:
            attached()

    return stream()


def openai_sdk(tokens: list[str], speech: tuple[Voice, Any] | None) -> Iterator[object]:
    import httpx2
    from openai import OpenAI

    from llmvox_plugins.integrations.openai import speak_stream

    def event(delta: dict[str, Any], reason: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        frame = {
            "id": "1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m",
            "choices": [choice],
        }
        return f"data: {json.dumps(frame)}\n\n"

    body = "".join([*(event({"content": token}) for token in tokens), event({}, "stop"), "data: [DONE]\n\n"])
    answer = httpx2.MockTransport(
        lambda request: httpx2.Response(200, text=body, headers={"content-type": "text/event-stream"})
    )
    client = OpenAI(api_key="none", base_url="http://llm/v1", http_client=httpx2.Client(transport=answer))
    stream = client.chat.completions.create(model="m", messages=[], stream=True)
    return iter(stream if speech is None else speak_stream(stream, voice=speech[0], to=speech[1]))


def transformers(tokens: list[str], speech: tuple[Voice, Any] | None) -> Iterator[object]:
    import torch
    from tokenizers import Tokenizer, decoders, models
    from transformers import PreTrainedTokenizerFast

    from llmvox_plugins.integrations.transformers import SpeechStreamer

    known = {word: number for number, word in enumerate(dict.fromkeys(tokens))}
    words = Tokenizer(models.WordLevel(known, unk_token=tokens[0]))
    words.decoder = decoders.Fuse()
    tokenizer: Any = PreTrainedTokenizerFast(tokenizer_object=words)  # type: ignore[no-untyped-call]
    streamer = None if speech is None else SpeechStreamer(tokenizer, *speech, skip_prompt=False)
    for token in tokens:
        if streamer is not None:
            streamer.put(torch.tensor([known[token]]))
        yield token
    if streamer is not None:
        streamer.end()


AGENTS: dict[str, Agent] = {
    "LangChain": langchain,
    "LlamaIndex": llama_index,
    "OpenAI SDK": openai_sdk,
    "transformers": transformers,
}


def broken(chunk: AudioChunk) -> None:
    raise OSError("no device")


def hanging(chunk: AudioChunk) -> None:
    threading.Event().wait(3600)


SPEECH = [
    Speech("espeak", lambda: load_voice("espeak:en-us"), MemorySink),
    Speech("slow voice", lambda: ScriptedVoice(delay=0.5), MemorySink),
    Speech("broken sink", ScriptedVoice, lambda: broken),
    Speech("hanging sink", ScriptedVoice, lambda: hanging),
]


def costs(tokens: Iterable[object], pause: float) -> list[float]:
    """Seconds that each token took its agent, but for the first, which opens what there is to be opened."""
    took: list[float] = []
    stream = iter(tokens)
    next(stream)
    while True:
        time.sleep(pause)
        began = time.perf_counter()
        if next(stream, None) is None:
            return took
        took.append(time.perf_counter() - began)


def compare(agent: Agent, speech: Speech, settings: argparse.Namespace) -> dict[str, float]:
    """Microseconds a token, without speech and with it, in turns."""
    tokens = [word + " " for word in (WORDS * settings.tokens)[: settings.tokens]]
    silent: list[float] = []
    spoken: list[float] = []
    for _ in range(settings.repeats):
        silent += costs(agent(tokens, None), settings.pause)
        spoken += costs(agent(tokens, (speech.voice(), speech.sink())), settings.pause)
    return {
        f"{name}_p{percent}": 1e6 * (median(took) if percent == 50 else quantiles(took, n=100)[98])
        for name, took in (("without", silent), ("with", spoken))
        for percent in (50, 99)
    }


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tokens", type=int, default=500, help="in an answer")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--pause", type=float, default=0.004, help="seconds between two tokens")
    parser.add_argument("--json", action="store_true")
    settings = parser.parse_args(arguments)
    rows = [
        {"agent": name, "speech": speech.title, **compare(agent, speech, settings)}
        for name, agent in AGENTS.items()
        for speech in SPEECH
    ]
    print(json.dumps(rows, indent=2) if settings.json else table(rows))


def table(rows: list[dict[str, Any]]) -> str:
    head = ["µs a token", "speech", "without p50", "with p50", "added", "without p99", "with p99"]
    cells = [
        [
            row["agent"],
            row["speech"],
            f"{row['without_p50']:.0f}",
            f"{row['with_p50']:.0f}",
            f"{row['with_p50'] - row['without_p50']:.0f}",
            f"{row['without_p99']:.0f}",
            f"{row['with_p99']:.0f}",
        ]
        for row in rows
    ]
    return markdown_table(head, cells)


if __name__ == "__main__":
    main()
