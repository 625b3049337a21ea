"""Every answer that the SDK gets in this process is heard, whether it streams or not.

All of them, and each event of a stream, pass through one method of the SDK's clients, sync and async, raw
responses and helpers included. That method is listened to, and where streams begin: what the program gets,
and the traceback of what it does not get, are the SDK's own.
"""

from __future__ import annotations

import logging
import sys
import weakref
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakSet

from ....core.errors import MissingDependencyError
from .above import is_spoken_above
from .events import Telling
from .structure import asks_for_data

if TYPE_CHECKING:
    from ....core.narrator import Narrator

__all__ = ["attach", "release"]

log = logging.getLogger("llmvox_plugins")

_READ_TO_THE_END = frozenset(["__stream__", "iter_raw", "aiter_raw", "drain_response_async"])
"""Those of the SDK's and its HTTP client's functions that close a response because it is over."""


def attach(narrator: Narrator) -> Callable[[], None]:
    """Speak every answer through this narrator; returns what undoes it.

    Silent are answers to LangChain's and LlamaIndex's models, which have doorways of their own, to tools of
    theirs, and to a stream that is read through `speak_stream`.
    """
    try:
        from openai import AsyncStream, Stream
        from openai._base_client import BaseClient
    except ImportError as error:
        raise MissingDependencyError(
            'speech for OpenAI\'s SDK needs openai: pip install "llmvox-plugins[openai]"'
        ) from error

    listener = _Listener(narrator)

    def answered(wrapped: Callable[..., Any], client: Any, args: Any, kwargs: Any) -> Any:
        result = wrapped(*args, **kwargs)
        listener.hear(kwargs.get("response"), result)
        return result

    def opened(wrapped: Callable[..., Any], stream: Any, args: Any, kwargs: Any) -> None:
        wrapped(*args, **kwargs)
        listener.meet(kwargs.get("response"))

    undone = [_wrap(BaseClient, "_process_response_data", answered)]
    undone += [_wrap(kind, "__init__", opened) for kind in (Stream, AsyncStream)]

    def undo() -> None:
        listener.attached = False  # whoever has wrapped ours goes on calling it
        for each in undone:
            each()

    return undo


def _wrap(owner: Any, name: str, wrapper: Callable[..., Any]) -> Callable[[], None]:
    import wrapt

    original = owner.__dict__[name]
    ours = wrapt.FunctionWrapper(original, wrapper)
    setattr(owner, name, ours)

    def undo() -> None:
        if owner.__dict__[name] is ours:
            setattr(owner, name, original)

    return undo


def release(response: Any) -> None:
    """Somebody else speaks this response from now on."""
    for listener in list(_listeners):
        listener.release(response)


class _Listener:
    """Whatever goes wrong here, the program goes on."""

    def __init__(self, narrator: Narrator) -> None:
        self.attached = True
        self._narrator = narrator
        self._tellings: WeakKeyDictionary[Any, Telling | None] = (
            WeakKeyDictionary()
        )  # None: not ours to speak
        self._troubled = False
        _listeners.add(self)

    def meet(self, response: Any) -> None:
        """A response that streams has begun. Its events may be read elsewhere, by a task of their own."""
        if self.attached and response is not None and is_spoken_above():
            self._tellings[response] = None

    def hear(self, response: Any, result: Any) -> None:
        """A response, or an event of one that streams, has arrived."""
        if not self.attached:
            return
        telling = None
        try:
            known = response in self._tellings
            telling = self._tellings[response] if known else self._telling_of(response)
            if telling is None:
                return
            telling.hear(result)
            if not known and not telling.over:
                _watch(response, telling)
        except Exception as error:  # noqa: BLE001  trouble with speech is none of the program's
            self._give_up(response, telling, error)

    def release(self, response: Any) -> None:
        telling, self._tellings[response] = self._tellings.get(response), None
        if telling is not None:
            telling.cancel()

    def _telling_of(self, response: Any) -> Telling | None:
        request, telling = response.request, None
        if _is_an_answer(request) and not asks_for_data(request) and not is_spoken_above():
            telling = Telling(self._narrator)
        self._tellings[response] = telling
        return telling

    def _give_up(self, response: Any, telling: Telling | None, error: Exception) -> None:
        if not self._troubled:
            self._troubled = True
            log.error("speech for OpenAI's SDK failed: %s", type(error).__name__, exc_info=error)
        with suppress(Exception):
            self._tellings[response] = None
            if telling is not None:
                telling.cancel()


_listeners: WeakSet[_Listener] = WeakSet()


def _is_an_answer(request: Any) -> bool:
    """Whether a model writes it now: neither a stored one, nor one that is being waited for."""
    path = str(request.url.path)
    if request.method == "POST":
        return path.endswith(("/chat/completions", "/responses"))
    return "/responses/" in path and dict(request.url.params).get("stream") == "true"


def _watch(response: Any, telling: Telling) -> None:
    """However a program leaves a stream, its response is closed, or forgotten."""

    def close() -> None:
        unwatch()
        _left(telling, sys._getframe(1))
        response.close()

    def aclose() -> Any:
        unwatch()
        _left(telling, sys._getframe(1))
        return response.aclose()

    def unwatch() -> None:  # else the response would keep itself
        del response.close, response.aclose

    response.close, response.aclose = close, aclose
    weakref.finalize(response, telling.cancel).atexit = False


def _left(telling: Telling, caller: FrameType) -> None:
    """Most answers say that they end. One that does not has been read to its end, broke off, or was left."""
    error = sys.exc_info()[1]
    trace = None if error is None else error.__traceback__
    broke_off = trace is not None and trace.tb_frame is caller
    if caller.f_code.co_name in _READ_TO_THE_END and not broke_off:
        telling.finish()
    else:
        telling.cancel()
