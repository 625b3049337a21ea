"""One audio to several places."""

from __future__ import annotations

from contextlib import ExitStack

from ..audio import AudioChunk
from .base import Sink

__all__ = ["TeeSink"]


class TeeSink(Sink):
    """Hands everything to all of its sinks.

    first: the one with the clock, such as a speaker; what has been heard is what this one has played.
    others: the ones that listen along, such as a recording.
    """

    def __init__(self, first: Sink, *others: Sink) -> None:
        self._first = first
        self._sinks = (first, *others)

    def begin(self, sample_rate: int) -> None:
        for sink in self._sinks:
            sink.begin(sample_rate)

    def write(self, chunk: AudioChunk) -> None:
        for sink in self._sinks:
            sink.write(chunk)

    def finish(self) -> None:
        for sink in self._sinks:
            sink.finish()

    def abort(self) -> None:
        for sink in self._sinks:
            sink.abort()

    @property
    def played(self) -> float:
        return self._first.played

    @property
    def underruns(self) -> int | None:
        return self._first.underruns

    def close(self) -> None:
        with ExitStack() as stack:  # one that fails does not keep the others open
            for sink in self._sinks:
                stack.callback(sink.close)
