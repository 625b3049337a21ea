"""Unmodified programs, told our address by the environment alone: they speak, and do not notice."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.decoding import decoded
from support.scripts import ROOT, run
from support.sdk_server import Answer, SDKServer
from support.server_process import command
from support.speaks_aloud import Aloud, aloud

PROGRAMS = ROOT / "tests" / "programs" / "server"
ANSWER = Answer(["Because **blue** ", "light is scattered ", "most."], thought="Hm.")
AGENT = (
    Answer(["One moment."], thought="Hm.", call=("weather", {"city": "Oslo"})),
    Answer(["It rains ", "in *Oslo*."]),
)


@pytest.fixture(scope="module")
def server(machine: SDKServer) -> Iterator[Aloud]:
    with aloud(machine.url) as server:
        yield server


def outputs(
    llm: SDKServer, server: Aloud, program: Path, args: tuple[str, ...], answers: tuple[Answer, ...]
) -> tuple[str, str]:
    """What it prints when it asks the LLM itself, and what it prints when it asks us."""
    printed = []
    for url in (llm.url, server.url):
        llm.will_say(*answers)
        environment = {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "k", "OPENAI_AGENTS_DISABLE_TRACING": "1"}
        printed.append(run(program, *args, **environment))
    return printed[0], printed[1]


def spoken(server: Aloud, answers: int) -> str:
    """What was heard since this was asked last."""
    before = getattr(server, "told", ""), getattr(server, "fates_told", 0)
    server.wait(lambda: server.fates() == {"heard": before[1] + answers})
    new = server.heard.removeprefix(before[0])
    server.told, server.fates_told = server.heard, before[1] + answers  # type: ignore[attr-defined]
    return new


@pytest.mark.parametrize(
    "args",
    [way.split() for way in ("chat whole sync", "chat streamed async", "responses streamed sync")],
    ids=" ".join,
)
def test_openais_client(llm: SDKServer, server: Aloud, args: tuple[str, ...]) -> None:
    direct, passed = outputs(llm, server, PROGRAMS / "openai_client.py", args, (ANSWER,))
    assert direct == passed
    assert "scattered" in passed
    assert spoken(server, 1) == "Because blue light is scattered most."


@pytest.mark.parametrize("how", ["invoke", "astream"])
def test_an_agent_of_langgraphs(llm: SDKServer, server: Aloud, how: str) -> None:
    direct, passed = outputs(llm, server, PROGRAMS / "langgraph_agent.py", (how,), AGENT)
    assert direct == passed
    assert "ToolMessage 'It rains in Oslo.'" in passed
    assert spoken(server, 2) == "One moment.It rains in Oslo."


@pytest.mark.parametrize("how", ["run", "streamed"])
def test_an_agent_of_the_agents_sdk(llm: SDKServer, server: Aloud, how: str) -> None:
    direct, passed = outputs(llm, server, PROGRAMS / "agents_sdk.py", (how,), AGENT)
    assert direct == passed
    assert passed.endswith("It rains in *Oslo*.\n")
    assert "input" in llm.requests[-1].body  # it asks for responses
    assert spoken(server, 2) == "One moment.It rains in Oslo."


def test_by_environment_alone(llm: SDKServer, tmp_path: Path) -> None:
    """Ours, too: as people start it, with a voice that can be heard."""
    llm.will_say(ANSWER)
    place = tmp_path / "said.wav"
    environment = {"LLMVOX_SERVER_ALOUD": str(place), "LLMVOX_SERVER_LLM_BASE_URL": llm.url}
    with command("--voice", "espeak:en-us", **environment) as server:
        url = server.ready() + "/v1"
        program = PROGRAMS / "openai_client.py"
        run(program, "chat", "streamed", "sync", OPENAI_BASE_URL=url, OPENAI_API_KEY="k")
        server.signal(signal.SIGTERM)
        assert server.end() == 0
    samples, rate = decoded(place.read_bytes(), "wav")
    assert 1.5 < len(samples) / rate < 4
    assert abs(samples).max() > 0.1
