"""A stream of OpenAI's SDK, read and heard."""

import wave
from pathlib import Path
from typing import Any

import pytest
from support.scripts import EXAMPLES, run


def test_a_stream_is_read_and_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(EXAMPLES / "openai_stream.py")
    assert "this is a scripted answer" in said
    assert "it is mostly blue light that reaches your eyes." in said
    assert said.endswith("Heard to the end: True.\n")
    with wave.open("answer.wav") as file:
        assert 8 < file.getnframes() / file.getframerate() < 20


def test_the_model_that_is_configured_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chat_server: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(EXAMPLES / "openai_stream.py", "Why?", OPENAI_BASE_URL=chat_server.url, LLMVOX_TO="a.mp3")
    assert "scripted" not in said
    assert chat_server.requests[0]["messages"][-1]["content"] == "Why?"
    assert "Because **blue** light is scattered most." in said
    assert Path("a.mp3").stat().st_size > 1000
