"""WebSocket /v1/audio/speech/stream: text goes in while it is being written, audio and marks come out.

One socket may carry several texts, one after another; each begins with its first delta.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from typing import Any

import anyio
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from ..concurrency import race
from ..errors import APIError, api_error, busy, invalid, unavailable
from ..operation.failsafe import log_unforeseen
from ..service import Service
from .messages import Cancel, Config, End, Message, Played, Text, parse
from .text import LiveText

__all__ = ["SUBPROTOCOL", "router"]

router = APIRouter()

SUBPROTOCOL = "llmvox"
"""What a browser offers beside its key, which it cannot send in a header."""

MOST_WAITING = 8  # texts of one socket that wait until those before them have been spoken

_CLOSE = {400: 1008, 408: 1008, 413: 1009, 429: 1013, 503: 1013}
"""Statuses, and the codes with which a WebSocket closes for the same reasons; all else is 1011."""


@router.websocket("/v1/audio/speech/stream")
async def stream_speech(socket: WebSocket) -> None:
    offered = socket.scope.get("subprotocols", [])
    await socket.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)
    conversation = _Conversation(socket, socket.app.state.service)
    try:
        await race(conversation.listen(), conversation.speak())
    except (WebSocketDisconnect, TimeoutError):
        pass  # the client is gone, or takes nothing any more
    except Exception as error:  # noqa: BLE001  nobody else would tell the client
        log_unforeseen(error)
        await conversation.refuse(api_error(error))


class _Conversation:
    """What one client and the server say to each other."""

    def __init__(self, socket: WebSocket, service: Service) -> None:
        self._socket, self._service = socket, service
        self._config = Config()
        self._texts: deque[LiveText] = deque()  # the last one is being written, or was
        self._texts_came = asyncio.Event()
        self._latest: LiveText | None = None
        self._last_text = 0.0  # when (on the loop's clock) something was written last

    async def listen(self) -> None:
        """Do what the client says. Raises WebSocketDisconnect when he goes, APIError for what cannot be."""
        while True:
            await self._heed(parse(await self._receive()))

    async def speak(self) -> None:
        """Speak one text after another."""
        while True:
            await self._texts_came.wait()
            while self._texts:
                await self._speak(self._texts[0])
                self._texts.popleft()
            self._texts_came.clear()

    async def _speak(self, text: LiveText) -> None:
        limit = self._service.settings.request_timeout
        with anyio.move_on_after(limit) as patience:
            await text.speak(self._service, self)
        if patience.cancelled_caught:
            raise unavailable(f"not done within {limit:g} s", 1, "timeout")

    async def send(self, message: dict[str, Any] | bytes) -> None:
        """Raises TimeoutError if the client takes nothing."""
        with anyio.fail_after(self._service.settings.stall_timeout):
            if isinstance(message, bytes):
                await self._socket.send_bytes(message)
            else:
                await self._socket.send_text(json.dumps(message, separators=(",", ":")))

    async def refuse(self, error: APIError) -> None:
        """Tell what is wrong, and hang up."""
        try:
            await self.send({"type": "error", **error.envelope})
            await self._socket.close(_CLOSE.get(error.status, 1011))
        except (WebSocketDisconnect, RuntimeError, TimeoutError):
            pass  # he has gone before

    async def _receive(self) -> str:
        limit = self._service.settings.stall_timeout
        left = self._last_text + limit - anyio.current_time() if self._writing else None
        try:
            with anyio.fail_after(left):
                message = await self._socket.receive()
        except TimeoutError:
            raise APIError(408, f"no text and no end came for {limit:g} s") from None
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1006))
        if message.get("text") is None:
            raise invalid("messages are JSON in text frames, not binary ones")
        return str(message["text"])

    @property
    def _writing(self) -> LiveText | None:
        """The text that is not complete yet."""
        return self._latest if self._latest is not None and self._latest.open else None

    async def _heed(self, message: Message) -> None:
        match message:
            case Config():
                await self._configure(message)
            case Text():
                await self._write(message.text)
            case End():
                await self._end()
            case Cancel():
                for text in self._texts:
                    text.cancel()
            case Played():
                if self._latest is not None:
                    await self.send({"type": "heard", **self._latest.played(message.seconds)})

    async def _write(self, delta: str) -> None:
        if delta:  # else nothing has come
            text = self._writing or await self._begin()
            self._last_text = anyio.current_time()
            text.write(delta)

    async def _end(self) -> None:
        """Of nothing, it is an empty text; of what was cancelled, it is nothing."""
        if self._writing or self._latest is None or not self._latest.cancelled:
            (self._writing or await self._begin()).end()

    async def _configure(self, config: Config) -> None:
        if self._writing:
            raise invalid("a config comes before a text's first delta, or after its end", "type")
        await self._service.voices.get(config.voice)
        self._config = config

    async def _begin(self) -> LiveText:
        if len(self._texts) > MOST_WAITING:
            raise busy(f"{MOST_WAITING} texts of this socket wait to be spoken already", 1)
        voice = await self._service.voices.get(self._config.voice)
        self._latest = LiveText(voice, self._config)
        self._texts.append(self._latest)
        self._texts_came.set()
        return self._latest
