"""Who may call: keys, hosts, origins and sizes, over HTTP and WebSockets, answered in OpenAI's envelope."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any, TypeAlias

import httpx2
import openai
import pytest
from support.serving import Serving, serving
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from llmvox_plugins.core.testing import ScriptedVoice
from llmvox_plugins.integrations.openai import create_app
from llmvox_plugins.integrations.openai.settings import ServerSettings

SPEECH = {"model": "m", "voice": "alloy", "input": "Hi.", "response_format": "pcm"}
LIVE = "/v1/audio/speech/stream"
KEYS = ("sésame", "open.sesame-2")

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


@pytest.fixture
def plain(served: Served) -> Serving:
    return served()


@pytest.fixture
def locked(served: Served) -> Serving:
    return served(api_keys=KEYS)


def speak(server: Serving, **headers: Any) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.post(f"{server.url}/v1/audio/speech", json=SPEECH, headers=named)


def join(server: Serving, **options: Any) -> ClientConnection:
    live: ClientConnection = connect(server.ws_url + LIVE, **options)
    return live


def error_of(response: httpx2.Response) -> dict[str, Any]:
    error: dict[str, Any] = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return error


def refusals(server: Serving, reason: str, **headers: str) -> float:
    text = httpx2.get(f"{server.url}/metrics", headers=headers).text
    lines = [
        line for line in text.splitlines() if line.startswith(f'llmvox_refusals_total{{reason="{reason}"}}')
    ]
    return float(lines[0].split()[1]) if lines else 0.0


# keys


@pytest.mark.parametrize("key", KEYS)
def test_a_key_opens(locked: Serving, key: str) -> None:
    assert speak(locked, Authorization=f"Bearer {key}".encode()).status_code == 200
    assert speak(locked, Authorization=f"bearer  {key}".encode()).status_code == 200


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (None, "an API key is needed"),
        (b"Bearer", "an API key is needed"),
        (b"Basic c2VzYW1l", "an API key is needed"),
        (b"Bearer wrong", "not an API key of this server"),
        (b"Bearer open.sesame", "not an API key of this server"),
        (b"Bearer \xff\xfe\x80", "not an API key of this server"),
        (b"Bearer " + 7000 * b"k", "not an API key of this server"),
    ],
)
def test_nothing_else_does(locked: Serving, header: bytes | None, said: str) -> None:
    response = speak(locked, **({} if header is None else {"Authorization": header}))
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.headers["x-request-id"]
    error = error_of(response)
    assert error["code"] == "invalid_api_key"
    assert said in error["message"]
    assert "wrong" not in response.text and "kkk" not in response.text


def test_openais_client_knows_what_is_wrong(locked: Serving) -> None:
    client = openai.OpenAI(base_url=f"{locked.url}/v1", api_key="wrong")
    with client, pytest.raises(openai.AuthenticationError) as raised:
        client.audio.speech.create(model="m", voice="alloy", input="Hi.")
    assert raised.value.code == "invalid_api_key"


@pytest.mark.parametrize("path", ["/", "/page/page.js", "/health", "/ready", "/openapi.json"])
def test_what_reveals_nothing_is_open(locked: Serving, path: str) -> None:
    assert httpx2.get(locked.url + path).status_code != 401
    assert httpx2.post(locked.url + path).status_code == 401


@pytest.mark.parametrize(
    "path", ["/metrics", "/v1/models", "/v1/audio/voices", "/nowhere", "//health", "/page"]
)
def test_all_else_is_not(locked: Serving, path: str) -> None:
    assert httpx2.get(locked.url + path).status_code == 401
    key = {"Authorization": f"Bearer {KEYS[1]}"}
    assert httpx2.get(locked.url + path, headers=key).status_code != 401


def test_a_refusal_is_counted_under_its_path(locked: Serving) -> None:
    key = {"Authorization": f"Bearer {KEYS[1]}"}
    before = refusals(locked, "unauthorized", **key)
    speak(locked)
    assert refusals(locked, "unauthorized", **key) == before + 1
    metrics = httpx2.get(f"{locked.url}/metrics", headers=key).text
    assert 'llmvox_requests_total{endpoint="/v1/audio/speech",status="401"}' in metrics


def test_a_websocket_shows_its_key_in_a_header(locked: Serving) -> None:
    with join(locked, additional_headers={"Authorization": f"Bearer {KEYS[1]}"}) as live:
        assert live.response is not None
        assert live.response.headers["x-request-id"]


def test_or_among_its_subprotocols_which_nobody_repeats(locked: Serving) -> None:
    offered: Any = ["llmvox", f"llmvox-api-key.{KEYS[1]}"]
    with join(locked, subprotocols=offered) as live:
        assert live.subprotocol == "llmvox"
    with join(locked, subprotocols=offered[1:]) as live:
        assert live.subprotocol is None


@pytest.mark.parametrize(
    "offered", [None, ["llmvox"], ["llmvox", "llmvox-api-key.wrong"], ["llmvox-api-key."]]
)
def test_a_websocket_without_a_key_is_never_accepted(locked: Serving, offered: Any) -> None:
    with pytest.raises(InvalidStatus) as raised, join(locked, subprotocols=offered):
        pass
    response = raised.value.response
    assert response.status_code == 401
    assert response.headers["x-request-id"]
    assert json.loads(response.body or b"")["error"]["code"] == "invalid_api_key"


# hosts


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:1", "[::1]:8000", "[::1]", "127.5.5.5", "LOCALHOST.:80", "llmvox:8000"]
)
def test_names_of_this_machine_are_answered_to(plain: Serving, host: str) -> None:
    assert httpx2.get(f"{plain.url}/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "[::2]", "[", "::1", "", "a b"],
)
def test_other_names_are_not(plain: Serving, host: str) -> None:
    before = refusals(plain, "forbidden")
    response = httpx2.get(f"{plain.url}/health", headers={"Host": host})
    assert response.status_code == 403
    assert error_of(response)["code"] == "host_not_allowed"
    assert refusals(plain, "forbidden") == before + 1


def test_nor_two_at_once(plain: Serving) -> None:
    assert b" 403 " in raw(plain, "GET /health", "Host: localhost", "Host: evil.example")


def test_a_websocket_has_a_host_too(plain: Serving) -> None:
    with (
        pytest.raises(InvalidStatus) as raised,
        socket.create_connection(("127.0.0.1", plain.port)) as own,
    ):
        connect("ws://evil.example" + LIVE, sock=own)
    assert raised.value.response.status_code == 403


def test_names_can_be_allowed(served: Served) -> None:
    server = served(allowed_hosts="tts.example:80,[fd00::1]")
    for host, status in {
        "TTS.example": 200,
        "[fd00::1]:99": 200,
        "localhost": 200,
        "evil.example": 403,
    }.items():
        assert httpx2.get(f"{server.url}/health", headers={"Host": host}).status_code == status
    assert httpx2.get(f"{served(allowed_hosts='*').url}/health", headers={"Host": "any"}).status_code == 200


def test_with_keys_any_name_will_do(locked: Serving) -> None:
    assert httpx2.get(f"{locked.url}/health", headers={"Host": "tts.example"}).status_code == 200


# origins


def test_the_servers_own_page_may_call(plain: Serving) -> None:
    assert speak(plain, Origin=plain.url).status_code == 200
    assert speak(plain, Origin="http://localhost", Host="localhost:80").status_code == 200
    with join(plain, origin=plain.url):
        pass


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost", "x"]
)
def test_another_sites_page_may_not(plain: Serving, origin: str) -> None:
    response = speak(plain, Origin=origin)
    assert response.status_code == 403
    assert error_of(response)["code"] == "origin_not_allowed"
    assert "access-control-allow-origin" not in response.headers
    with pytest.raises(InvalidStatus) as raised, join(plain, origin=origin):
        pass
    assert raised.value.response.status_code == 403


def preflight(server: Serving, origin: str) -> httpx2.Response:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    return httpx2.options(f"{server.url}/v1/audio/speech", headers=asked)


def test_cors_is_closed_unless_it_is_set(plain: Serving) -> None:
    assert "access-control-allow-origin" not in preflight(plain, "https://app.example").headers
    response = httpx2.get(f"{plain.url}/health", headers={"Origin": "https://app.example"})
    assert "access-control-allow-origin" not in response.headers


def test_a_page_that_is_allowed_may_call_and_read_what_went_wrong(served: Served) -> None:
    server, page = served(cors_origins="https://app.example", api_keys=KEYS), "https://app.example"
    allowed = preflight(server, page)
    assert allowed.status_code == 200
    assert "authorization" in allowed.headers["access-control-allow-headers"]
    spoken = speak(server, Origin=page, Authorization=f"Bearer {KEYS[1]}")
    wrong = speak(server, Origin=page)
    lost = httpx2.get(f"{server.url}/no", headers={"Origin": page, "Authorization": f"Bearer {KEYS[1]}"})
    assert [spoken.status_code, wrong.status_code, lost.status_code] == [200, 401, 404]
    for response in (spoken, wrong, lost):
        assert response.headers["access-control-allow-origin"] == page
    assert preflight(server, "https://evil.example").status_code == 400
    assert speak(server, Origin="https://evil.example", Authorization=f"Bearer {KEYS[1]}").status_code == 403
    with join(server, origin=page, subprotocols=[f"llmvox-api-key.{KEYS[1]}"]):
        pass


def test_all_pages_can_be_allowed(served: Served) -> None:
    server = served(cors_origins="*")
    assert speak(server, Origin="https://any.example").headers["access-control-allow-origin"] == "*"


# sizes


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
    before = refusals(narrow, "too_large")
    body = json.dumps({**SPEECH, "input": 3000 * "x"}).encode()
    content: Any = body if encoding == "length" else iter([body[:1500], body[1500:]])
    response = httpx2.post(
        f"{narrow.url}/v1/audio/speech", content=content, headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 413
    assert error_of(response)["code"] == "request_too_large"
    assert response.headers["x-request-id"]
    assert refusals(narrow, "too_large") == before + 1


def test_one_that_is_just_short_enough_is_not(narrow: Serving) -> None:
    body = json.dumps(SPEECH).encode().ljust(2048)
    chunks = iter([body[:1000], body[1000:]])
    response = httpx2.post(
        f"{narrow.url}/v1/audio/speech", content=chunks, headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 200


def test_one_that_does_not_come_is_waited_for_only_so_long(narrow: Serving) -> None:
    kind = "Content-Type: application/json"
    answer = raw(narrow, "POST /v1/audio/speech", "Host: localhost", kind, "Content-Length: 90", body=b"{")
    assert b" 408 " in answer.splitlines()[0]
    assert b"request_timeout" in answer


def test_a_message_that_is_too_long_closes_its_websocket(narrow: Serving) -> None:
    with join(narrow) as live:
        live.send(json.dumps({"type": "text", "text": 3000 * "x"}))
        told = json.loads(live.recv())
        assert told["error"]["code"] == "request_too_large"
        with pytest.raises(Exception, match="1009"):
            live.recv()
