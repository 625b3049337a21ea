"""What the server is deployed with: files that parse, and that agree with each other and with the server."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from support.serving import serving

from llmvox_plugins.core.testing import ScriptedVoice
from llmvox_plugins.integrations.openai import create_app
from llmvox_plugins.integrations.openai.settings import PREFIX, ServerSettings

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
DOCKERFILE = (ROOT / "Dockerfile").read_text()
FROM_PROMETHEUS = {"up"}
POLLED_PATHS = {"/health", "/ready", "/metrics"}


def parsed(path: Path) -> Any:
    text = path.read_text()
    return json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)


COMPOSE = parsed(ROOT / "compose.yaml")
DASHBOARD = parsed(DEPLOY / "grafana/dashboards/llmvox.json")


def queries() -> list[str]:
    """All that the dashboard shows, and that alerts look at."""
    shown = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    (group,) = parsed(DEPLOY / "alerts.yml")["groups"]
    return shown + [rule["expr"] for rule in group["rules"]]


@pytest.fixture(scope="module")
def exposed() -> set[str]:
    """The names of all series that the server has once it has spoken, failed and refused."""
    speech = {"model": "m", "voice": "alloy", "input": "Well.", "response_format": "pcm"}
    with serving(create_app(ScriptedVoice())) as server:
        httpx2.post(f"{server.url}/v1/audio/speech", json=speech)
        httpx2.post(f"{server.url}/v1/audio/speech", json=speech, headers={"Origin": "null"})
        text = httpx2.get(f"{server.url}/metrics").text
    return {re.split(r"[ {]", line)[0] for line in text.splitlines() if not line.startswith("#")}


def test_every_file_parses() -> None:
    paths = [path for path in DEPLOY.rglob("*") if path.is_file()]
    assert len(paths) >= 5
    assert all(parsed(path) for path in paths)


@pytest.mark.parametrize("query", queries())
def test_what_is_looked_at_exists(exposed: set[str], query: str) -> None:
    names = set(re.findall(r"\b(?:llmvox|process)_\w+|\bup\b", query))
    assert names
    assert names <= exposed | FROM_PROMETHEUS


def test_all_that_the_server_tells_is_looked_at(exposed: set[str]) -> None:
    ours = {re.sub(r"_(bucket|sum|count)$", "", name) for name in exposed if name.startswith("llmvox")}
    ours -= {name for name in ours if name.endswith("_created")}
    assert {name for name in ours if not any(name in query for query in queries())} == set()


def alternatives(pattern: str) -> set[str]:
    """The values that queries compare a label with."""
    found = [group for query in queries() for group in re.findall(pattern, query)]
    return {value for group in found for value in group.split("|")}


def test_labels_that_are_looked_at_exist() -> None:
    assert alternatives('reason=~"([^"]+)"') == {"queue_full", "queue_timeout"}
    paths = alternatives('endpoint!~"([^"]+)"')
    assert paths == POLLED_PATHS <= set(create_app(ScriptedVoice()).openapi()["paths"])


def test_every_variable_is_a_setting() -> None:
    text = DOCKERFILE + (ROOT / "compose.yaml").read_text()
    names = {name.lower() for name in re.findall(rf"{PREFIX}([A-Z_]+)", text)}
    assert {"api_keys", "host", "port"} <= names <= set(ServerSettings.model_fields)


def test_ports_agree() -> None:
    (port,) = re.findall(r"EXPOSE (\d+)", DOCKERFILE)
    assert f"{PREFIX}PORT={port}" in DOCKERFILE
    assert f"-p 127.0.0.1:{port}:{port}" in DOCKERFILE
    assert COMPOSE["services"]["server"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    (job,) = parsed(DEPLOY / "prometheus.yml")["scrape_configs"]
    assert job["static_configs"][0]["targets"] == [f"server:{port}"]
    assert job["job_name"] == "llmvox"
    (source,) = parsed(DEPLOY / "grafana/provisioning/datasources/prometheus.yml")["datasources"]
    assert source["url"].rsplit(":")[-1] == COMPOSE["services"]["prometheus"]["ports"][0].split(":")[-1]
    assert {panel["datasource"]["uid"] for panel in DASHBOARD["panels"]} == {source["uid"]}


def test_nothing_can_be_reached_from_other_machines() -> None:
    ports = [port for service in COMPOSE["services"].values() for port in service["ports"]]
    assert len(ports) == 3
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_what_is_mounted_is_there() -> None:
    mounts = [
        volume.split(":")[0]
        for service in COMPOSE["services"].values()
        for volume in service.get("volumes", [])
    ]
    for mount in mounts:
        assert (ROOT / mount).exists() if mount.startswith("./") else mount in COMPOSE["volumes"]
    (rules,) = parsed(DEPLOY / "prometheus.yml")["rule_files"]
    assert f"./deploy/alerts.yml:{rules}:ro" in COMPOSE["services"]["prometheus"]["volumes"]


def test_the_container_ends_no_sooner_than_the_server() -> None:
    server = COMPOSE["services"]["server"]
    limit = float(server["environment"][f"{PREFIX}SHUTDOWN_TIMEOUT"])
    assert limit == ServerSettings().shutdown_timeout
    assert int(server["stop_grace_period"].removesuffix("s")) > limit


def test_the_image_has_all_that_is_copied_and_no_more() -> None:
    copied = [
        name
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for name in line.split()[:-1]
    ]
    allowed = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert sorted(copied) == sorted(allowed)
    assert all((ROOT / name).exists() for name in copied)
    assert "\nUSER llmvox\n" in DOCKERFILE.partition("COPY --from=build")[2]


def test_the_health_check_sees_whether_the_server_is_well() -> None:
    (line,) = re.findall(r"CMD (\[.+\])\n", DOCKERFILE)
    python, *options = json.loads(line)
    assert python == "python"

    def check(port: int) -> int:
        environment = {**os.environ, f"{PREFIX}PORT": str(port)}
        return subprocess.run([sys.executable, *options], env=environment, capture_output=True).returncode

    with serving(create_app(ScriptedVoice())) as server:
        port = server.port
        assert check(port) == 0
    assert check(port) == 1
