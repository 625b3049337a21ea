"""Clients of the speech server."""

import re
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.decoding import decoded
from support.scripts import EXAMPLES, run
from support.serving import Serving, serving

from llmvox_plugins.integrations.openai import create_app


@pytest.fixture(scope="module")
def speech_server() -> Iterator[Serving]:
    with serving(create_app("espeak:en-us")) as server:
        yield server


def test_the_openai_client_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, speech_server: Serving
) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(EXAMPLES / "openai_client.py", OPENAI_BASE_URL=speech_server.url + "/v1")
    assert re.search(r"First audio after \d+ ms", said)
    samples, rate = decoded(Path("answer.mp3").read_bytes(), "mp3")
    assert 5 < len(samples) / rate < 12


def test_tokens_are_spoken_as_they_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, speech_server: Serving
) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(EXAMPLES / "live_tokens.py", LLMVOX_URL=speech_server.ws_url)
    assert re.findall(r"s  (\S+)$", said, re.MULTILINE)[:4] == ["Text", "goes", "in", "while"]
    with wave.open("answer.wav") as file:
        assert f"{file.getnframes() / 24_000:.1f} s of audio" in said
