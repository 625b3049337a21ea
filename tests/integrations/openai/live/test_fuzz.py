"""The WebSocket takes whatever comes: what is wrong is the client's fault, and nothing is left of it."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support.serving import Serving, serving
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from llmvox_plugins.core.testing import ScriptedVoice
from llmvox_plugins.integrations.openai import create_app
from llmvox_plugins.integrations.openai.service import Service
from llmvox_plugins.integrations.openai.settings import ServerSettings

PATH = "/v1/audio/speech/stream"
LONGEST = 5.0  # seconds that a conversation may take, however it goes
OURS = 1011  # with which a server hangs up for its own mistakes
TOLD = {"audio.start", "audio.done", "word", "sentence", "heard", "error"}

fuzz = settings(
    max_examples=250,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    app = create_app(ScriptedVoice(delay=0.001), ServerSettings(max_streams=4, stall_timeout=1.0))
    with serving(app, ws_max_size=2**21) as server:
        yield server


@pytest.fixture(scope="module")
def service(server: Serving) -> Service:
    service: Service = server.config.app.state.service  # type: ignore[union-attr]
    return service


# what a client may send

texts = st.text(st.characters(), max_size=20) | st.sampled_from(
    ["Hello there. ", "\ud83d", "\udcfe ", "x" * 5000]
)
numbers = st.floats() | st.integers() | st.sampled_from([0.25, 4, 1e308, -0.0, 10**400])
scalars = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
right = st.one_of(
    st.builds(lambda text: {"type": "text", "text": text}, texts),
    st.sampled_from([{"type": "end"}, {"type": "cancel"}, {"type": "played", "seconds": 0.1}]),
    st.fixed_dictionaries(
        {"type": st.just("config")},
        optional={
            "voice": st.sampled_from(["alloy", {"id": "nova"}, "default", "espeak:en-us"]),
            "response_format": st.sampled_from(["pcm", "wav", "mp3", "opus", "aac", "flac"]),
            "speed": st.sampled_from([0.25, 1, 4.0]),
            "instructions": st.none() | texts,
        },
    ),
)
names = st.sampled_from("type text seconds voice response_format speed model id".split()) | texts
nearly = st.builds(lambda message, name, value: {**message, name: value}, right, names, values)
strange = st.one_of(
    values.map(json.dumps),
    texts.map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.binary(max_size=50),
    st.sampled_from(
        [
            "",
            "[" * 100_000,
            '{"type":' * 20_000,
            '{"type": "text", "text": "' + "x " * 2**20 + '"}',
            '{"type": "text", "text": "' + "x " * 2**18 + '"}',
            '{"type": "played", "seconds": 1e999}',
            '{"type": "played", "seconds": -0.1}',
            '{"type": "config", "speed": NaN}',
            '{"type": "text", "type": "end"}',
            b"\xff\xfe" * 1000,
        ]
    ),
)
sent = st.one_of(*4 * [right.map(json.dumps)], nearly.map(json.dumps), strange, st.just(0.003))
endings = st.sampled_from(["close", "vanish", "hear it out"])


@fuzz
@given(st.lists(sent, max_size=10), endings, st.booleans())
def test_whatever_comes_it_is_answered_and_forgotten(
    server: Serving, service: Service, messages: list[str | bytes | float], ending: str, as_text: bool
) -> None:
    began = time.monotonic()
    told: list[dict[str, Any]] = []
    with connect(server.ws_url + PATH, max_queue=None, open_timeout=LONGEST) as client:
        with suppress(ConnectionClosed):
            for message in messages:
                say(client, message, as_text)
            if ending == "hear it out":
                client.send(json.dumps({"type": "end"}))
                hear(client, told, patience=0.02)
        if ending == "vanish":
            with suppress(OSError):  # the server has hung up before
                client.socket.shutdown(socket.SHUT_RDWR)
    hear(client, told, patience=0)
    assert {message["type"] for message in told} <= TOLD
    assert [message for message in told if "server_error" in str(message)] == []
    assert client.close_code != OURS
    while service.talks or service.admission.taken or service.admission.waiting:
        assert time.monotonic() < began + LONGEST, "something is left"
        time.sleep(0.001)
    assert time.monotonic() < began + LONGEST


def say(client: Connection, message: str | bytes | float, as_text: bool) -> None:
    if isinstance(message, float):
        time.sleep(message)
    elif isinstance(message, bytes):
        client.send(message, text=as_text)  # mostly, it is no text
    else:
        client.send(message)


def hear(client: Connection, told: list[dict[str, Any]], patience: float) -> None:
    """What the server says, until he is silent for so long."""
    with suppress(ConnectionClosed, TimeoutError):
        while True:
            if isinstance(message := client.recv(patience), str):
                told.append(json.loads(message))


def test_the_next_conversation_is_a_proper_one(server: Serving) -> None:
    with connect(server.ws_url + PATH) as client:
        audio, told = converse(client, ["Hello ", "world."])
    assert len(audio) == len("Hello world.") * 480
    assert told[-1]["reason"] == "finished"


# how a text is cut

written = st.text("ab. ,!?\n'é\u4e2d\U0001f600\u200d*-5$", max_size=60)


@settings(fuzz, max_examples=100)
@given(written, st.data())
def test_how_a_text_is_cut_changes_nothing(conversation: Connection, text: str, data: st.DataObject) -> None:
    """Not even a cut through a character of two units of UTF-16, as JavaScript has them."""
    units = text.encode("utf-16-le")
    cuts = data.draw(st.lists(st.integers(0, len(units) // 2), max_size=8, unique=True).map(sorted))
    ends = [2 * cut for cut in [*cuts, len(units) // 2]]
    pieces = [
        units[begin:end].decode("utf-16-le", "surrogatepass")
        for begin, end in zip([0, *ends], ends, strict=False)
    ]
    assert converse(conversation, pieces) == converse(conversation, [text])


@pytest.fixture(scope="module")
def conversation() -> Iterator[Connection]:
    with serving(create_app(ScriptedVoice())) as server, connect(server.ws_url + PATH) as client:
        yield client


def converse(client: Connection, pieces: list[str]) -> tuple[bytes, list[dict[str, Any]]]:
    """The audio of a text, and what is told of it, less what is different each time."""
    for piece in pieces:
        client.send(json.dumps({"type": "text", "text": piece}))
    client.send(json.dumps({"type": "end"}))
    audio = b""
    told: list[dict[str, Any]] = []
    while not told or told[-1]["type"] != "audio.done":
        message = client.recv(LONGEST)
        if isinstance(message, bytes):
            audio += message
        else:
            told.append(json.loads(message))
    by_chance = ("id", "time_to_first_audio", "real_time_factor", "underruns")
    return audio, [{name: each[name] for name in each if name not in by_chance} for each in told]
