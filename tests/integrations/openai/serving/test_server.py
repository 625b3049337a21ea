"""serve(): real processes, ended by real signals while they speak."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from support.server_process import scripted
from support.serving import Serving, serving
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from llmvox_plugins.core.errors import LLMVoxError
from llmvox_plugins.core.testing import ScriptedVoice
from llmvox_plugins.integrations.openai import create_app
from llmvox_plugins.integrations.openai.serving import protocol
from llmvox_plugins.integrations.openai.serving.address import listen, url_of

SLOW = "ScriptedVoice(delay=0.05)"
TEXT = " ".join(30 * ["word"])  # 1.5 s at 50 ms a word
SECONDS = (30 * 4 + 29) * 0.01
SPEECH = {"model": "m", "voice": "alloy", "input": TEXT, "response_format": "pcm"}
LIVE = "/v1/audio/speech/stream"


@pytest.fixture
def client() -> Iterator[httpx2.Client]:
    with httpx2.Client(timeout=20) as client:
        yield client


def live_at(url: str) -> Connection:
    return connect(url.replace("http", "ws") + LIVE)


def say(live: Connection, text: str = TEXT) -> None:
    live.send(json.dumps({"type": "text", "text": text}))
    live.send(json.dumps({"type": "end"}))


def until(live: Connection, kind: str) -> tuple[dict[str, Any], float]:
    """The message of that kind, and how many seconds of audio came before it."""
    audio = 0
    while True:
        frame = live.recv(20)
        if isinstance(frame, bytes):
            audio += len(frame)
        elif (message := json.loads(frame))["type"] == kind:
            return message, audio / 2 / 24_000


def test_told_to_end_it_lets_speech_finish(client: httpx2.Client) -> None:
    """Over HTTP and over a WebSocket, while whoever comes then is sent away."""
    with scripted(SLOW) as server:
        url = server.ready()
        assert client.get(f"{url}/ready").status_code == 200  # the connection is kept
        with live_at(url) as live, httpx2.stream("POST", f"{url}/v1/audio/speech", json=SPEECH) as response:
            parts = response.iter_raw()
            audio = len(next(parts))
            say(live)
            until(live, "audio.start")
            server.signal(signal.SIGTERM)
            refused = _first_refusal(client, url)
            assert refused.headers["connection"] == "close"
            assert refused.headers["retry-after"]
            assert refused.json()["error"]["code"] == "shutting_down"
            audio += sum(len(part) for part in parts)
            done, seconds = until(live, "audio.done")
            with pytest.raises(ConnectionClosed, match="1012"):
                live.recv(20)
        assert audio / 2 / 24_000 == pytest.approx(SECONDS, abs=0.01)
        assert seconds == pytest.approx(SECONDS, abs=0.01)
        assert done["reason"] == "finished"
        assert server.end() == 0
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(f"{url}/ready")


def _first_refusal(client: httpx2.Client, url: str) -> httpx2.Response:
    """The signal is noticed within a tenth of a second."""
    while (response := client.get(f"{url}/v1/models")).status_code == 200:
        pass
    assert response.status_code == 503
    return response


def test_while_it_ends_it_is_not_ready_and_takes_no_new_text(client: httpx2.Client) -> None:
    with scripted(SLOW) as server:
        url = server.ready()
        with live_at(url) as speaking, live_at(url) as waiting:
            say(speaking)
            until(speaking, "audio.start")
            assert client.get(f"{url}/ready").status_code == 200  # the connection is kept
            server.signal(signal.SIGINT)
            while (ready := client.get(f"{url}/ready")).status_code == 200:
                pass
            assert ready.json() == {"status": "not ready", "reason": "the server is shutting down"}
            assert client.get(f"{url}/health").status_code == 200
            say(waiting)
            assert until(waiting, "error")[0]["error"]["code"] == "shutting_down"
            assert until(speaking, "audio.done")[0]["reason"] == "finished"
        assert server.end() == 0


def test_what_takes_too_long_is_cut_and_told_so() -> None:
    with scripted(SLOW, shutdown_timeout=0.3) as server:
        url = server.ready()
        long = {**SPEECH, "input": 20 * TEXT}
        events = {**long, "stream_format": "sse"}
        with (
            live_at(url) as live,
            httpx2.stream("POST", f"{url}/v1/audio/speech", json=long) as plain,
            httpx2.stream("POST", f"{url}/v1/audio/speech", json=events) as sse,
        ):
            say(live, 20 * TEXT)
            until(live, "audio.start")
            parts, lines = plain.iter_raw(), sse.iter_lines()
            next(parts), next(lines)
            begun = time.monotonic()
            server.signal(signal.SIGTERM)
            assert "the server was shut down" in until(live, "error")[0]["error"]["message"]
            assert json.loads([line for line in lines if line][-1][6:])["type"] == "error"
            with pytest.raises(httpx2.RemoteProtocolError):
                list(parts)
        assert server.end() == 0
        assert time.monotonic() - begun < 10
        assert any("speech is cut" in entry["message"] for entry in server.log)


def test_a_reader_who_takes_nothing_does_not_hold_up_the_end() -> None:
    with scripted(shutdown_timeout=0.3) as server:
        url = server.ready()
        endless = {**SPEECH, "input": 400 * TEXT}
        with httpx2.stream("POST", f"{url}/v1/audio/speech", json=endless) as response:
            parts = response.iter_raw()
            next(parts)
            time.sleep(1)  # the buffers on the way are full then
            server.signal(signal.SIGTERM)
            assert server.end() == 0
    (line,) = [entry for entry in server.log if entry["message"] == "request"]
    assert (line["status"], line["complete"]) == (200, False)
    assert "uvicorn.error" not in [entry["logger"] for entry in server.log]


def test_idle_connections_do_not_hold_up_the_end(client: httpx2.Client) -> None:
    with scripted() as server:
        url = server.ready()
        client.get(f"{url}/health")
        with live_at(url):
            begun = time.monotonic()
            server.signal(signal.SIGTERM)
            assert server.end() == 0
            assert time.monotonic() - begun < 10  # shutdown_timeout is 30


def test_a_second_signal_ends_it_at_once() -> None:
    with scripted(SLOW) as server:
        url = server.ready()
        with live_at(url) as live:
            say(live, 100 * TEXT)
            until(live, "audio.start")
            server.signal(signal.SIGTERM)
            with httpx2.Client() as client:
                _wait_until_refused(url, client)
            server.signal(signal.SIGTERM)
            assert server.end() == 130


def _wait_until_refused(url: str, client: httpx2.Client) -> None:
    try:
        while client.get(f"{url}/ready", headers={"Connection": "close"}).status_code == 200:
            pass
    except httpx2.ConnectError:
        pass


LOADS_FOREVER = """
import sys, time
from llmvox_plugins.integrations.openai import voices
def load_voice(name):
    print("loading", flush=True)
    time.sleep(60)
