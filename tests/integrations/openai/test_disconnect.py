"""Clients who go away: their speech stops at once, and nothing of them is left."""

import asyncio
import gc
import json
import random
import socket
import statistics
import struct
import threading
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, TypeAlias

import anyio
import pytest
from fastapi import FastAPI
from support.serving import Serving, serving
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from llmvox_plugins import SpeechStream
from llmvox_plugins.core.state import StreamState
from llmvox_plugins.core.testing import ScriptedVoice
from llmvox_plugins.core.voices.base import Utterance
from llmvox_plugins.integrations.openai import create_app
from llmvox_plugins.integrations.openai.concurrency import race
from llmvox_plugins.integrations.openai.service import Service, Talk
from llmvox_plugins.integrations.openai.serving.address import end_stalled
from llmvox_plugins.integrations.openai.settings import ServerSettings

TEXT = 40 * "Somebody asked for all of this, and did not stay to hear it. "
DISCONNECTS = 500
AT_ONCE, PLACES = 16, 4  # so that some go while they wait for a place
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close() sends a reset instead of an end


class ForgetfulVoice(ScriptedVoice):
    """Takes its time, and does not keep what it said."""

    def __init__(self) -> None:
        super().__init__(delay=0.002)

    def utterance(self) -> Utterance:
        self._said.clear()
        return super().utterance()


def slow_app() -> FastAPI:
    return create_app(ForgetfulVoice(), ServerSettings(max_streams=PLACES, max_waiting=2))


def request(**wanted: Any) -> bytes:
    body = json.dumps({"model": "any", "voice": "alloy", "input": TEXT, **wanted}).encode()
    head = "POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


HTTP = [
    request(response_format="pcm"),
    request(response_format="mp3"),
    request(response_format="opus", speed=1.5),
    request(response_format="wav", stream_format="sse"),
    request(input="Short.", response_format="flac"),
]


async def go_away_over_http(server: Serving, chance: random.Random) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(chance.choice(HTTP)[: None if chance.random() < 0.9 else 200])
    with anyio.move_on_after(chance.uniform(0, 0.05)):
        await reader.read(chance.randrange(1, 2**16))
    if chance.random() < 0.5:
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def go_away_over_websocket(server: Serving, chance: random.Random) -> None:
    async with connect(server.ws_url + "/v1/audio/speech/stream", compression=None) as client:
        with suppress(ConnectionClosed), anyio.move_on_after(chance.uniform(0, 0.05)):
            for delta in TEXT[: chance.choice([0, 20, 2000])].partition("all"):
                await client.send(json.dumps({"type": "text", "text": delta}))
            if chance.random() < 0.5:
                await client.send(json.dumps({"type": chance.choice(["end", "cancel"])}))
            async for _ in client:
                pass
        if chance.random() < 0.7:
            client.transport.abort()


async def disconnect(server: Serving, count: int, seed: int) -> None:
    chance, at_once = random.Random(seed), asyncio.Semaphore(AT_ONCE)

    async def one() -> None:
        async with at_once:
            go_away = go_away_over_websocket if chance.random() < 0.3 else go_away_over_http
            await go_away(server, chance)

    await asyncio.gather(*(one() for _ in range(count)))


@dataclass(frozen=True)
class Left:
    """What there is of each kind that a client may leave behind; some of it may be other tests'."""

    threads: int
    tasks: int
    files: int
    streams: int
    talks: int
    taken: int
    waiting: int
    connections: int

    def is_no_more_than(self, before: "Left") -> bool:
        return all(now <= then for now, then in zip(astuple(self), astuple(before), strict=True))


def what_is_left(server: Serving, service: Service) -> Left:
    gc.collect()
    pooled = ("AnyIO worker thread", "asyncio_")  # a fixed number of them, kept for a while
    return Left(
        threads=sum(not thread.name.startswith(pooled) for thread in threading.enumerate()),
        tasks=len(asyncio.all_tasks(server.servers[0].get_loop())),
        files=len(list(Path("/proc/self/fd").iterdir())),
        streams=sum(type(thing) is SpeechStream for thing in gc.get_objects()),
        talks=len(service.talks),
        taken=service.admission.taken,
        waiting=service.admission.waiting,
        connections=len(server.server_state.connections),
    )


async def until(condition: Callable[[], bool], limit: float = 10.0) -> None:
    with anyio.fail_after(limit):
        while not condition():  # noqa: ASYNC110  what is waited for happens on other loops
            await asyncio.sleep(0.002)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts open files as Linux shows them")
