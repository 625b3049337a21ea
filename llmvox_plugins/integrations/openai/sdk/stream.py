"""A stream of OpenAI's SDK, read by the program as ever, and spoken while it is read."""

from __future__ import annotations

import asyncio
import inspect
import weakref
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from types import TracebackType
from typing import Any, Generic, NoReturn, TypeVar, overload

from ....core.doorway import Doorway, harmless
from ....core.errors import ConfigurationError
from ....core.narrator import LIMITS, Narrator, Turns
from ....core.roots import joined
from ....core.sinks import Place
from ....core.state import StreamLimits
from ....core.timeline import SpokenText
from ....core.voices.base import Voice
from .ambient import release
from .events import Telling
from .structure import asks_for_data

__all__ = ["SpokenAsyncStream", "SpokenStream", "speak_stream"]

Event = TypeVar("Event")


@overload
def speak_stream(
    stream: AsyncIterable[Event] | AbstractAsyncContextManager[AsyncIterable[Event]],
    voice: Voice | str | None = None,
    to: Place | None = None,
    *,
    turns: Turns = "queue",
    raise_errors: bool = False,
    limits: StreamLimits = LIMITS,
    narrator: Narrator | None = None,
) -> SpokenAsyncStream[Event]: ...


@overload
def speak_stream(
    stream: Iterable[Event] | AbstractContextManager[Iterable[Event]],
    voice: Voice | str | None = None,
    to: Place | None = None,
    *,
    turns: Turns = "queue",
    raise_errors: bool = False,
    limits: StreamLimits = LIMITS,
    narrator: Narrator | None = None,
) -> SpokenStream[Event]: ...


def speak_stream(
    stream: Any,
    voice: Voice | str | None = None,
    to: Place | None = None,
    *,
    turns: Turns = "queue",
    raise_errors: bool = False,
    limits: StreamLimits = LIMITS,
    narrator: Narrator | None = None,
) -> Any:
    """The same stream, spoken: read it in place of the other.

    stream: of chat completions or Responses, sync or async, as `create(stream=True)` gives it, or what the
        `stream()` helpers give, before or after it is entered.
    voice: a voice, its name, or None for LLMVOX_VOICE or the best there is.
    to: a path, "speaker", a sink or a function that takes chunks; None for LLMVOX_TO or the speaker.
    turns: whose turn it is where several would speak at once, as `Narrator` takes it.
    raise_errors: raise trouble with speech where the stream is read; else it is logged once and kept on
        `error`.
    narrator: speak through this one, which others may share, and leave it open; voice and what follows it
        are its own then.

    Raises only here, and only what would be wrong from the beginning: an unknown voice, a place that cannot
    be opened, or what is no stream.
    """
    kind = _kind_of(stream)
    if narrator is not None:
        return kind(stream, narrator, None)
    own = Narrator(voice, to, turns=turns, raise_errors=raise_errors, limits=limits)
    return kind(stream, own, own)


def _kind_of(stream: Any) -> type[SpokenStream[Any] | SpokenAsyncStream[Any]]:
    if inspect.iscoroutine(stream):
        stream.close()
        raise ConfigurationError("an async client's stream is to be awaited: speak_stream(await client…)")
    if hasattr(stream, "__aiter__") or hasattr(stream, "__aenter__"):
        return SpokenAsyncStream
    is_whole = hasattr(stream, "choices") or hasattr(stream, "output")  # its fields can be iterated as well
    if not is_whole and (hasattr(stream, "__iter__") or hasattr(stream, "__enter__")):
        return SpokenStream
    raise ConfigurationError(f"{type(stream).__name__} is no stream: ask for one with stream=True")


