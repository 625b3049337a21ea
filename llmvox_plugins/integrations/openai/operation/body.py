"""How much a client may send, and how slowly: the body of a request, the messages of a WebSocket. Pure ASGI.

JSON is read on the event loop, where nobody else has a turn: so what is large is only let in where it has a
reason to be, and what has too many parts is not.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import anyio
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import APIError
from ..settings import ServerSettings

__all__ = ["MOST_IN_MESSAGE", "Bounded", "path_of"]

MOST_IN_MESSAGE = 2**20  # bytes of one WebSocket message
MOST_PARTS = 100_000  # of the JSON of a body: they take some hundredths of a second

_LARGE = ("/tts", "/v1/chat/completions")  # images and sounds stand in them
_BESIDE_TEXT = 2**16  # bytes of a request that are not its text
_A_CHARACTER = 16  # bytes in JSON at most, of which two escapes have 12


class Bounded:
    """The app reads no more than it may. refused: is called with the reason of each refusal.
    passes_on: whether a path's bodies are not read here: they may be large, and of any kind.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: ServerSettings,
        refused: Callable[[str], object],
        passes_on: Callable[[str], bool],
    ) -> None:
        self._app, self._settings, self._refused, self._passes_on = app, settings, refused, passes_on

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            return await self._app(scope, self._messages(receive), send)
        path = path_of(scope)
        body = _Body(receive, self._most_at(path), self._settings, is_read=not self._passes_on(path))
        try:
            body.expect(Headers(scope=scope).get("content-length", "0"))
            await self._answer(body, scope, send)
        except APIError as error:
            if error.status == 413:
                self._refused("too_large")
            raise

    async def _answer(self, body: _Body, scope: Scope, send: Send) -> None:
        """What the app makes of a body that is wrong is not sent."""
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            if body.wrong is None or begun:
                begun = True
                await send(message)

        try:
            await self._app(scope, body.receive, sending)
        except Exception:
            if body.wrong is None or begun:
                raise
        if body.wrong is not None and not begun:
            raise body.wrong

    def _most_at(self, path: str) -> int:
        most = self._settings.max_body
        if path in _LARGE or self._passes_on(path):
            return most
        return min(most, _A_CHARACTER * self._settings.max_input + _BESIDE_TEXT)

    def _messages(self, receive: Receive) -> Receive:
        most = min(self._settings.max_body, MOST_IN_MESSAGE)

        async def receiving() -> Message:
            message = await receive()
            if len(message.get("bytes") or message.get("text") or b"") > most:
                self._refused("too_large")
                raise _too_large(f"{most} bytes")
            return message

        return receiving


class _Body:
    """A request's body as it is received. wrong: what is to be told of it, if it is too much or too slow.

    is_read: whether it is to be JSON, which may not have too many parts.
    """

    def __init__(self, receive: Receive, most: int, limits: ServerSettings, is_read: bool) -> None:
        self.wrong: APIError | None = None
        self._receive = receive
        self._most, self._bytes = most, 0
        self._most_parts = max(MOST_PARTS, limits.max_input + 1000) if is_read else math.inf
        self._parts = 0
        self._patience, self._ends = limits.stall_timeout, time.monotonic() + limits.request_timeout
        self._complete = False

    def expect(self, length: str) -> None:
        """Raises APIError if a body of this length is not to be read at all."""
        if len(length) > 18 or not length.isdecimal() or int(length) > self._most:
            raise _too_large(f"{self._most} bytes")

    async def receive(self) -> Message:
        if self._complete:
            return await self._receive()
        try:
            with anyio.fail_after(min(self._patience, self._ends - time.monotonic())):
                message = await self._receive()
        except TimeoutError:
            self.wrong = _too_slow()
            raise
        self._complete = not message.get("more_body", False)
        self._count(message.get("body", b""))
        return message

    def _count(self, part: bytes) -> None:
        self._bytes += len(part)
        if self._most_parts < math.inf:
            self._parts += sum(map(part.count, (b"[", b"{", b",")))
        if self._bytes > self._most:
            self.wrong = _too_large(f"{self._most} bytes")
        elif self._parts > self._most_parts:
            self.wrong = _too_large(f"{self._most_parts} commas and brackets")
        if self.wrong is not None:
            raise ValueError("the body is too large")


def path_of(scope: Scope) -> str:
    """As the app routes it."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def _too_large(most: str) -> APIError:
    return APIError(413, f"a request may have at most {most}", code="request_too_large")


def _too_slow() -> APIError:
    headers = {"Connection": "close"}  # or the rest of it could be waited for without an end
    return APIError(408, "the body did not arrive in time", code="request_timeout", headers=headers)
