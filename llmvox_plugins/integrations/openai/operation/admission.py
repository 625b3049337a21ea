"""Who may speak now: so many at once, so many who wait; the others are told when to come again."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio

from ..errors import APIError, busy, unavailable

__all__ = ["Admission"]

LONGEST_RETRY = 60.0  # seconds; OpenAI's client follows no longer one


class Admission:
    """places: streams at once. waiting: how many may wait for a place, and patience: for so many seconds.
    tell: is called with the reason of each refusal: queue_full, queue_timeout or shutting_down.

    Places are given in the order in which they were asked for. Used on one event loop.
    """

    def __init__(
        self, places: int, waiting: int, patience: float, tell: Callable[[str], object] = lambda reason: None
    ) -> None:
        self.taken = 0
        self._places, self._most_waiting, self._patience = places, waiting, patience
        self._tell = tell
        self._queue: deque[asyncio.Future[None]] = deque()
        self._closing = False
        self._idle = anyio.Event()
        self._usual = patience  # seconds that a place is held, the last ones counting for most

    @property
    def waiting(self) -> int:
        return len(self._queue)

    @property
    def closing(self) -> bool:
        return self._closing

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place for as long as the block lasts.

        Raises APIError: 429 if too many wait or none came free in time, 503 if the server is about to end.
        """
        await self._enter()
        entered = time.monotonic()
        try:
            yield
        finally:
            self._usual += (time.monotonic() - entered - self._usual) / 8
            self._leave()

    async def close(self, patience: float) -> bool:
        """Admit nobody more, refuse those who wait, and wait for those who speak.

        Returns whether all were done in time.
        """
        self._closing = True
        for place in [place for place in self._queue if not place.done()]:
            self._queue.remove(place)
            place.set_exception(self._ending())
        if self.taken:
            with anyio.move_on_after(patience):
                await self._idle.wait()
        return not self.taken

    async def _enter(self) -> None:
        if self._closing:
            raise self._ending()
        if self.taken < self._places:
            self.taken += 1
        elif len(self._queue) < self._most_waiting:
            await self._wait()
        else:
            self._tell("queue_full")
            raise busy(f"as many streams are being spoken as may be: {self._places}", self._retry_after)

    async def _wait(self) -> None:
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(place)
        try:
            with anyio.fail_after(self._patience):
                await self._given(place)
        except TimeoutError:
            self._tell("queue_timeout")
            raise busy("no place came free in time", self._retry_after) from None

    async def _given(self, place: asyncio.Future[None]) -> None:
        try:
            await place
        except asyncio.CancelledError:
            if not place.done() or place.cancelled():
                self._queue.remove(place)
            elif place.exception() is None:  # it was given, and nobody is there any more to take it
                self._leave()
            raise

    def _leave(self) -> None:
        """The place goes to the one who has waited longest, if anybody waits."""
        for place in self._queue:
            if not place.done():
                self._queue.remove(place)
                place.set_result(None)
                return
        self.taken -= 1
        if self._closing and not self.taken:
            self._idle.set()

    def _ending(self) -> APIError:
        self._tell("shutting_down")
        return unavailable("the server is shutting down", 5, "shutting_down")

    @property
    def _retry_after(self) -> float:
        """Seconds until those who wait now will have had their turn."""
        return min(LONGEST_RETRY, self._usual * (len(self._queue) + 1) / self._places)