voices.load_voice = load_voice
"""


def test_one_that_is_still_loading_ends_too() -> None:
    with scripted("None", LOADS_FOREVER) as server:
        assert server.process.stdout is not None
        assert server.process.stdout.readline() == "loading\n"
        begun = time.monotonic()
        server.signal(signal.SIGTERM)
        assert server.end() == 0
        assert time.monotonic() - begun < 10


def test_what_cannot_start_says_so_once() -> None:
    line = [sys.executable, "-m", "llmvox_plugins", "serve", "--port", "0", "--log-format", "json"]
    ended = subprocess.run([*line, "--voice", "nowhere"], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    (told,) = ended.stderr.splitlines()
    assert "nowhere" in told


def test_under_another_server_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with serving(create_app("nowhere")) as server:
        httpx2.post(f"{server.url}/v1/audio/speech", json=SPEECH)
    assert [record.levelname for record in caplog.records if "nowhere" in record.message] == ["ERROR"]


def test_every_line_on_stderr_is_json_and_has_the_request() -> None:
    with scripted(SLOW) as server:
        url = server.ready()
        httpx2.post(f"{url}/v1/audio/speech", json=SPEECH, headers={"X-Request-ID": "mine"})
        server.signal(signal.SIGTERM)
        assert server.end() == 0
    (line,) = [entry for entry in server.log if entry["message"] == "request"]
    assert (line["request_id"], line["status"], line["voice"]) == ("mine", 200, "scripted")
    assert line["audio_seconds"] == pytest.approx(SECONDS)


def answer_to(port: int, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(data)
        return b"".join(iter(lambda: connection.recv(2**16), b""))


def test_a_head_that_is_too_long_is_refused() -> None:
    with serving(create_app(ScriptedVoice()), http=protocol.HTTPProtocol) as server:
        request = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        assert b" 200 " in answer_to(server.port, request + b"X: " + 60_000 * b"x" + b"\r\n\r\n")
        assert b" 400 " in answer_to(server.port, request + b"X: " + 70_000 * b"x")


def test_a_head_that_does_not_come_is_waited_for_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "SLOWEST_HEAD", 0.5)
    request = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with serving(create_app(ScriptedVoice(delay=0.05)), http=protocol.HTTPProtocol) as server:
        assert httpx2.get(f"{server.url}/health").status_code == 200  # the first takes longer
        assert answer_to(server.port, b"") == b""
        assert answer_to(server.port, request[:-2]) == b""
        assert answer_to(server.port, request + request[:-2]).count(b"HTTP/1.1") == 1
        slow = httpx2.post(f"{server.url}/v1/audio/speech", json=SPEECH)
        assert len(slow.content) / 2 / 24_000 == pytest.approx(SECONDS, abs=0.01)


CHUNKED = (
    b"POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
)
BODY = json.dumps({**SPEECH, "input": "Hi."}).encode()
CHUNK = b"%x\r\n%s\r\n" % (len(BODY), BODY)


@pytest.mark.parametrize(
    ("begin", "more"),
    [
        (CHUNKED + CHUNK + b"0\r\n", b"X-Trailer: " + 1000 * b"x" + b"\r\n"),
        (CHUNKED + CHUNK + b"0\r\nX-Trailer: ", 1000 * b"x"),
        (CHUNKED + b"2;", 1000 * b"x"),
        (b"", 500 * b"\r\n"),
    ],
    ids=["trailers", "trailer", "extension", "empty lines"],
)
def test_what_is_no_content_has_an_end(begin: bytes, more: bytes) -> None:
    with serving(create_app(ScriptedVoice()), http=protocol.HTTPProtocol) as server:
        assert is_refused(server.port, begin, 2000 * more)


def is_refused(port: int, begin: bytes, more: bytes) -> bool:
    """The answer is lost where the connection ends with something unread."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            connection.sendall(begin)
            connection.sendall(more)
            return b" 400 " in connection.recv(2**16)
        except ConnectionError:
            return True


