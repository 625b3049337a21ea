"""What a stream is at, and what it is allowed."""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = ["StreamLimits", "StreamState"]


class StreamState(enum.Enum):
    """open → draining → finished, cancelled or failed."""

    OPEN = "open"  # text may be written
    DRAINING = "draining"  # the text is complete, its audio is not
    FINISHED = "finished"  # everything has been heard
    CANCELLED = "cancelled"
    FAILED = "failed"  # see `error`

    @property
    def is_final(self) -> bool:
        return self in (StreamState.FINISHED, StreamState.CANCELLED, StreamState.FAILED)


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """What a stream may hold, and how long it waits.

    inbox: characters of text that may wait to be read; beyond it the stream fails.
    buffer_seconds: audio that may wait for the listener; beyond it the voice rests.
    idle_release: seconds without text after which what is held back is spoken as if the text ended there.
    idle_timeout: seconds without text after which the stream ends itself; None is never.
    stall_timeout: seconds, beyond the length of the audio it holds, that a sink may take for one call.
    """

    inbox: int = 2**20
    buffer_seconds: float = 10.0
    idle_release: float = 1.0
    idle_timeout: float | None = None
    stall_timeout: float = 10.0
