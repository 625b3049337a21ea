"""Request ids, and the line that each request leaves in the log."""

import io
import json
import logging
import queue
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from support.serving import Serving, serving
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from llmvox_plugins.core.testing import ScriptedVoice
from llmvox_plugins.integrations.openai import create_app
from llmvox_plugins.integrations.openai.operation.logs import configure, note
from llmvox_plugins.integrations.openai.settings import ServerSettings

SECRET = "swordfish"
SPEECH = {"model": "m", "voice": "alloy", "input": f"My {SECRET}.", "response_format": "wav"}
EVIL: Any = "https://evil.example"
LIVE = "/v1/audio/speech/stream"


class Records(logging.Handler):
    """What is logged, from any thread; `all` of it, and the lines of requests one after another."""

    def __init__(self) -> None:
        super().__init__()
        self.all: list[logging.LogRecord] = []
        self._lines: queue.Queue[dict[str, Any]] = queue.Queue()

    def emit(self, record: logging.LogRecord) -> None:
        self.all.append(record)
        if record.getMessage() == "request":
            self._lines.put(vars(record))

    def line(self) -> dict[str, Any]:
        """It is written once the answer is sent."""
        return self._lines.get(timeout=10)


class Unfinished(Response):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    app = create_app(ScriptedVoice(), ServerSettings(cors_origins=["https://app.example"]))

    @app.get("/stops")
    async def stops() -> Response:
        return Unfinished()

    @app.get("/breaks")
    async def breaks() -> None:
        raise ZeroDivisionError(SECRET)

    with serving(app) as running:
        yield running


@pytest.fixture
def told() -> Iterator[Records]:
    records, root = Records(), logging.getLogger()
    ours = logging.getLogger("llmvox_plugins")
    levels = root.level, ours.level
    root.addHandler(records)
    ours.setLevel(logging.DEBUG)
    yield records
    root.removeHandler(records)
    ours.setLevel(levels[1])


def test_a_request_leaves_one_line_without_what_was_said(server: Serving, told: Records) -> None:
    response = httpx2.post(f"{server.url}/v1/audio/speech?q={SECRET}", json=SPEECH)
    line = told.line()
    assert line["request_id"] == response.headers["x-request-id"]
    assert line["request_id"].startswith("req_")
    told_of_it = ("method", "path", "status", "complete", "format", "voice", "underruns")
    assert [line[name] for name in told_of_it] == [
        "POST", "/v1/audio/speech", 200, True, "audio/wav", "scripted", 0,
    ]  # fmt: skip
    assert line["audio_seconds"] == pytest.approx(0.13)
    assert 0 < line["first_audio"] <= line["seconds"]
    assert SECRET not in str([vars(record) for record in told.all])


@pytest.mark.parametrize("given", ["abc-1.2_3", 128 * "x"])
def test_an_id_of_the_clients_is_kept(server: Serving, told: Records, given: str) -> None:
    response = httpx2.get(f"{server.url}/v1/models", headers={"X-Request-ID": given})
    assert response.headers["x-request-id"] == told.line()["request_id"] == given


@pytest.mark.parametrize("given", [b"", b"a b", b"a\xffb", b'"}{', 129 * b"x", b"a\tb"])
def test_one_that_is_none_is_not(server: Serving, given: bytes) -> None:
    response = httpx2.get(f"{server.url}/v1/models", headers={b"X-Request-ID": given})
    assert response.headers.get_list("x-request-id") != [given.decode("latin-1")]
    assert response.headers["x-request-id"].startswith("req_")


def test_what_leads_nowhere_is_told_without_its_path(server: Serving, told: Records) -> None:
    response = httpx2.request("MKCOL", f"{server.url}/{SECRET}")
    assert response.headers["x-request-id"]
    line = told.line()
    assert (line["method"], line["path"], line["status"]) == ("other", "other", 404)


def test_a_refused_request_is_told_under_its_path(server: Serving, told: Records) -> None:
    httpx2.post(f"{server.url}/v1/audio/speech", json=SPEECH, headers={"Origin": "https://evil.example"})
    line = told.line()
    assert (line["path"], line["status"]) == ("/v1/audio/speech", 403)


def test_polling_is_told_at_level_debug(server: Serving, told: Records) -> None:
    for path in ("/health", "/ready", "/metrics"):
        httpx2.get(server.url + path)
        assert told.line()["levelno"] == logging.DEBUG
    httpx2.get(f"{server.url}/v1/models")
    assert told.line()["levelno"] == logging.INFO


