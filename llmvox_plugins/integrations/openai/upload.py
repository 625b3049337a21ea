"""A request's body on its way to somebody else; while it comes, nobody but its reader may ask for more."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import anyio
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

__all__ = ["Upload"]


class Upload:
    """receive: as ASGI gives it to an app."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._first: Message | None = None
        self._left = False
        self._over = anyio.Event()

    async def begin(self) -> bool:
        """Whether there is a body. Raises ClientDisconnect."""
        self._first = await self._receive()
        if self._first["type"] == "http.disconnect":
            raise ClientDisconnect
        there_is = bool(self._first.get("body") or self._first.get("more_body"))
        if not there_is:
            self._over.set()
        return there_is

    async def parts(self) -> AsyncGenerator[bytes, None]:
        """The body, as it comes; once, after begin(). If the client goes it does not end: receive() tells."""
        message = self._first or await self._receive()
        try:
            while message["type"] == "http.request":
                if part := message.get("body"):
                    yield part
                if not message.get("more_body"):
                    return
                message = await self._receive()
            self._left = True
            self._over.set()
            await anyio.sleep_forever()
        finally:
            self._over.set()

    async def receive(self) -> Message:
        """For whoever waits for the client to go: his turn comes after the body's reader."""
        await self._over.wait()
        return {"type": "http.disconnect"} if self._left else await self._receive()
