"""What comes out of a chain that speaks: stretches of audio that add up, as LangChain's chunks do."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ...core.audio import AudioChunk, Samples, Span

__all__ = ["SpokenAudio"]


class SpokenAudio:
    """A stretch of speech, with all that an `AudioChunk` has. The sum of two is both, one after another.

    sample_rate: Hz.
    chunks: the voice's chunks that it is made of, in order.
    """

    def __init__(self, sample_rate: int, *chunks: AudioChunk) -> None:
        self.sample_rate = sample_rate
        self.chunks = chunks

    def __add__(self, other: object) -> SpokenAudio:
        if not isinstance(other, SpokenAudio):
            return NotImplemented
        return SpokenAudio(self.sample_rate, *self.chunks, *other.chunks)

    def __repr__(self) -> str:
        return f"SpokenAudio({self.duration:.2f} s at {self.sample_rate} Hz)"

    @cached_property
    def samples(self) -> Samples:
        """float32, (N,), mono, in [-1, 1]."""
        return np.concatenate([np.zeros(0, np.float32), *(chunk.samples for chunk in self.chunks)])

    @property
    def duration(self) -> float:
        """Seconds."""
        return sum(len(chunk.samples) for chunk in self.chunks) / self.sample_rate

    @property
    def start(self) -> float:
        """Seconds from the beginning of the answer."""
        return self.chunks[0].start if self.chunks else 0.0

    @property
    def end(self) -> float:
        """Seconds from the beginning of the answer."""
        return self.start + self.duration

    @property
    def text_span(self) -> Span:
        """(begin, end) in code points of the answer's text: what is spoken here."""
        return (self.chunks[0].text_span[0], self.chunks[-1].text_span[1]) if self.chunks else (0, 0)

    @property
    def estimated(self) -> bool:
        """Whether the span is an estimate."""
        return any(chunk.estimated for chunk in self.chunks)
