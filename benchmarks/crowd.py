"""Many streams at once on one voice, one of them played into a slow sink: do the others wait for it?"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from hearing import gaps_between
from scripted_llm import ScriptedLLM

from llmvox_plugins import AudioChunk, SpeechStream
from llmvox_plugins.core.sinks import CallableSink
from llmvox_plugins.core.voices.base import Voice

__all__ = ["FIRST_SINK", "Take", "Times", "crowd"]

Take: TypeAlias = "Callable[[AudioChunk], None]"


@dataclass(frozen=True, slots=True)
class Times:
    """Of one stream, in seconds: from the LLM's first token to its first audio; to when its sink had all of
    it; and the silence that somebody would have heard in between who plays it in real time."""

    first_audio: float
    finish: float
    silence: float


class _Stopwatch(CallableSink):
    """Takes audio as fast as `take` does, and notes when it came."""

    def __init__(self, take: Take) -> None:
        super().__init__(take)
        self._arrivals: list[tuple[float, float]] = []
        self._finished = 0.0

    def write(self, chunk: AudioChunk) -> None:
        self._arrivals.append((time.monotonic(), chunk.duration))
        super().write(chunk)

    def finish(self) -> None:
        self._finished = time.monotonic()

    def times(self, began: float) -> Times:
        silence = sum(end - begin for begin, end in gaps_between(self._arrivals))
        return Times(self._arrivals[0][0] - began, self._finished - began, silence)


def _at_once(chunk: AudioChunk) -> None:
    pass


def _slowly(chunk: AudioChunk) -> None:
    time.sleep(0.2)


def _hang(chunk: AudioChunk) -> None:
    if chunk.start == 0:
        time.sleep(3.0)


FIRST_SINK: dict[str, Take] = {
    "is as quick as the others": _at_once,
    "takes 0.2 s for each chunk": _slowly,
    "hangs for 3 s": _hang,
}
"""What may be the matter with the sink of the first stream."""


def crowd(voice: Voice, llm: ScriptedLLM, count: int, first_take: Take) -> list[Times]:
    """Let `count` streams say the same answer, each getting each token at once.

    first_take: how the first one's sink takes a chunk.
    Returns the times of all the others.
    """
    sinks = [_Stopwatch(first_take), *(_Stopwatch(_at_once) for _ in range(count - 1))]
    streams = [SpeechStream(voice, sink) for sink in sinks]
    for token in llm:
        for stream in streams:
            stream.write(token)
    for stream in streams:
        stream.end()
    for stream in streams[1:]:
        stream.wait()
    streams[0].cancel()
    return [sink.times(llm.began) for sink in sinks[1:]]
