"""All else under /v1: the LLM's endpoint answers it, and neither side notices that we stand between.

So a program that uses more than chat completions needs no other address. No path leads out of the endpoint's
own, and no header tells it of our keys. Answers in which an LLM speaks to somebody may be spoken aloud.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterable, Collection
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from .aloud import Ear
from .errors import APIError, invalid
from .llm import Forwarded, Forwards
from .operation.body import MOST_PARTS, path_of
from .passage import passed_on
from .response import StreamedResponse
from .service import Service
from .upload import Upload

__all__ = ["Passthrough"]

_METHODS = "GET HEAD POST PUT PATCH DELETE OPTIONS".split()  # no TRACE: it would tell the client our key
_SPEAKING = ("/v1/responses", "/v1/completions")
_ANY = "/v1/{path}"
_MODELS = "/v1/models/"  # below it are names, and all of them are known here
_HARMLESS = {  # whatever the endpoint answers with: it would stand under our origin
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
}
_ROUNDS = 4  # of escapes within escapes
_SANE = re.compile(rb"[A-Za-z0-9._~!$&'()*+,;=:@%/-]+")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\\]")


@dataclass(frozen=True, slots=True)
class _Route:
    """What stands in the log, and in the figures, for a request's path."""

    path: str


class Passthrough:
    """elsewhere: answers what is not for the endpoint. own: the paths of this server, whatever the method."""

    def __init__(self, service: Service, elsewhere: ASGIApp, own: Collection[str]) -> None:
        self._service, self._elsewhere, self._own = service, elsewhere, own

    def takes(self, path: str) -> bool:
        """Whether what comes there is the endpoint's affair."""
        if path in self._own or not path.startswith("/v1/") or path.startswith(_MODELS) or path == "/v1/":
            return False
        return self._endpoint is not None

    @property
    def _endpoint(self) -> Forwards | None:
        llm: object = self._service.llm
        return llm if isinstance(llm, Forwards) else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, llm = path_of(scope), self._endpoint
        if scope["type"] != "http" or llm is None or not self.takes(path):
            return await self._elsewhere(scope, receive, send)
        speaks = path in _SPEAKING
        scope["route"] = _Route(path if speaks else _ANY)
        _check_method(scope["method"])
        try:
            if speaks and scope["method"] == "POST":
                await self._pass_read(llm, path, scope, receive, send)
            else:
                await self._pass_unread(llm, scope, receive, send)
        except ClientDisconnect:
            return None
        return None

    async def _pass_unread(self, llm: Forwards, scope: Scope, receive: Receive, send: Send) -> None:
        upload = Upload(receive)
        has_body = await upload.begin()
        async with aclosing(upload.parts()) as parts:
            response = self._response(llm, _request(scope, parts if has_body else None))
            await response(scope, upload.receive, send)

    async def _pass_read(self, llm: Forwards, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """What is asked is read here, for the answer may be one to speak."""
        asked, aloud = Request(scope, receive), self._service.aloud
        body, ear = await asked.body(), None
        fields = _fields(body) if aloud or self._service.settings.llm_model else {}
        if aloud and _is_for_a_listener(fields):
            ear = aloud.ear(path, body, asked.headers)
        if fields and (addressed := llm.addressed(fields)) is not fields:
            body = json.dumps(addressed).encode()
        response = self._response(llm, _request(scope, body, as_it_is=ear is None), ear)
        await response(scope, receive, send)

    def _response(self, llm: Forwards, request: Forwarded, ear: Ear | None = None) -> StreamedResponse:
        limits = self._service.settings
        return StreamedResponse(passed_on(llm.forward(request), ear), None, _HARMLESS, limits=limits)


def _check_method(method: str) -> None:
    if method not in _METHODS:
        allow = {"Allow": ", ".join(_METHODS)}
        raise APIError(405, "that method is not passed on", code="method_not_allowed", headers=allow)


def _request(scope: Scope, body: bytes | AsyncIterable[bytes] | None, as_it_is: bool = True) -> Forwarded:
    query: bytes = scope.get("query_string", b"")
    if not query.isascii():
        raise invalid("the query has characters that should be escaped")
    return Forwarded(scope["method"], _place(scope), query, Headers(scope=scope), body, as_it_is)


def _place(scope: Scope) -> bytes:
    """The path below /v1, as the client wrote it. Raises APIError for one that might lead out of there."""
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    _, _, place = raw.removeprefix(scope.get("root_path", "").encode()).lstrip(b"/").partition(b"/")
    if not _SANE.fullmatch(place) or b"//" in b"/" + place or _climbs(place.decode("ascii")):
        raise invalid("that path is not passed on")
    return place


def _climbs(path: str) -> bool:
    """Whether anybody who unescapes it, however often, might find a step upwards in it, or an end."""
    for _ in range(_ROUNDS):
        steps = {step.partition(";")[0].strip() for step in path.split("/")}
        if steps & {".", ".."} or _UNPRINTABLE.search(path):
            return True
        path = unquote(path)
    return path != unquote(path)


def _fields(body: bytes) -> dict[str, Any]:
    """Of a request in JSON; none if it is not, or too much of it."""
    if sum(map(body.count, (b"[", b"{", b","))) > MOST_PARTS:
        return {}
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_for_a_listener(fields: dict[str, Any]) -> bool:
    """Not data for a program, not a piece to be put into a text, and nothing that sounds by itself."""
    text, modalities = fields.get("text"), fields.get("modalities")
    wanted = [fields.get("response_format"), text.get("format") if isinstance(text, dict) else None]
    is_data = any(isinstance(each, dict) and each.get("type") not in (None, "text") for each in wanted)
    sounds = isinstance(modalities, list) and "audio" in modalities
    return bool(fields) and not (is_data or sounds or fields.get("suffix") or fields.get("echo"))
