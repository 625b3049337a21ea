"""An HTTP answer that is made while it is sent.

It begins with its first part: what goes wrong before has its proper status. What goes wrong afterwards ends
the connection in the middle of the body, which no client takes for the end. In HTTP/1.0, where nothing but
the length can tell an end from a break, the answer is made first and then sent. A client who goes away ends
the making at once.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Any

import anyio
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from .concurrency import race
from .errors import APIError, api_error, unavailable
from .operation.failsafe import log_unforeseen
from .settings import ServerSettings

__all__ = ["Head", "StreamedResponse", "event"]

log = logging.getLogger("llmvox_plugins")

_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}  # a proxy would hold audio back

MOST_IN_MEMORY = 32 * 2**20
"""Bytes of an answer that is not sent while it is made."""


@dataclass(frozen=True, slots=True)
class Head:
    """Status and headers of an answer whose maker learns them late: the first of its parts, sent at once."""

    status: int
    headers: Mapping[str, str]


class StreamedResponse(Response):
    """parts: the body, which may begin with a Head; closed in every case.
    media_type: None if the Head tells it.
    limits: how long the client, and all of it, may take.
    """

    def __init__(
        self,
        parts: AsyncGenerator[bytes | Head, None] | AsyncGenerator[bytes, None],
        media_type: str | None,
        headers: Mapping[str, str] | None = None,
        *,
        limits: ServerSettings,
    ) -> None:
        self.status_code = 200
        self.media_type = media_type
        self.background = None
        self.init_headers({**_HEADERS, **(headers or {})})
        self._parts = parts
        self._stall_timeout, self._request_timeout = limits.stall_timeout, limits.request_timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._answer_whole if scope["http_version"] == "1.0" else self._answer
        self._deadline = anyio.current_time() + self._request_timeout
        await race(answer(send), _until_gone(receive))

    async def _answer(self, send: Send) -> None:
        async with aclosing(self._parts) as parts:
            with self._in_time():
                first = self._body_of(await anext(parts, b""))
            await send(self._start())
            try:
                with self._in_time():
                    await self._send(send, first)
                    async for part in parts:
                        await self._send(send, self._body_of(part))
            except Exception as error:  # noqa: BLE001  the status is sent: all that can tell of it is the lack of an end
                log.error("an answer was broken off: %s", api_error(error))
                log_unforeseen(error)
                return
        await send({"type": "http.response.body", "body": b""})

    async def _answer_whole(self, send: Send) -> None:
        whole = bytearray()
        async with aclosing(self._parts) as parts:
            with self._in_time():
                async for part in parts:
                    whole += self._body_of(part)
                    if len(whole) > MOST_IN_MEMORY:
                        raise APIError(413, "in HTTP/1.0 no answer may be so long: ask in HTTP/1.1")
        self.headers["content-length"] = str(len(whole))
        await send(self._start())
        await send({"type": "http.response.body", "body": bytes(whole)})

    def _body_of(self, part: bytes | Head) -> bytes:
        if isinstance(part, bytes):
            return part
        self.status_code = part.status
        self.headers.update(part.headers)
        return b""

    def _start(self) -> Message:
        return {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        """Raises APIError if it takes too long."""
        try:
            with anyio.fail_after(self._deadline - anyio.current_time()):
                yield
        except TimeoutError:
            raise unavailable(f"not done within {self._request_timeout:g} s", 1, "timeout") from None

    async def _send(self, send: Send, part: bytes) -> None:
        with anyio.move_on_after(self._stall_timeout) as patience:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        if patience.cancelled_caught:
            raise APIError(408, f"the client took nothing for {self._stall_timeout:g} s")


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def event(data: dict[str, Any]) -> bytes:
    """One server-sent event."""
    return f"data: {json.dumps(data, separators=(',', ':'))}\n\n".encode()