def test_what_nobody_foresaw_is_answered_and_told_without_its_text(server: Serving, told: Records) -> None:
    response = httpx2.get(f"{server.url}/breaks", headers={"Origin": "https://app.example"})
    assert response.status_code == 500
    assert response.json()["error"]["message"] == "the server failed; its log says how"
    assert response.headers["access-control-allow-origin"] == "https://app.example"
    assert response.headers["x-request-id"] == told.line()["request_id"]
    (failure,) = [record for record in told.all if record.levelno == logging.ERROR]
    assert failure.getMessage() == "the server failed: ZeroDivisionError"
    assert "in breaks" in vars(failure)["traceback"]
    assert SECRET not in response.text


def test_a_websocket_leaves_one_line_for_all_that_it_spoke(server: Serving, told: Records) -> None:
    with connect(server.ws_url + LIVE) as live:
        assert live.response is not None
        for _ in range(2):
            live.send(json.dumps({"type": "text", "text": f"My {SECRET}."}))
            live.send(json.dumps({"type": "end"}))
            while isinstance(frame := live.recv(), bytes) or json.loads(frame)["type"] != "audio.done":
                pass
    line = told.line()
    assert live.response.headers["x-request-id"] == line["request_id"]
    assert (line["method"], line["path"], line["status"]) == ("WEBSOCKET", LIVE, 101)
    assert line["format"] == "audio/pcm"
    assert line["audio_seconds"] == pytest.approx(0.26)
    assert SECRET not in str([vars(record) for record in told.all])


def test_a_client_that_leaves_is_told(server: Serving, told: Records) -> None:
    body = {**SPEECH, "input": 20_000 * "x ", "response_format": "pcm"}
    with httpx2.stream("POST", f"{server.url}/v1/audio/speech", json=body) as response:
        next(response.iter_raw())
    line = told.line()
    assert (line["status"], line["complete"]) == (200, False)


def test_outside_of_a_request_there_is_nothing_to_add_to() -> None:
    note(format="wav")


@pytest.fixture
def own_logging() -> Iterator[None]:
    """As if the process were ours: the loggers are given back as they were."""
    root, ours = logging.getLogger(), logging.getLogger("llmvox_plugins")
    before, levels = root.handlers[:], (root.level, ours.level)
    root.handlers[:] = []
    yield
    root.handlers[:] = before
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("format", "terminal", "is_json"),
    [("auto", False, True), ("auto", True, False), ("json", True, True), ("text", False, False)],
)
def test_logs_are_json_but_for_a_person(
    own_logging: None, monkeypatch: pytest.MonkeyPatch, format: str, terminal: bool, is_json: bool
) -> None:
    stderr = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    configure(format, "info")
    log = logging.getLogger("llmvox_plugins.server")
    log.info("said %s", "\udcff", extra={"path": "/x", "status": 200})
    log.debug("not said")
    logging.getLogger("uvicorn.error").info("not said")
    (line,) = stderr.getvalue().splitlines()
    if is_json:
        entry = json.loads(line)
        assert (entry["level"], entry["logger"]) == ("INFO", "llmvox_plugins.server")
        assert (entry["message"], entry["path"], entry["status"]) == ("said \udcff", "/x", 200)
        assert entry["timestamp"].endswith("+00:00")
    else:
        assert line.endswith("INFO said \udcff path=/x status=200")


def test_what_our_own_lines_tell_uvicorn_does_not(
    own_logging: None, monkeypatch: pytest.MonkeyPatch, server: Serving
) -> None:
    monkeypatch.setattr(sys, "stderr", stderr := io.StringIO())
    configure("json", "info")
    with pytest.raises(InvalidStatus), connect(server.ws_url + LIVE, origin=EVIL):
        pass
    with pytest.raises(httpx2.RemoteProtocolError):
        httpx2.get(f"{server.url}/stops")
    until_told(stderr, 2)
    told = [json.loads(line) for line in stderr.getvalue().splitlines()]
    assert [(line["message"], line["status"], line["complete"]) for line in told] == [
        ("request", 403, True), ("request", 200, False),
    ]  # fmt: skip
    logging.getLogger("uvicorn.error").error("news")
    assert "news" in stderr.getvalue()


def until_told(stderr: io.StringIO, lines: int) -> None:
    """And the server is done with what it told of."""
    deadline = time.monotonic() + 10
    while stderr.getvalue().count("\n") < lines and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.1)
