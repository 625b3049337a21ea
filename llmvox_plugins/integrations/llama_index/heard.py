"""Iterators that say what they hand out, delta by delta; nothing else about them is changed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from typing import Any, Protocol, TypeVar

from .claims import elsewhere
from .results import delta_of

__all__ = ["HeardAsyncIterator", "HeardIterator", "Teller"]

T = TypeVar("T")


class Teller(Protocol):
    """Where the text goes. It raises into the stream's reader only if that was asked for."""

    def tell(self, text: str) -> None: ...

    def end(self) -> None:
        """The text is complete; comes once, if it comes."""

    def drop(self) -> None:
        """The stream has failed, or its reader has had enough; comes once, and not after the end."""


class _Telling:
    """What both kinds of iterators do beside iterating."""

    def __init__(self, items: Any, teller: Teller) -> None:
        self._items = items
        self._teller: Teller | None = teller

    def _tell(self, item: object) -> None:
        if self._teller is not None:
            self._teller.tell(delta_of(item))

    def _end(self) -> None:
        teller, self._teller = self._teller, None
        if teller is not None:
            teller.end()

    def _drop(self) -> None:
        teller, self._teller = self._teller, None
        if teller is not None:
            teller.drop()

    def __del__(self) -> None:
        self._drop()


class HeardIterator(_Telling, Generator[T, None, None]):
    """One that is given up before its end says no more."""

    def __next__(self) -> T:
        before = elsewhere.set(True)
        try:
            item: T = next(self._items)
        except StopIteration:
            self._end()
            raise
        except BaseException:
            self._drop()
            raise
        finally:
            elsewhere.reset(before)
        self._tell(item)
        return item

    def send(self, value: Any) -> T:
        return next(self)

    def throw(self, *error: Any) -> T:
        self._drop()
        if hasattr(self._items, "throw"):
            return self._items.throw(*error)  # type: ignore[no-any-return]
        return super().throw(*error)

    def close(self) -> None:
        self._drop()
        if hasattr(self._items, "close"):
            self._items.close()


class HeardAsyncIterator(_Telling, AsyncGenerator[T, None]):
    """One that is given up before its end says no more."""

    async def __anext__(self) -> T:
        before = elsewhere.set(True)
        try:
            item: T = await anext(self._items)
        except StopAsyncIteration:
            self._end()
            raise
        except BaseException:  # a cancellation too
            self._drop()
            raise
        finally:
            elsewhere.reset(before)
        self._tell(item)
        return item

    async def asend(self, value: Any) -> T:
        return await self.__anext__()

    async def athrow(self, *error: Any) -> T:
        self._drop()
        if hasattr(self._items, "athrow"):
            return await self._items.athrow(*error)  # type: ignore[no-any-return]
        return await super().athrow(*error)

    async def aclose(self) -> None:
        self._drop()
        if hasattr(self._items, "aclose"):
            await self._items.aclose()
