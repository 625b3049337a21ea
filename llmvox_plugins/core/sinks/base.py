"""What a sink is: the place that a stream's audio goes to.

A sink outlives streams. They use it one after another, each in the order begin, write…, finish, on one
drain thread; only abort(), played() and close() may come from another.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from ..audio import AudioChunk

__all__ = ["CallableSink", "Sink"]


class Sink(ABC):
    """Where audio goes. Construction raises if it cannot go there; nothing has been synthesised by then."""

    def begin(self, sample_rate: int) -> None:  # noqa: B027  most sinks need no preparation
        """A stream's audio comes next, at `sample_rate` Hz."""

    @abstractmethod
    def write(self, chunk: AudioChunk) -> None:
        """Take a chunk. May block as long as the place is full: that is the stream's back-pressure."""

    def finish(self) -> None:  # noqa: B027
        """The stream's audio is complete: return when all of it has been heard."""

    def abort(self) -> None:  # noqa: B027
        """Drop what has been written and not been heard, and release a blocked write() or finish()."""

    @property
    @abstractmethod
    def played(self) -> float:
        """Seconds heard of the stream that began last. A place without a clock hears what is written."""

    @property
    def underruns(self) -> int | None:
        """How often the stream that began last ran dry here; None if the place has no clock to tell."""
        return None

    def close(self) -> None:  # noqa: B027
        """No stream follows: complete what is to be completed, and let go. May be called twice."""


class CallableSink(Sink):
    """Hands each chunk to a function."""

    def __init__(self, function: Callable[[AudioChunk], object]) -> None:
        self._function = function
        self._played = 0.0

    def begin(self, sample_rate: int) -> None:
        self._played = 0.0

    def write(self, chunk: AudioChunk) -> None:
        self._function(chunk)
        self._played = chunk.end

    @property
    def played(self) -> float:
        return self._played