async def test_nothing_is_left_of_500_who_went_away() -> None:
    app = slow_app()
    service: Service = app.state.service
    with serving(app) as server:
        await disconnect(server, DISCONNECTS // 5, seed=1)  # what is made once, for all, is there then
        await until(lambda: not service.talks and not server.server_state.connections)
        await asyncio.sleep(0.2)
        before = what_is_left(server, service)
        sizes = []
        tracemalloc.start()
        try:
            for seed in (2, 3):
                await disconnect(server, 2 * DISCONNECTS // 5, seed)
                await until(lambda: not service.talks and not server.server_state.connections)
                await until(lambda: what_is_left(server, service).is_no_more_than(before))
                sizes.append(tracemalloc.get_traced_memory()[0])
        finally:
            tracemalloc.stop()
        assert sizes[1] - sizes[0] < 2**20
        refused = service.metrics.exposition().decode()
        assert 'llmvox_refusals_total{reason="queue_full"}' in refused, "the places were never all taken"


Leave: TypeAlias = "Callable[[], None]"


@asynccontextmanager
async def over_http(server: Serving, request: bytes) -> AsyncIterator[Leave]:
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request)
    yield writer.close
    with suppress(ConnectionError):
        await writer.wait_closed()


@asynccontextmanager
async def over_websocket(server: Serving) -> AsyncIterator[Leave]:
    async with connect(server.ws_url + "/v1/audio/speech/stream") as client:
        await client.send(json.dumps({"type": "text", "text": TEXT}))
        yield client.transport.abort


@pytest.mark.parametrize("voice", [ForgetfulVoice(), "espeak:en-us"], ids=["scripted", "espeak"])
async def test_who_goes_away_is_not_spoken_to_any_more(voice: ScriptedVoice | str) -> None:
    """Within 0.1 s, of which a busy machine may take more."""
    app, chance, took = create_app(voice), random.Random(4), []
    service: Service = app.state.service
    with serving(app) as server:
        for number in range(40):
            come = over_websocket(server) if number % 4 == 3 else over_http(server, HTTP[number % 4])
            async with come as leave:
                await until(lambda: bool(service.talks))
                await asyncio.sleep(chance.uniform(0, 0.02))
                (talk,) = service.talks
                assert talk.stream.state is (StreamState.OPEN if number % 4 == 3 else StreamState.DRAINING)
                began = time.monotonic()
                leave()
                await until(lambda talk=talk: talk.stream.state is StreamState.CANCELLED)  # type: ignore[misc]
                took.append(time.monotonic() - began)
    assert statistics.median(took) < 0.1
    assert max(took) < 0.5


async def test_who_goes_away_while_he_waits_leaves_his_place_in_the_queue() -> None:
    app = create_app(ForgetfulVoice(), ServerSettings(max_streams=1, max_waiting=2))
    service: Service = app.state.service
    with serving(app) as server:
        async with over_http(server, HTTP[0]) as leave:
            await until(lambda: service.admission.taken == 1)
            async with over_websocket(server) as give_up, over_http(server, HTTP[1]) as give_up_too:
                await until(lambda: service.admission.waiting == 2)
                give_up()
                give_up_too()
                await until(lambda: service.admission.waiting == 0)
            assert service.admission.taken == 1
            leave()
        await until(lambda: service.admission.taken == 0)


async def test_who_takes_nothing_loses_his_place_and_his_connection() -> None:
    stall_timeout = 0.3
    app = create_app(ScriptedVoice(), ServerSettings(stall_timeout=stall_timeout))
    service: Service = app.state.service
    with serving(app) as server:
        end_stalled(server.listener, stall_timeout)
        async with (
            over_http(server, request(input=TEXT * 20, response_format="wav")) as leave,
            connect(server.ws_url + "/v1/audio/speech/stream", max_queue=1) as client,
        ):
            await client.send(json.dumps({"type": "text", "text": 50 * TEXT}))
            await until(lambda: len(service.talks) == 2)
            await until(lambda: not service.talks)
            if hasattr(socket, "TCP_USER_TIMEOUT"):
                await until(lambda: not server.server_state.connections)
            leave()
            client.transport.abort()


async def test_others_have_their_turn_between_chunks_that_wait_already() -> None:
    """Else nobody would notice that a client has gone before he was sent all of them."""
    stream, turns = SpeechStream(ScriptedVoice()), 0
    stream.write(" ".join(["word"] * 50))
    stream.end()
    await until(lambda: stream.stats.audio_seconds == pytest.approx(50 * 0.05 - 0.01))

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(take_turns())
    chunks = [chunk async for chunk in Talk(stream, ScriptedVoice(), "test", patience=1.0)]
    other.cancel()
    assert turns >= len(chunks) == 50


async def test_the_failures_of_those_who_lose_a_race_are_nobodys_surprise(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail(error: Exception) -> None:
        raise error

    with pytest.raises(KeyError):
        await race(fail(KeyError()), fail(ValueError()))
    gc.collect()
    assert "never retrieved" not in caplog.text
