"""The figures for Prometheus: each grows by what has happened, and no client can make up a label."""

import asyncio
import json
import time
from collections.abc import Iterator

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.serving import Serving, serving
from websockets.sync.client import connect

from llmvox_plugins.core.testing import ScriptedVoice
from llmvox_plugins.integrations.openai import create_app
from llmvox_plugins.integrations.openai.operation.metrics import Metrics
from llmvox_plugins.integrations.openai.settings import ServerSettings

SPEECH = {"model": "m", "voice": "alloy", "input": "Well.", "response_format": "pcm"}

Figures = dict[str, float]


def read(text: str) -> Figures:
    return {
        sample.name
        + "".join(f",{name}={value}" for name, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def figures(server: Serving) -> Figures:
    return read(httpx2.get(f"{server.url}/metrics").text)


@pytest.fixture
def server() -> Iterator[Serving]:
    settings = ServerSettings(max_streams=1, max_waiting=1, queue_timeout=0.2)
    with serving(create_app(ScriptedVoice(delay=0.05), settings)) as running:
        yield running


def test_speech_is_counted(server: Serving) -> None:
    for _ in range(3):
        assert httpx2.post(f"{server.url}/v1/audio/speech", json=SPEECH).status_code == 200
    now = figures(server)
    assert now["llmvox_requests_total,endpoint=/v1/audio/speech,status=200"] == 3
    assert now["llmvox_first_audio_seconds_count,endpoint=speech"] == 3
    assert 0.15 <= now["llmvox_first_audio_seconds_sum,endpoint=speech"] < 5
    assert now["llmvox_real_time_factor_count"] == 3
    assert 1 <= now["llmvox_real_time_factor_sum"] / 3 < 20  # 50 ms of work for 50 ms of audio
    assert now["llmvox_audio_seconds_total"] == pytest.approx(0.15)
    assert now["llmvox_active_streams"] == now["llmvox_waiting_requests"] == now["llmvox_failures_total"] == 0


def test_a_listener_who_runs_dry_is_counted(server: Serving) -> None:
    slow = {**SPEECH, "input": "a b c d e f g h i j"}  # 50 ms for 20 ms of audio each
    httpx2.post(f"{server.url}/v1/audio/speech", json=slow)
    assert figures(server)["llmvox_underruns_total"] >= 5


def test_refusals_and_what_is_at_work_are_counted(server: Serving) -> None:
    long = {**SPEECH, "input": 40 * "word "}
    with httpx2.stream("POST", f"{server.url}/v1/audio/speech", json=long) as response:
        parts = response.iter_raw()  # dropped, it closes the connection
        next(parts)
        assert figures(server)["llmvox_active_streams"] == 1
        late = httpx2.post(f"{server.url}/v1/audio/speech", json=SPEECH)
        with connect(f"{server.ws_url}/v1/audio/speech/stream") as live:
            live.send(json.dumps({"type": "text", "text": "Hi."}))
            deadline = time.monotonic() + 10
            while not figures(server)["llmvox_waiting_requests"] and time.monotonic() < deadline:
                pass
            full = httpx2.post(f"{server.url}/v1/audio/speech", json=SPEECH)
    assert (late.status_code, full.status_code) == (429, 429)
    now = figures(server)
    assert now["llmvox_refusals_total,reason=queue_full"] == 1
    assert now["llmvox_refusals_total,reason=queue_timeout"] >= 1
    assert now["llmvox_requests_total,endpoint=/v1/audio/speech,status=429"] == 2


def test_failures_are_counted() -> None:
    with serving(create_app(ScriptedVoice(fails_after=0))) as server:
        assert httpx2.post(f"{server.url}/v1/audio/speech", json=SPEECH).status_code == 500
        assert figures(server)["llmvox_failures_total"] == 1


def test_clients_cannot_make_up_labels(server: Serving) -> None:
    httpx2.get(f"{server.url}/v1/models")
    before = {name for name in figures(server) if "endpoint=" in name}
    for number, method in enumerate(["MKCOL", "PROPFIND", "LINK", "SUBSCRIBE"]):
        httpx2.get(f"{server.url}/made-up-{number}")
        httpx2.get(f"{server.url}/v1/models/made-up-{number}")
        httpx2.request(method, f"{server.url}/v1/models")
    new = {name for name in figures(server) if "endpoint=" in name and "_created" not in name} - before
    assert {name.partition(",")[2] for name in new} == {
        "endpoint=other,status=404",
        "endpoint=/v1/models/{model:path},status=404",
        "endpoint=/v1/models,status=405",
        "endpoint=/metrics,status=200",
    }


def test_two_apps_have_figures_of_their_own() -> None:
    for _ in range(2):
        with serving(create_app(ScriptedVoice())) as server:
            httpx2.post(f"{server.url}/v1/audio/speech", json=SPEECH)
            assert figures(server)["llmvox_requests_total,endpoint=/v1/audio/speech,status=200"] == 1


async def test_a_late_event_loop_is_seen() -> None:
    metrics = Metrics(lambda: 0, lambda: 0, lambda: 0)
    watching = asyncio.create_task(metrics.watch_loop())
    await asyncio.sleep(0.01)
    time.sleep(0.4)  # noqa: ASYNC251  this is what is to be seen
    await asyncio.sleep(0.12)
    watching.cancel()
    seen = read(metrics.exposition().decode())
    assert seen["llmvox_event_loop_delay_seconds_sum"] >= 0.3
    late = (
        seen["llmvox_event_loop_delay_seconds_count"] - seen["llmvox_event_loop_delay_seconds_bucket,le=0.2"]
    )
    assert late >= 1
