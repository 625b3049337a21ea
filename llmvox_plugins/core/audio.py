"""Audio that never travels without its format: samples, their rate, and their place in time and text.

Samples are mono float32 in [-1, 1] throughout; only the edges (files, devices, wires) know other forms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["AudioChunk", "Resampler", "Samples", "Span", "to_pcm16"]

Samples: TypeAlias = NDArray[np.float32]
Span: TypeAlias = "tuple[int, int]"


@dataclass(frozen=True, slots=True, eq=False)
class AudioChunk:
    """A stretch of speech.

    samples: float32, (N,), mono, in [-1, 1].
    sample_rate: Hz.
    start: seconds from the beginning of its stream.
    text_span: (begin, end) in code points of the text written to the stream: the words, most often a part
        of one, that are spoken here. A pause carries the span of the word before it.
    estimated: whether the span is an estimate rather than known from the synthesiser.
    """

    samples: Samples
    sample_rate: int
    start: float
    text_span: Span
    estimated: bool = False

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / self.sample_rate

    @property
    def end(self) -> float:
        """Seconds from the beginning of its stream."""
        return self.start + self.duration


def to_pcm16(samples: Samples) -> bytes:
    """float32 in [-1, 1] → 16-bit little-endian PCM; what lies outside is clipped."""
    pcm: NDArray[np.int16] = (np.clip(samples, -1.0, 1.0) * 32767.0).round().astype("<i2")
    return pcm.tobytes()


class Resampler:
    """One stream of samples from one rate to another: feed() → samples, flush() → the rest."""

    def __init__(self, source_rate: int, target_rate: int) -> None:
        import soxr  # 20 ms to import, and most streams never need it

        self._stream = soxr.ResampleStream(source_rate, target_rate, 1, dtype="float32")

    def feed(self, samples: Samples) -> Samples:
        return np.asarray(self._stream.resample_chunk(samples), dtype=np.float32)

    def flush(self) -> Samples:
        return np.asarray(self._stream.resample_chunk(np.zeros(0, np.float32), last=True), dtype=np.float32)
