"""What a stream is at, what it is allowed, and the one place where its state changes."""

from __future__ import annotations

import enum
import logging
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass

from .errors import LLMVoxError

__all__ = ["Life", "StreamLimits", "StreamState"]

log = logging.getLogger("llmvox_plugins")


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
    idle_timeout: seconds without text after which the stream ends itself.
    stall_timeout: seconds, beyond the length of the audio it holds, that a sink may take for one call.
    """

    inbox: int = 2**20
    buffer_seconds: float = 10.0
    idle_release: float = 1.0
    idle_timeout: float = math.inf
    stall_timeout: float = 10.0


class Life:
    """A stream's state. It ends in exactly one final state, and is done once nothing is heard any more."""

    def __init__(self) -> None:
        self.state = StreamState.OPEN
        self.error: LLMVoxError | None = None
        self._lock = threading.RLock()
        self._done = threading.Event()
        self._when_done: list[Callable[[], None]] = []

    @classmethod
    def lost(cls, error: LLMVoxError) -> Life:
        """One that ended with the process it belonged to; nobody is to be told."""
        life = cls()
        life.state, life.error = StreamState.FAILED, error
        life.close()
        return life

    def drain(self) -> bool:
        """The text is complete; returns whether it was not before."""
        with self._lock:
            was_open = self.state is StreamState.OPEN
            if was_open:
                self.state = StreamState.DRAINING
            return was_open

    def become(self, state: StreamState, error: LLMVoxError | None = None) -> bool:
        """Enter a final state; returns False if there is one already."""
        with self._lock:
            if self.state.is_final:
                return False
            self.state, self.error = state, error
        if error is not None:
            log.error("speech failed: %s", error)
        return True

    def close(self) -> None:
        """Nothing will be heard any more."""
        with self._lock:
            self._done.set()
            callbacks, self._when_done = self._when_done, []
        for callback in callbacks:
            callback()

    @property
    def done(self) -> bool:
        return self._done.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Until done; returns whether it is."""
        return self._done.wait(timeout)

    def when_done(self, callback: Callable[[], None]) -> None:
        """Call back, from any thread, when done; at once if it is."""
        with self._lock:
            if not self.done:
                self._when_done.append(callback)
                return
        callback()
