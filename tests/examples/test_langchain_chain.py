"""The LangChain chain that `make demo` runs."""

import re
import wave
from pathlib import Path
from typing import Any

import pytest
from support.scripts import EXAMPLES, run


def test_the_langchain_chain_speaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(EXAMPLES / "langchain_chain.py")
    assert "this is a scripted answer" in said
    assert "what is left glows orange and red." in said
    assert (first := re.search(r"First audio (\d+) ms after the first token", said))
    assert int(first[1]) < 1000
    with wave.open("answer.wav") as file:
        assert file.getsampwidth() == 2
        assert 10 < file.getnframes() / file.getframerate() < 40
        assert file.getnframes() * 2 + 44 == Path("answer.wav").stat().st_size


def test_the_langchain_chain_asks_the_model_that_is_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chat_server: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(EXAMPLES / "langchain_chain.py", "Why blue?", OPENAI_BASE_URL=chat_server.url)
    assert "scripted" not in said
    assert "Why blue?" in chat_server.requests[0]["messages"][0]["content"]
    assert "Because **blue** light is scattered most." in said
