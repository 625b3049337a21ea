"""The example of a local transformers model."""

import re
from pathlib import Path

import pytest
from support.local_llm import model_for, tokenizer_of
from support.scripts import EXAMPLES, run


def test_a_local_model_speaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(EXAMPLES / "local_transformers.py")
    assert "this is a scripted answer" in said
    assert "> Why is the sky blue?" in said
    assert "blue light that reaches your eyes." in said
    assert (figures := re.search(r"First audio (\d+) ms after the first token; ([\d.]+) s of speech", said))
    assert int(figures[1]) < 2000
    assert 5 < float(figures[2]) < 20
    assert (tmp_path / "answer.wav").stat().st_size > 100_000


def test_a_model_that_is_named_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is untrained, and so says anything."""
    monkeypatch.chdir(tmp_path)
    tokenizer = tokenizer_of()
    tokenizer.chat_template = "{% for m in messages %}{{ m.content }}\n{% endfor %}"
    tokenizer.save_pretrained("model")
    model_for(tokenizer).save_pretrained("model")
    said = run(EXAMPLES / "local_transformers.py", "model", "Why blue?", LLMVOX_TO="said.wav")
    assert "scripted" not in said
    assert "> Why blue?" in said
    assert "s of speech" in said or "Nothing was spoken" in said
    assert not Path("answer.wav").exists()
    assert Path("said.wav").exists()
