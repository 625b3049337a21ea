"""How much a client may send, and how slowly: bodies and messages."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any, TypeAlias

import httpx2
import pytest
from support.serving import Serving, serving
from websockets.sync.client import connect

from llmvox_plugins.core.testing import ScriptedVoice
from llmvox_plugins.integrations.openai import create_app
from llmvox_plugins.integrations.openai.settings import ServerSettings

SPEECH = {"model": "m", "voice": "alloy", "input": "Hi.", "response_format": "pcm"}
LARGE = ("/tts", "/v1/chat/completions")

Served: TypeAlias = Callable[..., Serving]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """Servers with these settings."""
    with ExitStack() as running:
        yield cache(
            lambda **settings: running.enter_context(
                serving(create_app(ScriptedVoice(), ServerSettings(**settings)))
            )
        )


def post(server: Serving, path: str, content: Any) -> httpx2.Response:
    kind = {"Content-Type": "application/json"}
    return httpx2.post(server.url + path, content=content, headers=kind)


def refused(server: Serving) -> float:
    lines = httpx2.get(f"{server.url}/metrics").text.splitlines()
    found = [line for line in lines if line.startswith('llmvox_refusals_total{reason="too_large"}')]
    return float(found[0].split()[1]) if found else 0.0


def raw(server: Serving, request: str, *headers: str, body: bytes = b"") -> bytes:
    """All that is answered until the connection ends."""
    head = "\r\n".join([f"{request} HTTP/1.1", *headers, "Connection: close", "", ""])
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(head.encode() + body)
        return b"".join(iter(lambda: connection.recv(2**16), b""))


@pytest.fixture
def narrow(served: Served) -> Serving:
    return served(max_body=2048, stall_timeout=0.3)


def test_a_body_that_says_it_is_too_long_is_not_read(narrow: Serving) -> None:
    answer = raw(narrow, "POST /v1/audio/speech", "Host: localhost", "Content-Length: 2049")
    assert b" 413 " in answer.splitlines()[0]
    assert b"request_too_large" in answer


@pytest.mark.parametrize("encoding", ["length", "chunks"])
def test_a_body_that_is_too_long_is_refused(narrow: Serving, encoding: str) -> None:
    before = refused(narrow)
    body = json.dumps({**SPEECH, "input": 3000 * "x"}).encode()
    content: Any = body if encoding == "length" else iter([body[:1500], body[1500:]])
    response = post(narrow, "/v1/audio/speech", content)
    assert response.status_code == 413
    assert response.json()["error"]["code"] == "request_too_large"
    assert response.headers["x-request-id"]
    assert refused(narrow) == before + 1


def test_one_that_is_just_short_enough_is_not(narrow: Serving) -> None:
    body = json.dumps(SPEECH).encode().ljust(2048)
    chunks = iter([body[:1000], body[1000:]])
    response = post(narrow, "/v1/audio/speech", chunks)
    assert response.status_code == 200


def test_one_that_does_not_come_is_waited_for_only_so_long(narrow: Serving) -> None:
    kind = "Content-Type: application/json"
    answer = raw(narrow, "POST /v1/audio/speech", "Host: localhost", kind, "Content-Length: 90", body=b"{")
    assert b" 408 " in answer.splitlines()[0]
    assert b"request_timeout" in answer


def test_a_message_that_is_too_long_closes_its_websocket(narrow: Serving) -> None:
    with connect(f"{narrow.ws_url}/v1/audio/speech/stream") as live:
        live.send(json.dumps({"type": "text", "text": 3000 * "x"}))
        told = json.loads(live.recv())
        assert told["error"]["code"] == "request_too_large"
        with pytest.raises(Exception, match="1009"):
            live.recv()


# where a body may be large


def test_only_what_may_hold_images_may_be_large(served: Served) -> None:
    server = served(max_input=1000)
    large = b" " * (16_000 + 2**16 + 1)
    for path in ("/v1/audio/speech", "/v1/models", "/nowhere"):
        for content in (large, iter([large])):
            response = post(server, path, content)
            if path == "/v1/audio/speech" or isinstance(content, bytes):
                assert response.status_code == 413
                assert "at most 81536 bytes" in response.json()["error"]["message"]
    for path in LARGE:
        assert post(server, path, large).status_code == 400
    assert post(server, "/v1/audio/speech", large[1:]).status_code == 400


@pytest.mark.parametrize("escaped", [False, True])
def test_the_longest_text_has_room_in_any_spelling(served: Served, escaped: bool) -> None:
    text = 999 * "\U0001f600" + "."
    body = json.dumps({**SPEECH, "input": text}, ensure_ascii=escaped)
    assert post(served(max_input=1000), "/v1/audio/speech", body).status_code == 200


@pytest.mark.parametrize("path", [*LARGE, "/v1/audio/speech"])
@pytest.mark.parametrize("part", ["[],", "{},", "0,", "[[],["])
def test_json_of_too_many_parts_is_never_read(served: Served, path: str, part: str) -> None:
    many = 100_001 // sum(map(part.count, "[{,")) + 1
    content = b'{"x":[' + many * part.encode()
    for parts in (content, iter([content[:100_000], content[100_000:]])):
        response = post(served(), path, parts)
        assert response.status_code == 413
        assert response.json()["error"]["code"] == "request_too_large"
        assert "commas and brackets" in response.json()["error"]["message"]


def test_an_image_has_few_parts(served: Served) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + 5_000_000 * "A"}}
    response = post(served(), "/tts", json.dumps({"text": "Hi.", "content": [image]}))
    assert response.status_code != 413


def test_a_text_may_be_all_commas(served: Served) -> None:
    server = served(max_input=150_000)
    assert post(server, "/v1/audio/speech", json.dumps({**SPEECH, "input": 150_000 * ","})).status_code == 200


# how slowly


def test_a_body_that_drips_is_waited_for_only_so_long(served: Served) -> None:
    """Each part is in time, and none is the last."""
    server = served(stall_timeout=30, request_timeout=0.5)
    head = b"POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    over = threading.Event()
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(head + b"Content-Length: 1000\r\n\r\n")

        def drip() -> None:
            while not over.wait(0.05):
                connection.send(b" ")

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            answer = connection.recv(2**16)
        finally:
            over.set()
            dripping.join()
    assert b" 408 " in answer.splitlines()[0]
    assert b"request_timeout" in answer
    assert b"connection: close" in answer.lower()
