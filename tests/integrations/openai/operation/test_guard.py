"""Who may call: keys, addresses, hosts, origins, over HTTP and WebSockets, answered in OpenAI's envelope."""

import asyncio
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
from websockets.sync.client import connect
from websockets.sync.connection import Connection

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


def join(server: Serving, **options: Any) -> Connection:
    live: Connection = connect(server.ws_url + LIVE, **options)
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
    "host", ["localhost", "127.0.0.1:1", "[::1]:8000", "[::1]", "127.5.5.5", "LOCALHOST.:80"]
)
def test_names_of_this_machine_are_answered_to(plain: Serving, host: str) -> None:
    assert httpx2.get(f"{plain.url}/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "llmvox:8000",
        "127.0.0.1.evil.example",
        "a@evil.example",
        "[::2]",
        "[",
        "::1",
        "",
        "a b",
    ],
)
def test_other_names_are_not(plain: Serving, host: str) -> None:
    before = refusals(plain, "forbidden")
    response = httpx2.get(f"{plain.url}/health", headers={"Host": host})
    assert response.status_code == 403
    assert error_of(response)["code"] == "host_not_allowed"
    assert refusals(plain, "forbidden") == before + 1


def test_nor_two_at_once() -> None:
    assert status_at("127.0.0.1", "localhost", "evil.example")[0] == 403


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


def test_a_name_that_is_none_allows_nothing(served: Served) -> None:
    server = served(allowed_hosts="https://tts.example")
    assert httpx2.get(f"{server.url}/health", headers={"Host": "a b"}).status_code == 403


def test_with_keys_any_name_will_do(locked: Serving) -> None:
    assert httpx2.get(f"{locked.url}/health", headers={"Host": "tts.example"}).status_code == 200


# addresses


def status_at(address: str | None, *hosts: str, **settings: Any) -> tuple[int, str]:
    """What is answered to a connection that came in there, and why; no network is needed."""
    app = create_app(ScriptedVoice(), ServerSettings(**settings))
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "path": "/health",
        "raw_path": b"/health",
        "query_string": b"",
        "headers": [(b"host", host.encode()) for host in hosts],
        "server": address and (address, 8000),
    }
    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], sent[1]["body"].decode()


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "127.3.2.1", "::1", "::ffff:127.0.0.1", "/run/llmvox.socket", "testserver", None]
)
def test_without_keys_this_machine_may_call(address: str | None) -> None:
    assert status_at(address, "localhost")[0] == 200


@pytest.mark.parametrize("address", ["192.168.1.2", "172.17.0.2", "fd00::1", "::ffff:10.0.0.1", "8.8.8.8"])
def test_and_no_other_whoever_runs_the_app(address: str) -> None:
    for settings in ({}, {"allowed_hosts": "*"}):
        status, body = status_at(address, "localhost", **settings)
        assert status == 403
        assert json.loads(body)["error"]["code"] == "api_keys_needed"
        assert f"{address} can be reached from other machines, which needs API keys" in body
    assert status_at(address, "localhost", api_keys="k")[0] == 200


@pytest.mark.parametrize(
    ("address", "host", "status"),
    [
        ("testserver", "testserver", 200),
        ("test", "TEST:80", 200),
        ("test", "evil.example", 403),
        ("", "a b", 403),
        (None, "test", 403),
    ],
)
def test_the_app_goes_by_the_name_where_it_was_called(address: str | None, host: str, status: int) -> None:
    assert status_at(address, host)[0] == status


def test_its_own_address_needs_not_be_allowed() -> None:
    settings = {"api_keys": "k", "allowed_hosts": "tts.example"}
    for address, host in {"10.0.0.1": "10.0.0.1:8000", "fd00::1": "[fd00::1]:8000"}.items():
        assert status_at(address, host, **settings)[0] == 200
        assert status_at(address, "10.0.0.2", **settings)[0] == 403


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
