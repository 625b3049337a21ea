"""Chunks on their way from one maker to one listener: bounded in seconds, with its end, or its error, last.

The maker looks whether there is `room` and never blocks; the listener waits in a thread with get(), or on an
event loop with get_async(), and is woken only when he waits. It knows neither streams nor sinks.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable

from .audio import AudioChunk

__all__ = ["AudioQueue"]


class AudioQueue:
    """limit: seconds of audio that may wait here.

    on_room: called in the listener's thread when a full queue has been emptied to its half.
    """

    def __init__(self, limit: float, on_room: Callable[[], None]) -> None:
        self._limit = limit
        self._on_room = on_room
        self._changed = threading.Condition()
        self._chunks: deque[AudioChunk] = deque()
        self._seconds = 0.0
        self._closed = False
        self._error: Exception | None = None
        self._was_full = False
        self._waiter: tuple[asyncio.AbstractEventLoop, asyncio.Future[None]] | None = None

    @property
    def room(self) -> bool:
        """Whether more audio may be made; once it is not, on_room() tells when it is again."""
        with self._changed:
            full = self._seconds >= self._limit
            self._was_full = self._was_full or full
            return not full

    def put(self, chunk: AudioChunk) -> bool:
        """Never blocks; what comes after close() is dropped. Returns False if the listener is lost: his
        event loop is closed."""
        with self._changed:
            if self._closed:
                return True
            self._chunks.append(chunk)
            self._seconds += chunk.duration
        return self._wake()

    def close(self, error: Exception | None = None) -> bool:
        """No more audio comes: the listener gets what waits here, then the end or the error. As put()."""
        with self._changed:
            if self._closed:
                return True
            self._closed, self._error = True, error
        return self._wake()

    def clear(self) -> None:
        """Drop what waits here; the end, or the error, is all that is left."""
        with self._changed:
            self._chunks.clear()
            self._seconds = 0.0
            self._closed = True
        self._wake()

    def get(self) -> AudioChunk | None:
        """The next chunk, or None at the end; raises the error with which the queue was closed."""
        with self._changed:
            self._changed.wait_for(self._ready)
        return self._take()

    async def get_async(self) -> AudioChunk | None:
        """As get(), on the running event loop."""
        loop = asyncio.get_running_loop()
        while True:
            with self._changed:
                if self._ready():
                    break
                woken = loop.create_future()
                self._waiter = (loop, woken)
            await woken
        return self._take()

    def _ready(self) -> bool:
        return bool(self._chunks) or self._closed

    def _take(self) -> AudioChunk | None:
        with self._changed:
            if not self._chunks:
                if self._error is not None:
                    raise self._error
                return None
            chunk = self._chunks.popleft()
            self._seconds -= chunk.duration
            roomy_again = self._was_full and self._seconds <= self._limit / 2
            self._was_full = self._was_full and not roomy_again
        if roomy_again:
            self._on_room()
        return chunk

    def _wake(self) -> bool:
        with self._changed:
            self._changed.notify()
            waiter, self._waiter = self._waiter, None
        if waiter is not None:
            loop, woken = waiter
            try:
                loop.call_soon_threadsafe(_resolve, woken)
            except RuntimeError:  # the loop is closed
                return False
        return True


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
