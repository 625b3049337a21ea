"""Draws text out of the chain before, into a stream of speech: audio shall not wait for the next token.

Iterated, a drawing gives again what was drawn, for LangChain's tracing, until it is given up.
"""

from __future__ import annotations

import asyncio
import queue
from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core.messages import BaseMessage

from ...core.stream import SpeechStream

__all__ = ["AsyncDrawing", "Drawing"]


class Drawing:
    """draw() works in a thread of its own; the rest belongs to whoever takes the audio.

    error: what the chain before has raised.
    """

    def __init__(self, deltas: Iterator[Any], stream: SpeechStream) -> None:
        self.error: BaseException | None = None
        self._deltas = deltas
        self._stream = stream
        self._seen: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()  # an empty one is the end
        self._over = False

    def draw(self) -> None:
        try:
            for delta in self._deltas:
                self._seen.put((delta,))
                self._stream.write_all(text_of_delta(delta))
                if self._stream.state.is_final:
                    break  # it was given up, or the voice has failed
            self._stream.end()
        except BaseException as error:  # noqa: BLE001  it is raised where the audio is taken
            self.error = error
            self._stream.cancel()
        finally:
            self._seen.put(())
            close = getattr(self._deltas, "close", None)
            if close is not None:
                close()

    def give_up(self) -> None:
        """Nobody wants the rest."""
        self._over = True
        self._stream.cancel()

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        seen = () if self._over else self._seen.get()
        if not seen:
            self._over = True
            raise StopIteration
        return seen[0]


class AsyncDrawing:
    """As `Drawing`; draw() works in a task."""

    def __init__(self, deltas: AsyncIterator[Any], stream: SpeechStream) -> None:
        self.error: BaseException | None = None
        self._deltas = deltas
        self._stream = stream
        self._seen: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()
        self._over = False

    async def draw(self) -> None:
        try:
            async for delta in self._deltas:
                self._seen.put_nowait((delta,))
                await self._write(text_of_delta(delta))
                if self._stream.state.is_final:
                    break
            self._stream.end()
        except BaseException as error:
            self._stream.cancel()
            if isinstance(error, asyncio.CancelledError) and self._over:
                raise
            self.error = error
        finally:
            self._seen.put_nowait(())
            close = getattr(self._deltas, "aclose", None)
            if close is not None:
                await close()

    async def _write(self, text: str) -> None:
        if len(text) > LONG:
            await asyncio.to_thread(self._stream.write_all, text)  # it waits while the inbox is full
        else:
            self._stream.write(text)

    def give_up(self) -> None:
        self._over = True
        self._stream.cancel()

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        seen = () if self._over else await self._seen.get()
        if not seen:
            self._over = True
            raise StopAsyncIteration
        return seen[0]


LONG = 2**12  # characters: a text, not a token


def text_of_delta(delta: object) -> str:
    """What is said of a part of an answer."""
    if isinstance(delta, str):
        return delta
    if isinstance(delta, BaseMessage):
        return str(delta.text)
    raise TypeError(
        f"SpeechRunnable speaks text and messages, not {type(delta).__name__}: put a step before it that "
        "takes the text out, or attach a SpeechCallbackHandler to the agent"
    )