class _Spoken(Doorway):
    """What sync and async share. What is not ours is the stream's own: `response`, the helpers' methods."""

    framework = "OpenAI's SDK"

    def __init__(self, source: Any, narrator: Narrator, own: Narrator | None) -> None:
        self._source = source  # as it was given, perhaps still to be entered
        self._narrator = narrator
        self._own = own
        self._telling = Telling(narrator)
        self._read(source)
        # Nobody reads a stream that nobody has any more.
        weakref.finalize(self, self._telling.cancel).atexit = False

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "_stream" not in self.__dict__:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(self._stream, name)

    @property
    def spoken(self) -> SpokenText:
        """What this stream has said, and how much of it has been heard by now."""
        return joined(map(self._narrator.spoken_of, self._telling.runs))

    @harmless
    def _read(self, stream: Any) -> None:
        """What is read from now on. A helper bears its HTTP response under another name than a stream."""
        self._stream = stream
        response = getattr(stream, "response", None) or getattr(stream, "_response", None)
        if response is not None:
            release(response)
            if asks_for_data(response.request):
                self._telling.cancel()

    @harmless
    def _hear(self, event: Any) -> None:
        self._telling.hear(event)

    @harmless
    def _finish(self) -> None:
        self._telling.finish()

    @harmless
    def _leave(self, silently: bool = False) -> None:
        """Nothing more is read. What was complete by then is spoken to its end."""
        self._telling.cancel()
        if silently:
            self.interrupt()


class SpokenStream(_Spoken, Generic[Event]):
    """As `speak_stream` gives it. Its end, as a context manager or by close(), waits for the speech."""

    def __iter__(self) -> Iterator[Event]:
        return self

    def __next__(self) -> Event:
        try:
            event: Event = next(self._events)
        except StopIteration:
            self._finish()
            raise
        except BaseException:
            self._leave()
            raise
        self._hear(event)
        return event

    @property
    def _events(self) -> Any:
        if not hasattr(self._stream, "__next__"):
            self._stream = iter(self._stream)
        return self._stream

    def until_done(self) -> SpokenStream[Event]:
        """Read it to its end."""
        for _ in self:
            pass
        return self

    def get_final_completion(self) -> Any:
        self.until_done()
        return self._stream.get_final_completion()

    def get_final_response(self) -> Any:
        self.until_done()
        return self._stream.get_final_response()

    def __enter__(self) -> SpokenStream[Event]:
        if hasattr(self._source, "__enter__"):
            self._read(self._source.__enter__())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None) -> None:
        try:
            if hasattr(self._source, "__exit__"):
                self._source.__exit__(kind, error, trace)
        finally:
            self._leave(silently=kind is not None)
            self._close_own()

    def close(self, timeout: float | None = None) -> None:
        """Close the stream, for `timeout` seconds at most finish what was said, and the recording."""
        try:
            if hasattr(self._stream, "close"):
                self._stream.close()
        finally:
            self._leave()
            self._close_own(timeout)

    def _close_own(self, timeout: float | None = None) -> None:
        if self._own is not None:
            self._own.close(timeout)


class SpokenAsyncStream(_Spoken, Generic[Event]):
    """As `speak_stream` gives it. Its end, as a context manager or by close(), waits for the speech."""

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        try:
            event: Event = await self._events.__anext__()
        except StopAsyncIteration:
            self._finish()
            raise
        except BaseException:
            self._leave()
            raise
        self._hear(event)
        return event

    @property
    def _events(self) -> Any:
        if not hasattr(self._stream, "__anext__"):
            self._stream = aiter(self._stream)
        return self._stream

    async def until_done(self) -> SpokenAsyncStream[Event]:
        """Read it to its end."""
        async for _ in self:
            pass
        return self

    async def get_final_completion(self) -> Any:
        await self.until_done()
        return await self._stream.get_final_completion()

    async def get_final_response(self) -> Any:
        await self.until_done()
        return await self._stream.get_final_response()

    async def __aenter__(self) -> SpokenAsyncStream[Event]:
        if hasattr(self._source, "__aenter__"):
            self._read(await self._source.__aenter__())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None
    ) -> None:
        try:
            if hasattr(self._source, "__aexit__"):
                await self._source.__aexit__(kind, error, trace)
        finally:
            self._leave(silently=kind is not None)
            await self._close_own()

    async def close(self, timeout: float | None = None) -> None:  # type: ignore[override]
        """Close the stream, for `timeout` seconds at most finish what was said, and the recording."""
        try:
            if hasattr(self._stream, "close"):
                await self._stream.close()
        finally:
            self._leave()
            await self._close_own(timeout)

    aclose = close

    async def _close_own(self, timeout: float | None = None) -> None:
        if self._own is None:
            return
        try:
            await asyncio.to_thread(self._own.close, timeout)
        except BaseException:
            self.interrupt()
            raise

    def __enter__(self) -> NoReturn:
        raise TypeError("this stream is an async one: async with")
