"""What a client sees when speech breaks: a status before the first byte, never a clean end after it."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import cache
from typing import Any, TypeAlias

import httpx2
import pytest
from support.decoding import decoded
from support.serving import Serving, serving
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from llmvox_plugins.core.audio import Samples
from llmvox_plugins.core.encode import Encoder, open_encoder
from llmvox_plugins.core.errors import SinkError
from llmvox_plugins.core.testing import ScriptedVoice
from llmvox_plugins.core.voices.base import Utterance
from llmvox_plugins.integrations.openai import audio, create_app
from llmvox_plugins.integrations.openai.settings import ServerSettings

FORMATS = ["mp3", "opus", "aac", "flac", "wav", "pcm"]
WORDS = 6
TEXT = " ".join([40 * "x"] * WORDS) + "."  # each word is long enough to make every encoder give something
SECONDS = (41 * WORDS) * 0.01

Breaking: TypeAlias = "Callable[[int], Serving]"


def wanted(format: str, stream_format: str = "audio") -> dict[str, Any]:
    return {
        "model": "any",
        "voice": "alloy",
        "input": TEXT,
        "response_format": format,
        "stream_format": stream_format,
    }


class BreakingVoice(ScriptedVoice):
    """Breaks after so many words of each stream."""

    def __init__(self, words: int) -> None:
        super().__init__()
        self.lasts = words

    def utterance(self) -> Utterance:
        self.engine = ScriptedVoice(fails_after=self.lasts).engine
        return super().utterance()


@pytest.fixture(scope="module")
def breaking() -> Iterator[Breaking]:
    """Servers whose voice breaks after so many words."""
    with ExitStack() as running:
        yield cache(lambda words: running.enter_context(serving(create_app(BreakingVoice(words)))))


def ask(server: Serving, body: dict[str, Any]) -> tuple[int, bytes, Exception | None]:
    """The status, what came of the body, and how it was broken off."""
    got = b""
    with httpx2.stream("POST", server.url + "/v1/audio/speech", json=body) as answer:
        try:
            for part in answer.iter_raw():
                got += part
        except httpx2.RemoteProtocolError as error:
            return answer.status_code, got, error
        return answer.status_code, got, None


def check_envelope(error: dict[str, Any]) -> None:
    assert error.keys() == {"message", "type", "param", "code"}
    assert (error["type"], error["code"]) == ("server_error", "speech_failed")
    assert " fails" in error["message"]


def events(body: bytes) -> list[dict[str, Any]]:
    return [json.loads(part.removeprefix("data: ")) for part in body.decode().split("\n\n") if part]


@pytest.mark.parametrize("format", FORMATS)
def test_before_the_first_byte_it_is_a_status(breaking: Breaking, format: str) -> None:
    for stream_format in ("audio", "sse"):
        status, body, broken = ask(breaking(0), wanted(format, stream_format))
        assert (status, broken) == (500, None)
        check_envelope(json.loads(body)["error"])


@pytest.mark.parametrize("words", [1, 3])
@pytest.mark.parametrize("format", FORMATS)
def test_after_it_the_body_has_no_end(breaking: Breaking, format: str, words: int) -> None:
    status, body, broken = ask(breaking(words), wanted(format))
    assert status == 200
    assert isinstance(broken, httpx2.RemoteProtocolError)
    samples, rate = decoded(body, format)
    assert 0.5 * words / WORDS < len(samples) / rate / SECONDS < (words + 1) / WORDS


@pytest.mark.parametrize("words", [1, 3])
@pytest.mark.parametrize("format", FORMATS)
def test_among_events_it_is_one_and_the_last(breaking: Breaking, format: str, words: int) -> None:
    status, body, broken = ask(breaking(words), wanted(format, "sse"))
    assert (status, broken) == (200, None)
    *deltas, last = events(body)
    assert {event["type"] for event in deltas} == {"speech.audio.delta"}
    assert last["type"] == "error"
    check_envelope(last["error"])


@pytest.mark.parametrize("words", [0, 1, 3])
@pytest.mark.parametrize("format", FORMATS)
def test_on_a_websocket_it_is_an_error_and_the_end(breaking: Breaking, format: str, words: int) -> None:
    messages, code = converse(breaking(words), format)
    told = [json.loads(message) for message in messages if isinstance(message, str)]
    assert any(isinstance(message, bytes) for message in messages) == (words > 0)
    assert [message["type"] for message in told].count("word") == words
    assert isinstance(messages[-1], str)
    assert told[-1]["type"] == "error"
    check_envelope(told[-1]["error"])
    assert code == 1011


def converse(server: Serving, format: str) -> tuple[list[str | bytes], int | None]:
    """What the server says to a text, and how it hangs up."""
    messages = []
    with connect(server.ws_url + "/v1/audio/speech/stream") as socket:
        socket.send(json.dumps({"type": "config", "response_format": format}))
        socket.send(json.dumps({"type": "text", "text": TEXT}))
        socket.send(json.dumps({"type": "end"}))
        with suppress(ConnectionClosed):
            while True:
                messages.append(socket.recv())
    return messages, socket.close_code


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_whole_has_an_end(breaking: Breaking, format: str) -> None:
    status, body, broken = ask(breaking(WORDS), wanted(format))
    assert (status, broken) == (200, None)
    samples, rate = decoded(body, format)
    assert len(samples) / rate == pytest.approx(SECONDS, abs=0.15)


class FailingEncoder(Encoder):
    def __init__(self, encoder: Encoder, parts: int) -> None:
        self.encoder, self.parts = encoder, parts

    def feed(self, samples: Samples) -> bytes:
        self.parts -= 1
        if self.parts < 0:
            raise SinkError("the encoder fails")
        return self.encoder.feed(samples)

    def flush(self) -> bytes:
        return self.encoder.flush()


@pytest.mark.parametrize("parts", [0, 2])
@pytest.mark.parametrize("format", FORMATS)
def test_an_encoder_that_fails_is_told_in_the_same_way(
    breaking: Breaking, format: str, parts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audio, "open_encoder", lambda *args: FailingEncoder(open_encoder(*args), parts))
    server = breaking(WORDS)
    status, body, broken = ask(server, wanted(format))
    as_events = ask(server, wanted(format, "sse"))
    if parts:
        assert status == as_events[0] == 200
        assert isinstance(broken, httpx2.RemoteProtocolError)
        check_envelope(events(as_events[1])[-1]["error"])
    else:
        assert status == as_events[0] == 500
        check_envelope(json.loads(body)["error"])
        check_envelope(json.loads(as_events[1])["error"])


def ask_in_http_1_0(server: Serving, body: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    """The headers, with the status as "status", and the body until the connection ends."""
    content = json.dumps(body).encode()
    head = (
        f"POST /v1/audio/speech HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {len(content)}"
    )
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(head.encode() + b"\r\n\r\n" + content)
        answer = b"".join(iter(lambda: connection.recv(2**16), b""))
    status, *lines = answer.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return {"status": status.split()[1], **headers}, answer.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize("http", ["httptools", "h11"])
def test_an_answer_in_http_1_0_tells_its_length(breaking: Breaking, http: str) -> None:
    """There are no chunks in it, and the end of the connection is no end of an answer."""
    with serving(create_app(ScriptedVoice()), http=http) as server:
        for stream_format in ("audio", "sse"):
            headers, body = ask_in_http_1_0(server, wanted("wav", stream_format))
            assert headers["status"] == "200"
            assert int(headers["content-length"]) == len(body)
            assert "transfer-encoding" not in headers
        headers, body = ask_in_http_1_0(server, wanted("wav"))
        assert len(decoded(body, "wav")[0]) / 24_000 == pytest.approx(SECONDS, abs=0.01)
    headers, body = ask_in_http_1_0(breaking(3), wanted("wav"))
    assert headers["status"] == "500"
    check_envelope(json.loads(body)["error"])


def test_an_answer_in_http_1_0_has_a_largest_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmvox_plugins.integrations.openai.response.MOST_IN_MEMORY", 50_000)
    with serving(create_app(ScriptedVoice())) as server:
        headers, body = ask_in_http_1_0(server, wanted("wav"))
        assert headers["status"] == "413"
        assert "HTTP/1.1" in json.loads(body)["error"]["message"]
        assert ask_in_http_1_0(server, wanted("mp3"))[0]["status"] == "200"


def test_a_request_that_takes_too_long_is_told_when_to_come_again() -> None:
    voice = ScriptedVoice(delay=0.3)
    with serving(create_app(voice, ServerSettings(request_timeout=0.1))) as server:
        answer = httpx2.post(server.url + "/v1/audio/speech", json=wanted("wav"))
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        assert answer.json()["error"]["code"] == "timeout"


def test_a_voice_that_gives_nothing_has_failed() -> None:
    voice = ScriptedVoice(delay=1.0)
    with serving(create_app(voice, ServerSettings(voice_timeout=0.2))) as server:
        answer = httpx2.post(server.url + "/v1/audio/speech", json=wanted("wav"))
        assert answer.status_code == 500
        assert "no audio" in answer.json()["error"]["message"]


def test_what_nobody_foresaw_is_logged_and_told(
    breaking: Breaking, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(self: Encoder, samples: Samples) -> bytes:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr("llmvox_plugins.core.encode._PCMEncoder.feed", fail)
    messages, code = converse(breaking(WORDS), "pcm")
    assert isinstance(messages[-1], str)
    error = json.loads(messages[-1])["error"]
    assert (error["type"], code) == ("server_error", 1011)
    assert "secret" not in error["message"]
    assert "ZeroDivisionError" in caplog.text

    caplog.clear()
    monkeypatch.setattr(audio.Press, "flush", fail)
    status, _, broken = ask(breaking(WORDS), wanted("wav"))
    assert (status, type(broken)) == (200, httpx2.RemoteProtocolError)
    assert "TypeError" in caplog.text
