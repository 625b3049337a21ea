"""What is told of each request: an id on its answer, and one structured line in the log.

Never text of users, nor anything else that a client chose, but for an id that looks like one: paths stand
in the log as they are routed, without their query.
"""

from __future__ import annotations

import logging
import re
import sys
import time
import uuid
from collections.abc import Callable, Collection
from contextvars import ContextVar
from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS, merge_record_extra
from pythonjsonlogger.json import JsonFormatter
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ....core.timeline import StreamStats

__all__ = ["RequestLog", "configure", "current_id", "note", "note_speech"]

log = logging.getLogger("llmvox_plugins.server")

CLIENT_LEFT = 499
"""The status of a request whose client went away before the answer began, as nginx has it."""

ELSEWHERE = "other"
"""The path of all requests that lead nowhere."""

_POLLED = ("/health", "/ready", "/metrics")  # every few seconds: told at level debug
_METHODS = frozenset("GET HEAD POST PUT PATCH DELETE OPTIONS WEBSOCKET".split())
_SANE_ID = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_TOLD_BY_US = (  # by the line of the request, in more words
    "ASGI callable returned without completing handshake.",  # of each WebSocket that is refused
    "ASGI callable returned without completing response.",  # of each answer that is broken off
)
_RESERVED = (*RESERVED_ATTRS, "taskName", "color_message")


class _Request:
    """One request, and what becomes known of it."""

    def __init__(self, scope: Scope) -> None:
        given = Headers(scope=scope).get("x-request-id", "")
        self.id = given if _SANE_ID.fullmatch(given) else f"req_{uuid.uuid4().hex}"
        self.begun = time.monotonic()
        self.status = CLIENT_LEFT
        self.complete = False
        self.facts: dict[str, Any] = {}

    def answered(self, message: Message) -> None:
        """A part of the answer is on its way."""
        kind = message["type"].removeprefix("websocket.")
        if kind in ("http.response.start", "accept"):
            self.status = message.get("status", 101)
            headers = [pair for pair in message.get("headers", ()) if pair[0].lower() != b"x-request-id"]
            message["headers"] = [*headers, (b"x-request-id", self.id.encode())]
            self.facts.setdefault("format", _format(headers))
        elif kind == "close":
            self.status = self.status if self.status == 101 else 403
            self.facts["close_code"] = message.get("code", 1000)
        self.complete |= kind == "close" or (
            kind == "http.response.body" and not message.get("more_body", False)
        )


_current: ContextVar[_Request | None] = ContextVar("llmvox_request", default=None)


def current_id() -> str:
    """Of the request that is being answered; empty where none is."""
    request = _current.get()
    return request.id if request else ""


def note(**facts: str | float) -> None:
    """Add to the line of the request that is being answered, if one is. Nothing that a client chose."""
    if request := _current.get():
        request.facts |= facts


def note_speech(voice: str, stats: StreamStats) -> None:
    """A stream came to its end; one request may speak several."""
    if request := _current.get():
        facts = request.facts
        facts["voice"] = voice
        facts["audio_seconds"] = round(facts.get("audio_seconds", 0.0) + stats.audio_seconds, 3)
        facts["underruns"] = facts.get("underruns", 0) + stats.underruns
        if stats.time_to_first_audio is not None:
            facts.setdefault("first_audio", round(stats.time_to_first_audio, 4))


class RequestLog:
    """answered: is called with the routed path and the status of each request.
    paths: those of the app, by which requests are known that are refused before they are routed.
    """

    def __init__(self, app: ASGIApp, answered: Callable[[str, int], object], paths: Collection[str]) -> None:
        self._app, self._answered, self._paths = app, answered, paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        request = _Request(scope)

        async def sending(message: Message) -> None:
            request.answered(message)
            await send(message)

        token = _current.set(request)
        try:
            await self._app(scope, receive, sending)
        finally:
            self._tell(scope, request)
            _current.reset(token)

    def _tell(self, scope: Scope, request: _Request) -> None:
        path = self._routed(scope)
        self._answered(path, request.status)
        level = logging.DEBUG if path in _POLLED else logging.INFO
        facts: dict[str, object] = {
            "request_id": request.id,
            "method": _method(scope),
            "path": path,
            "status": request.status,
            "seconds": round(time.monotonic() - request.begun, 4),
            "complete": request.complete,
            **{name: fact for name, fact in request.facts.items() if fact is not None},
        }
        log.log(level, "request", extra=facts)

    def _routed(self, scope: Scope) -> str:
        routed = getattr(scope.get("route"), "path", None)
        path: str = routed or scope["path"].removeprefix(scope.get("root_path", ""))
        return path if routed or path in self._paths else ELSEWHERE


def _method(scope: Scope) -> str:
    method = scope.get("method", "WEBSOCKET")
    return method if method in _METHODS else ELSEWHERE


def _format(headers: list[tuple[bytes, bytes]]) -> str | None:
    types = [value for name, value in headers if name.lower() == b"content-type"]
    return types[0].partition(b";")[0].decode("latin-1") if types else None


def configure(format: str, level: str) -> None:
    """Have all of this process's logs on stderr: as JSON lines, or as text for a person.

    format: json, text, or auto for text on a terminal. level: of this package; others tell what goes wrong.
    """
    as_text = format == "text" or (format == "auto" and sys.stderr.isatty())
    handler = logging.StreamHandler()
    handler.setFormatter(_Text() if as_text else _json())
    handler.addFilter(_is_news)
    handler.addFilter(_with_id)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("llmvox_plugins").setLevel(level.upper())


def _json() -> logging.Formatter:
    return JsonFormatter(
        "%(levelname)s %(name)s %(message)s",
        rename_fields={"levelname": "level", "name": "logger"},
        reserved_attrs=_RESERVED,
        timestamp=True,
    )


class _Text(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        more = merge_record_extra(record, {}, reserved=_RESERVED)
        return " ".join([super().format(record), *(f"{name}={fact}" for name, fact in more.items())])


def _is_news(record: logging.LogRecord) -> bool:
    return record.name != "uvicorn.error" or record.msg not in _TOLD_BY_US


def _with_id(record: logging.LogRecord) -> bool:
    if (request := _current.get()) and not hasattr(record, "request_id"):
        record.request_id = request.id
    return True