def test_trailers_are_no_headers() -> None:
    with serving(create_app(ScriptedVoice()), http=protocol.HTTPProtocol) as server:
        trailers = b"0\r\nHost: evil.example\r\nX-Request-Id: mine\r\n\r\n"
        answer = answer_to(server.port, CHUNKED + CHUNK + trailers)
        assert b" 200 " in answer.splitlines()[0]
        assert b"mine" not in answer


def test_content_has_no_end_here() -> None:
    with serving(create_app(ScriptedVoice()), http=protocol.HTTPProtocol) as server:
        spaces = b"1f40\r\n" + 8000 * b" " + b"\r\n"
        assert b" 200 " in answer_to(server.port, CHUNKED + 20 * spaces + CHUNK + b"0\r\n\r\n")


HEALTH = b"GET /health HTTP/1.1\r\nHost: localhost\r\n%s\r\n"


def test_requests_may_come_before_their_turn() -> None:
    last = HEALTH % b"Connection: close\r\n"
    with serving(create_app(ScriptedVoice()), http=protocol.HTTPProtocol) as server:
        padded = HEALTH % (b"X: " + 8000 * b"x" + b"\r\n")
        assert answer_to(server.port, 15 * padded + last).count(b" 200 OK") == 16


def test_but_not_many_at_once() -> None:
    with serving(create_app(ScriptedVoice()), http=protocol.HTTPProtocol) as server:
        answer = answer_to(server.port, 2000 * (HEALTH % b""))
        assert answer.count(b" 200 OK") <= protocol.MOST_WAITING + 1
        assert b"head" not in answer
        assert httpx2.get(f"{server.url}/health").status_code == 200


def test_who_goes_with_requests_in_line_ends_the_answer_to_the_first(
    caplog: pytest.LogCaptureFixture,
) -> None:
    request = CHUNKED.replace(b"Connection: close\r\n", b"")
    body = json.dumps({**SPEECH, "input": 100 * TEXT}).encode()
    with serving(create_app(ScriptedVoice(delay=0.05)), http=protocol.HTTPProtocol) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            connection.sendall(request + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
            connection.recv(1)
            connection.sendall(HEALTH % b"")
        deadline = time.monotonic() + 20
        while _active(server) and time.monotonic() < deadline:
            pass
        assert not _active(server)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def _active(server: Serving) -> bool:
    return "llmvox_active_streams 0.0" not in httpx2.get(f"{server.url}/metrics").text


@pytest.mark.parametrize(
    ("host", "url"), [("127.0.0.1", "http://127.0.0.1:"), ("localhost", "http://localhost:")]
)
def test_it_listens_where_it_is_told(host: str, url: str) -> None:
    sockets = listen(host, 0)
    port = sockets[0].getsockname()[1]
    try:
        assert url_of(host, sockets) == f"{url}{port}"
        socket.create_connection((host, port)).close()
        with pytest.raises(LLMVoxError, match=f"port {port} is in use; choose another one with --port"):
            listen(host, port)
    finally:
        for one in sockets:
            one.close()


def test_where_it_cannot_listen_is_named() -> None:
    with pytest.raises(LLMVoxError, match=r"cannot listen on 192\.0\.2\.1, port 1"):
        listen("192.0.2.1", 1)
    with pytest.raises(LLMVoxError, match=r"cannot listen on nowhere\.invalid"):
        listen("nowhere.invalid", 0)


def test_an_ipv6_address_has_brackets_in_its_url() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port = one.getsockname()[1]
        assert url_of("::1", [one]) == url_of("[::1]", [one]) == f"http://[::1]:{port}"
