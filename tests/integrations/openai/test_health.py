"""/health and /ready: what is told of a voice that hangs, is being loaded, or cannot be loaded."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from support.serving import Serving, serving

from llmvox_plugins.core.errors import CheckpointError
from llmvox_plugins.core.testing import ScriptedVoice
from llmvox_plugins.core.voices.base import Voice
from llmvox_plugins.integrations.openai import create_app, voices
from llmvox_plugins.integrations.openai.settings import ServerSettings

SPEECH = {"model": "m", "voice": "alloy", "input": "Well, well.", "response_format": "pcm"}


class HangingVoice(ScriptedVoice):
    """Says its first word, and the next once `go` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        advance = self.engine.advance
        self._words = 0

        def hang(utterances: Any) -> Any:
            self._words += 1
            if self._words > 1:
                self.go.wait(20)
            return advance(utterances)

        self.engine.advance = hang  # type: ignore[method-assign]


@pytest.fixture
def voice() -> Iterator[HangingVoice]:
    voice = HangingVoice()
    yield voice
    voice.go.set()


def until(is_so: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 15
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.02)
    return is_so()


def get(server: Serving, path: str) -> tuple[int, dict[str, Any]]:
    response = httpx2.get(server.url + path)
    return response.status_code, response.json()


def test_a_server_that_speaks_is_well() -> None:
    with serving(create_app(ScriptedVoice(delay=0.05), ServerSettings(health_timeout=0.3))) as server:
        body = {**SPEECH, "input": 20 * "word "}
        with httpx2.stream("POST", f"{server.url}/v1/audio/speech", json=body) as response:
            for _ in response.iter_raw():
                assert get(server, "/health") == (200, {"status": "ok"})


def test_one_whose_voice_hangs_is_not_until_it_goes_on(voice: HangingVoice) -> None:
    with serving(create_app(voice, ServerSettings(health_timeout=0.2))) as server:
        assert get(server, "/health")[0] == 200
        with httpx2.stream("POST", f"{server.url}/v1/audio/speech", json=SPEECH) as response:
            assert until(lambda: get(server, "/health")[0] == 503)
            told = get(server, "/health")[1]
            assert told["status"] == "stalled"
            assert told["seconds"] >= 0.2
            assert told["since"].endswith("Z")
            assert "llmvox_silence_seconds 0.0" not in httpx2.get(f"{server.url}/metrics").text
            voice.go.set()
            response.read()
        assert get(server, "/health") == (200, {"status": "ok"})


def test_a_client_who_takes_nothing_makes_nobody_ill(voice: HangingVoice) -> None:
    voice.go.set()
    with serving(create_app(voice, ServerSettings(health_timeout=0.2))) as server:
        body = {**SPEECH, "input": 5000 * "word "}
        with httpx2.stream("POST", f"{server.url}/v1/audio/speech", json=body) as response:
            parts = response.iter_raw()  # dropped, it closes the connection
            next(parts)
            time.sleep(0.5)
            assert get(server, "/health")[0] == 200
            assert "llmvox_active_streams 1.0" in httpx2.get(f"{server.url}/metrics").text


def test_a_voice_that_hangs_for_too_long_fails(voice: HangingVoice) -> None:
    with serving(create_app(voice, ServerSettings(voice_timeout=0.3))) as server:
        with pytest.raises(httpx2.RemoteProtocolError):
            httpx2.post(f"{server.url}/v1/audio/speech", json=SPEECH)
        assert "llmvox_failures_total 1.0" in httpx2.get(f"{server.url}/metrics").text


def test_a_server_answers_while_its_voice_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    loading = threading.Event()

    def load(name: str | None) -> Voice:
        loading.wait(20)
        return ScriptedVoice()

    monkeypatch.setattr(voices, "load_voice", load)
    with serving(create_app(None, ServerSettings())) as server:
        assert get(server, "/ready") == (
            503,
            {"status": "not ready", "reason": "the voices are being loaded"},
        )
        assert get(server, "/health")[0] == 200
        threading.Timer(0.1, loading.set).start()
        assert httpx2.post(f"{server.url}/v1/audio/speech", json=SPEECH).status_code == 200
        assert get(server, "/ready") == (200, {"status": "ready"})


def test_a_voice_that_cannot_be_loaded_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str | None) -> Voice:
        raise CheckpointError("weights.pt is torn")

    monkeypatch.setattr(voices, "load_voice", load)
    with serving(create_app(None, ServerSettings())) as server:
        assert until(lambda: "torn" in get(server, "/ready")[1]["reason"])
        assert get(server, "/ready")[0] == 503
        response = httpx2.post(f"{server.url}/v1/audio/speech", json=SPEECH)
        assert response.status_code == 503
        assert response.headers["retry-after"]
        assert response.json()["error"]["code"] == "voices_not_loaded"


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics"])
def test_who_only_asks_for_the_status_gets_it(path: str) -> None:
    with serving(create_app(ScriptedVoice(), ServerSettings())) as server:
        assert until(lambda: httpx2.head(server.url + path).status_code == 200)
        assert httpx2.head(server.url + path).content == b""
        assert httpx2.get(server.url + path).content
