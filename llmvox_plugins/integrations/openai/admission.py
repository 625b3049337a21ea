"""Who may speak now: so many at once, so many who wait; the others are told when to come again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from .errors import busy, unavailable

__all__ = ["Admission"]


class Admission:
    """places: streams at once. waiting: how many may wait for a place, and patience: for so many seconds.

    Places are given in the order in which they were asked for.
    """

    def __init__(self, places: int, waiting: int, patience: float) -> None:
        self.taken = 0
        self.waiting = 0
        self.refused = 0
        self._places, self._most_waiting, self._patience = places, waiting, patience
        self._free = anyio.Semaphore(places)
        self._closing = False
        self._idle = anyio.Event()

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place for as long as the block lasts.

        Raises APIError: 429 if too many wait, 503 if none came free in time or the server is about to end.
        """
        await self._enter()
        try:
            yield
        finally:
            self.taken -= 1
            self._free.release()
            if self._closing and not self.taken:
                self._idle.set()

    async def close(self, patience: float) -> bool:
        """Admit nobody more, and wait for those who speak; returns whether all were done in time."""
        self._closing = True
        if self.taken:
            with anyio.move_on_after(patience):
                await self._idle.wait()
        return not self.taken

    @property
    def closing(self) -> bool:
        return self._closing

    async def _enter(self) -> None:
        if self._closing:
            self.refused += 1
            raise unavailable("the server is shutting down", 5, "shutting_down")
        try:
            self._free.acquire_nowait()
        except anyio.WouldBlock:
            await self._wait()
        self.taken += 1

    async def _wait(self) -> None:
        if self.waiting >= self._most_waiting:
            self.refused += 1
            raise busy(f"as many streams are being spoken as may be: {self._places}", 1 + self._patience)
        self.waiting += 1
        try:
            with anyio.fail_after(self._patience):
                await self._free.acquire()
        except TimeoutError:
            self.refused += 1
            raise unavailable("no place came free in time", self._patience) from None
        finally:
            self.waiting -= 1
