"""Clients of the server that cost little themselves, so that they do not disturb what they measure."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from websockets.asyncio.client import connect

from llmvox_plugins import SpeechStream
from llmvox_plugins.core.voices.base import Voice

__all__ = ["Ask", "Listener", "Times", "alone", "listen", "over_http", "over_websocket", "read_slowly"]

AHEAD = 1.0  # seconds of audio that a listener keeps before he takes more
JITTER = 0.02  # s that the listener himself may be late
BYTES_A_SECOND = 48_000


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds from the request to the first audio and to the last. status: of the answer."""

    status: int
    first: float
    last: float


Ask = Callable[[str], Awaitable[Times]]
"""Have a text spoken, and take its audio as fast as it comes."""


def alone(voice: Voice) -> Ask:
    """No server: the voice in this process."""

    async def ask(text: str) -> Times:
        began, first = time.perf_counter(), 0.0
        stream = SpeechStream(voice)
        stream.write(text)
        stream.end()
        async for _ in stream:
            first = first or time.perf_counter() - began
        return Times(200, first, time.perf_counter() - began)

    return ask


def over_http(port: int, format: str) -> Ask:
    async def ask(text: str) -> Times:
        began, first = time.perf_counter(), 0.0
        async with _answer(port, text, format) as (status, parts):
            async for _ in parts:
                first = first or time.perf_counter() - began
        return Times(status, first, time.perf_counter() - began)

    return ask


def over_websocket(port: int) -> Ask:
    async def ask(text: str) -> Times:
        began, first = time.perf_counter(), 0.0
        async with connect(f"ws://127.0.0.1:{port}/v1/audio/speech/stream", compression=None) as socket:
            await socket.send(json.dumps({"type": "text", "text": text}))
            await socket.send('{"type": "end"}')
            async for message in socket:
                if isinstance(message, bytes):
                    first = first or time.perf_counter() - began
                elif message.startswith('{"type":"audio.done"'):
                    return Times(200, first, time.perf_counter() - began)
                elif message.startswith('{"type":"error"'):
                    break
        return Times(500, first, time.perf_counter() - began)

    return ask


@dataclass
class Listener:
    """One who hears pcm in real time. underruns: how often he had to wait, for `silence` seconds in all."""

    status: int = 0
    first: float = 0.0
    heard: float = 0.0
    underruns: int = 0
    silence: float = 0.0


async def listen(port: int, text: str, seconds: float) -> Listener:
    """For so long, then leave."""
    listener, began = Listener(), time.perf_counter()
    async with _answer(port, text, "pcm") as (listener.status, parts):
        plays_until = 0.0
        async for part in parts:
            now = time.perf_counter()
            if not listener.first:
                listener.first, plays_until = now - began, now
            elif (late := now - plays_until) > JITTER:
                listener.underruns += 1
                listener.silence += late
                plays_until = now
            plays_until += len(part) / BYTES_A_SECOND
            listener.heard += len(part) / BYTES_A_SECOND
            if listener.heard >= seconds:
                break
            await asyncio.sleep(max(0.0, plays_until - AHEAD - time.perf_counter()))
    return listener


async def read_slowly(port: int, text: str, bytes_a_second: int = 1000) -> None:
    """Until cancelled."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    try:
        writer.write(_request(text, "pcm"))
        while await reader.read(bytes_a_second):  # noqa: ASYNC110  it is how slow he is
            await asyncio.sleep(1)
    finally:
        writer.transport.abort()


@asynccontextmanager
async def _answer(port: int, text: str, format: str) -> AsyncIterator[tuple[int, AsyncIterator[bytes]]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(_request(text, format))
        status = int((await reader.readuntil(b"\r\n")).split()[1])
        await reader.readuntil(b"\r\n\r\n")
        async with aclosing(_chunks(reader, status)) as parts:
            yield status, parts
    finally:
        writer.transport.abort()


def _request(text: str, format: str) -> bytes:
    wanted = {"model": "tts-1", "voice": "alloy", "input": text, "response_format": format}
    body = json.dumps(wanted).encode()
    head = "POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def _chunks(reader: asyncio.StreamReader, status: int) -> AsyncGenerator[bytes, None]:
    while status == 200 and (size := int(await reader.readuntil(b"\r\n"), 16)):
        yield (await reader.readexactly(size + 2))[:-2]
