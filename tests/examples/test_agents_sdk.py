"""The example of OpenAI's Agents SDK."""

import wave
from pathlib import Path

import pytest
from support.llm_server import llm_server, says
from support.scripts import EXAMPLES, run


def test_two_agents_are_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(EXAMPLES / "agents_sdk.py")
    assert "these are scripted answers" in said
    assert said.index("21 degrees") < said.index("[spanish]") < said.index("En Madrid hace sol")
    with wave.open("answer.wav") as file:
        assert 6 < file.getnframes() / file.getframerate() < 20


def test_the_model_that_is_configured_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with llm_server() as server:
        server.script = says("It is ", "sunny.")
        said = run(
            EXAMPLES / "agents_sdk.py", OPENAI_BASE_URL=server.url, OPENAI_MODEL="llama", LLMVOX_TO="a.mp3"
        )
    assert "scripted" not in said
    assert said.count("It is sunny.") == 2
    assert [request.body["model"] for request in server.requests] == ["llama", "llama"]
    assert server.requests[1].body["messages"][-1]["content"].startswith("¿Y en Madrid?")
    assert Path("a.mp3").stat().st_size > 1000
