"""A place that remembers the audio, for tests and for programs that want it whole."""

from __future__ import annotations

import numpy as np

from ..audio import AudioChunk, Samples
from .base import Sink

__all__ = ["MemorySink"]


class MemorySink(Sink):
    """Keeps every chunk of every stream, in order.

    Made for your own tests: give it to what you test in place of a speaker, and look at what was said.

        sink = MemorySink()
        speak("Hello.", voice=ScriptedVoice(), to=sink)
        assert len(sink.samples) > 0

    chunks: the chunks as they came.
    sample_rate: Hz, of the stream that began last; 0 before the first.
    """

    def __init__(self) -> None:
        self.chunks: list[AudioChunk] = []
        self.sample_rate = 0
        self._frames = 0

    @property
    def samples(self) -> Samples:
        """The samples of all chunks, (N,); they are of one rate only if the streams were."""
        return np.concatenate([np.zeros(0, np.float32), *(chunk.samples for chunk in self.chunks)])

    def begin(self, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        self._frames = 0

    def write(self, chunk: AudioChunk) -> None:
        self.chunks.append(chunk)
        self._frames += len(chunk.samples)

    @property
    def played(self) -> float:
        return self._frames / self.sample_rate if self.sample_rate else 0.0
