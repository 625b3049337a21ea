"""Whatever is raised in the app leaves as an answer in OpenAI's envelope, over HTTP or WebSockets. Pure ASGI.

What nobody foresaw is logged, by its kind and its place: its text may hold the user's.
"""

from __future__ import annotations

import logging
import traceback

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from ....core.errors import LLMVoxError
from ..errors import APIError, api_error

__all__ = ["Failsafe", "log_unforeseen"]

log = logging.getLogger("llmvox_plugins.server")


class Failsafe:
    """Once an answer has begun, all that can tell of an error is the lack of its end: it is broken off."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        begun = left = False

        async def sending(message: Message) -> None:
            nonlocal begun, left
            begun = True
            try:
                await send(message)
            except OSError:
                left = True
                raise

        try:
            await self._app(scope, receive, sending)
        except WebSocketDisconnect:
            pass
        except Exception as error:  # noqa: BLE001  a client shall always be told something
            if left:
                return None
            log_unforeseen(error)
            await (_break_off if begun else _answer)(api_error(error), scope, receive, send)


async def _answer(error: APIError, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http" or "websocket.http.response" in scope.get("extensions", {}):
        await error.response()(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 1008 if error.status < 500 else 1011})


async def _break_off(error: APIError, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        code = {413: 1009}.get(error.status, 1008 if error.status < 500 else 1011)
        await send({"type": "websocket.close", "code": code})


def log_unforeseen(error: Exception) -> None:
    if not isinstance(error, APIError | LLMVoxError):
        place = "".join(traceback.format_tb(error.__traceback__))
        log.error("the server failed: %s", type(error).__name__, extra={"traceback": place})
