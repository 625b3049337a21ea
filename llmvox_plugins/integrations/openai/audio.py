"""A talk's chunks → the bytes of an audio format, as they come, off the event loop where that takes time."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Protocol

import anyio
import anyio.to_thread
import numpy as np
from anyio.lowlevel import RunVar

from ...core.audio import AudioChunk, Resampler, Samples
from ...core.encode import FORMATS, Encoder, open_encoder
from ...core.tempo import Tempo

__all__ = ["MEDIA_TYPES", "SAMPLE_RATE", "Press", "encoded", "silent"]

SAMPLE_RATE = 24_000
"""Hz, of everything that leaves the server: OpenAI's pcm has no header to tell another one."""

MEDIA_TYPES = {**FORMATS, "f32": "application/octet-stream"}
"""Every format's MIME type; f32 is raw float32, little-endian, which no file is made of."""

_SILENCE = np.zeros(SAMPLE_RATE // 10, np.float32)
_CHEAP = ("pcm", "wav", "f32")  # microseconds a chunk
_FIRST: RunVar[anyio.CapacityLimiter] = RunVar("llmvox_first_parts")
_REST: RunVar[anyio.CapacityLimiter] = RunVar("llmvox_parts")


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
    if rest := await (press.flush() if press else silent(format)):
        yield rest


async def silent(format: str) -> bytes:
    """A whole file in which nothing is said."""
    press = Press(format, SAMPLE_RATE, 1.0)
    return await press.feed(_SILENCE) + await press.flush()


class _FloatEncoder(Encoder):
    def feed(self, samples: Samples) -> bytes:
        return samples.astype("<f4").tobytes()

    def flush(self) -> bytes:
        return b""


class _Stage(Protocol):
    def feed(self, samples: Samples) -> Samples: ...

    def flush(self) -> Samples: ...


async def _aside(work: Callable[[], bytes], at_once: RunVar[anyio.CapacityLimiter]) -> bytes:
    """In a thread; no more at once than there are cores, or the event loop would wait long for its turn.

    First parts do not queue behind those of streams whose listeners have enough.
    """
    try:
        limiter = at_once.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(os.cpu_count() or 1)
        at_once.set(limiter)
    return await anyio.to_thread.run_sync(work, limiter=limiter)


class Press:
    """Speed, rate and format, one after another."""

    def __init__(self, format: str, sample_rate: int, speed: float) -> None:
        self._format, self._sample_rate, self._speed = format, sample_rate, speed
        self._stages: list[_Stage] = []
        self._encoder: Encoder | None = None
        self._cheap = format in _CHEAP and speed == 1

    async def feed(self, samples: Samples) -> bytes:
        if self._cheap:
            return self._feed(samples)
        return await _aside(lambda: self._feed(samples), _REST if self._encoder else _FIRST)

    async def flush(self) -> bytes:
        return await _aside(self._flush, _REST)

    def _open(self) -> Encoder:
        """What it needs is made where it is used: with FFmpeg, some milliseconds of work."""
        if self._speed != 1:
            self._stages.append(Tempo(self._sample_rate, self._speed))
        if self._sample_rate != SAMPLE_RATE:
            self._stages.append(Resampler(self._sample_rate, SAMPLE_RATE))
        self._encoder = _FloatEncoder() if self._format == "f32" else open_encoder(self._format, SAMPLE_RATE)
        return self._encoder

    def _feed(self, samples: Samples) -> bytes:
        encoder = self._encoder or self._open()
        for stage in self._stages:
            samples = stage.feed(samples)
        return encoder.feed(samples)

    def _flush(self) -> bytes:
        encoder, rest = self._encoder or self._open(), np.zeros(0, np.float32)
        for stage in self._stages:
            rest = np.concatenate([stage.feed(rest), stage.flush()])
        return encoder.feed(rest) + encoder.flush()
