"""A client of the WebSocket that speaks while text is being written."""

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from support.serving import Serving
from websockets.asyncio.client import ClientConnection, connect

__all__ = ["Answer", "LiveClient", "live_client"]


class Answer:
    """What came for one text: `audio`, and the messages in their order, of which `marks` are some."""

    def __init__(self) -> None:
        self.audio = b""
        self.messages: list[dict[str, Any]] = []

    def marks(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]

    @property
    def done(self) -> dict[str, Any]:
        assert self.messages[-1]["type"] == "audio.done", self.messages[-1]
        return self.messages[-1]


class LiveClient:
    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def send(self, type: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": type, **fields}))

    async def write(self, *deltas: str) -> None:
        for delta in deltas:
            await self.send("text", text=delta)

    async def receive(self, answer: Answer) -> dict[str, Any] | None:
        """One frame, added to the answer; None if it is audio."""
        frame = await self.socket.recv()
        if isinstance(frame, bytes):
            answer.audio += frame
            return None
        answer.messages.append(json.loads(frame))
        return answer.messages[-1]

    async def until(self, type: str, answer: Answer | None = None) -> Answer:
        answer = answer or Answer()
        while (message := await self.receive(answer)) is None or message["type"] != type:
            assert message is None or message["type"] != "error", message
        return answer

    async def say(self, deltas: str | Iterable[str], **config: Any) -> Answer:
        if config:
            await self.send("config", **config)
        await self.write(*([deltas] if isinstance(deltas, str) else deltas))
        await self.send("end")
        return await self.until("audio.done")


@asynccontextmanager
async def live_client(server: Serving, **options: Any) -> AsyncIterator[LiveClient]:
    async with connect(server.ws_url + "/v1/audio/speech/stream", max_size=None, **options) as socket:
        yield LiveClient(socket)
