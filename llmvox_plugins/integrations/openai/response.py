"""An HTTP answer that is made while it is sent.

It begins with its first part: what goes wrong before has its proper status. What goes wrong afterwards ends
the connection in the middle of the body, which no client takes for the end. A client who goes away ends the
making at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

import anyio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from .errors import api_error
from .settings import ServerSettings

__all__ = ["StreamedResponse"]

log = logging.getLogger("llmvox_plugins")


class StreamedResponse(Response):
    """parts: the body; closed in every case. limits: how long the client, and all of it, may take."""

    def __init__(
        self,
        parts: AsyncGenerator[bytes, None],
        media_type: str,
        headers: Mapping[str, str] | None = None,
        *,
        limits: ServerSettings,
    ) -> None:
        self.status_code = 200
        self.media_type = media_type
        self.background = None
        self.init_headers({"cache-control": "no-store", **(headers or {})})
        self._parts = parts
        self._stall_timeout, self._request_timeout = limits.stall_timeout, limits.request_timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        work = asyncio.ensure_future(self._answer(send))
        gone = asyncio.ensure_future(_until_gone(receive))
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (work, gone):
                task.cancel()
            await asyncio.wait({work, gone})
        if not work.cancelled():
            work.result()

    async def _answer(self, send: Send) -> None:
        async with aclosing(self._parts) as parts:
            with anyio.fail_after(self._request_timeout):
                first = await anext(parts, b"")
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            try:
                with anyio.fail_after(self._request_timeout):
                    await self._send(send, first)
                    async for part in parts:
                        await self._send(send, part)
            except Exception as error:  # noqa: BLE001  the status is sent: all that can tell of it is the lack of an end
                log.error("an answer was broken off: %s", api_error(error))
                return
        await send({"type": "http.response.body", "body": b""})

    async def _send(self, send: Send, part: bytes) -> None:
        with anyio.fail_after(self._stall_timeout):
            await send({"type": "http.response.body", "body": part, "more_body": True})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
