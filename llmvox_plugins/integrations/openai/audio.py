"""A talk's chunks → the bytes of an audio format, as they come, off the event loop where that takes time."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Protocol

import anyio.to_thread
import numpy as np

from ...core.audio import AudioChunk, Resampler, Samples
from ...core.encode import open_encoder
from ...core.tempo import Tempo

__all__ = ["SAMPLE_RATE", "Press", "encoded"]

SAMPLE_RATE = 24_000
"""Hz, of everything that leaves the server: OpenAI's pcm has no header to tell another one."""

_SILENCE = np.zeros(SAMPLE_RATE // 10, np.float32)
_CHEAP = ("pcm", "wav")  # microseconds a chunk


async def encoded(
    chunks: AsyncIterator[AudioChunk], format: str, speed: float = 1.0
) -> AsyncGenerator[bytes, None]:
    """One file's bytes at `SAMPLE_RATE`, mono.

    Where nothing is said it holds a tenth of a second of silence: a file without audio plays nowhere.

    Raises ConfigurationError, SinkError, and whatever the chunks raise.
    """
    press: Press | None = None
    async for chunk in chunks:
        if press is None:
            press = Press(format, chunk.sample_rate, speed)
        if part := await press.feed(chunk.samples):
            yield part
    if press is None:
        press = Press(format, SAMPLE_RATE, 1.0)
        if part := await press.feed(_SILENCE):
            yield part
    if part := await press.flush():
        yield part


class _Stage(Protocol):
    def feed(self, samples: Samples) -> Samples: ...

    def flush(self) -> Samples: ...


class Press:
    """Speed, rate and format, one after another."""

    def __init__(self, format: str, sample_rate: int, speed: float) -> None:
        self._stages: list[_Stage] = []
        if speed != 1:
            self._stages.append(Tempo(sample_rate, speed))
        if sample_rate != SAMPLE_RATE:
            self._stages.append(Resampler(sample_rate, SAMPLE_RATE))
        self._encoder = open_encoder(format, SAMPLE_RATE)
        self._cheap = format in _CHEAP and speed == 1

    async def feed(self, samples: Samples) -> bytes:
        return self._feed(samples) if self._cheap else await anyio.to_thread.run_sync(self._feed, samples)

    async def flush(self) -> bytes:
        return await anyio.to_thread.run_sync(self._flush)

    def _feed(self, samples: Samples) -> bytes:
        for stage in self._stages:
            samples = stage.feed(samples)
        return self._encoder.feed(samples)

    def _flush(self) -> bytes:
        rest = np.zeros(0, np.float32)
        for stage in self._stages:
            rest = np.concatenate([stage.feed(rest), stage.flush()])
        return self._encoder.feed(rest) + self._encoder.flush()
