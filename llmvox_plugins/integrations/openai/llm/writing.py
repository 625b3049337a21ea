"""One answer on its way from the thread that writes it to the event loop that reads it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal

__all__ = ["End", "Writing"]


@dataclass(frozen=True, slots=True)
class End:
    """How an answer ended, and the tokens that were read and written for it."""

    reason: Literal["stop", "length"]
    read: int
    written: int


class Writing:
    """put() is called, and stopped read, by the thread; all else on the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._texts: asyncio.Queue[str | End | Exception] = asyncio.Queue()
        self._first: str | End | Exception | None = None
        self._stopped = threading.Event()
        self._end: End | None = None

    def put(self, text: str | End | Exception) -> None:
        if text and not (self.stopped or self._loop.is_closed()):
            self._loop.call_soon_threadsafe(self._texts.put_nowait, text)

    @property
    def stopped(self) -> bool:
        return self._stopped.is_set()

    def stop(self) -> None:
        """Nobody reads on."""
        self._stopped.set()

    async def begun(self) -> None:
        """Until the first of the text is there. Raises why there will be none."""
        self._first = await self._texts.get()
        if isinstance(self._first, Exception):
            raise self._first

    async def __aiter__(self) -> AsyncIterator[str]:
        text, self._first = self._first, None
        while True:
            text = await self._texts.get() if text is None else text
            if isinstance(text, Exception):
                raise text
            if isinstance(text, End):
                self._end = text
                return
            yield text
            text = None

    @property
    def end(self) -> End:
        """Once it has been read to its end."""
        assert self._end is not None
        return self._end
