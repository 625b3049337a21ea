"""The LangGraph agent that asks a sub-agent."""

import wave
from pathlib import Path
from typing import Any

import pytest
from support.scripts import EXAMPLES, run


def test_the_agent_and_its_sub_agent_are_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(EXAMPLES / "langgraph_agent.py")
    assert "these are scripted answers" in said
    assert said.index("[guide]\nThat I ask") < said.index("[astronomer]\nIt turns around itself")
    assert said.rindex("[guide]\nSo: it is") > said.index("[astronomer]")
    with wave.open("answer.wav") as file:
        assert 10 < file.getnframes() / file.getframerate() < 30


def test_the_model_that_is_configured_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chat_server: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(
        EXAMPLES / "langgraph_agent.py", "Why blue?", OPENAI_BASE_URL=chat_server.url, LLMVOX_TO="a.mp3"
    )
    assert "scripted" not in said
    assert chat_server.requests[0]["messages"][-1]["content"] == "Why blue?"
    assert "Because **blue** light is scattered most." in said
    assert Path("a.mp3").stat().st_size > 1000
