"""The examples of LlamaIndex."""

import re
import wave
from pathlib import Path
from typing import Any

import pytest
from support.scripts import EXAMPLES, run


def seconds_of(path: str) -> float:
    with wave.open(path) as file:
        return float(file.getnframes() / file.getframerate())


def test_the_query_engine_speaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(EXAMPLES / "llama_index_rag.py")
    assert "this is a scripted answer" in said
    assert "blue that reaches your eyes." in said
    assert re.search(r"From:\n  0\.\d\d The sky is blue because", said)
    assert "moon" not in said
    assert (first := re.search(r"First audio (\d+) ms after the first token", said))
    assert int(first[1]) < 1000
    assert 5 < seconds_of("answer.wav") < 30


def test_the_query_engine_asks_the_model_that_is_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chat_server: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(
        EXAMPLES / "llama_index_rag.py",
        "Why are sunsets red?",
        OPENAI_BASE_URL=chat_server.url,
        LLMVOX_TO="said.wav",
    )
    assert "scripted" not in said
    asked = chat_server.requests[0]["messages"][0]["content"]
    assert "Why are sunsets red?" in asked
    assert "Sunsets are red because" in asked
    assert "Because **blue** light is scattered most." in said
    assert not Path("answer.wav").exists()
    assert 1 < seconds_of("said.wav") < 10


def test_the_agent_speaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(EXAMPLES / "llama_index_agent.py")
    assert "these are scripted answers" in said
    assert "[weather: 21 degrees and sunny in Rome]" in said
    assert (
        "Heard: Let me look that up.\n\nIn **Rome** it is sunny, at 21 degrees. Shirtsleeves will do." in said
    )
    assert 3 < seconds_of("answer.wav") < 20


def test_the_agent_says_what_a_real_model_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AssertionError, match="pip install llama-index-llms-openai-like"):
        run(EXAMPLES / "llama_index_agent.py", OPENAI_API_KEY="none")
