"""A program without a trace of us, heard by the command that its first lines tell."""

from pathlib import Path
from typing import Any

from support.programs import environment, run_alone, run_aloud, said_in
from support.scripts import EXAMPLES

AGENT = EXAMPLES / "unmodified_agent.py"


def test_it_is_heard_and_is_otherwise_as_it_is_alone(tmp_path: Path) -> None:
    assert "llmvox_plugins" not in AGENT.read_text()
    aloud = run_aloud(AGENT, to=tmp_path / "answer.wav", env=environment())
    assert aloud == run_alone(AGENT, env=environment())
    assert "these are scripted answers" in aloud.out
    assert aloud.err == ""
    assert said_in(tmp_path / "answer.wav") == (
        "Let me look up how far it is."
        "The moon is 384,400 km away on average. Light takes 1.3 seconds for that."
    )


def test_the_model_that_is_configured_is_asked(tmp_path: Path, chat_server: Any) -> None:
    aloud = run_aloud(AGENT, "Why?", to=tmp_path / "answer.wav", env=environment(chat_server.url))
    assert aloud.code == 0
    assert chat_server.requests[0]["messages"][-1]["content"] == "Why?"
    assert said_in(tmp_path / "answer.wav") == "Because blue light is scattered most."
