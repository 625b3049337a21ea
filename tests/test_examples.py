"""The examples and the README's code, run as a newcomer runs them."""

import os
import re
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.decoding import decoded
from support.serving import Serving, serving

from llmvox_plugins.integrations.openai import create_app

ROOT = Path(__file__).parent.parent


def run(path: Path, *args: str, **environment: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "LLMVOX_"))}
    done = subprocess.run(
        [sys.executable, path, *args],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=clean | environment,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout


def test_the_langchain_chain_speaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(ROOT / "examples" / "langchain_chain.py")
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
    said = run(ROOT / "examples" / "langchain_chain.py", "Why blue?", OPENAI_BASE_URL=chat_server.url)
    assert "scripted" not in said
    assert "Why blue?" in chat_server.requests[0]["messages"][0]["content"]
    assert "Because **blue** light is scattered most." in said


@pytest.fixture(scope="module")
def speech_server() -> Iterator[Serving]:
    with serving(create_app("espeak:en-us")) as server:
        yield server


def test_the_openai_client_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, speech_server: Serving
) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(ROOT / "examples" / "openai_client.py", OPENAI_BASE_URL=speech_server.url + "/v1")
    assert re.search(r"First audio after \d+ ms", said)
    samples, rate = decoded(Path("answer.mp3").read_bytes(), "mp3")
    assert 5 < len(samples) / rate < 12


def test_tokens_are_spoken_as_they_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, speech_server: Serving
) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(ROOT / "examples" / "live_tokens.py", LLMVOX_URL=speech_server.ws_url)
    assert re.findall(r"s  (\S+)$", said, re.MULTILINE)[:4] == ["Text", "goes", "in", "while"]
    with wave.open("answer.wav") as file:
        assert f"{file.getnframes() / 24_000:.1f} s of audio" in said


def python_blocks(path: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", path.read_text(), re.DOTALL)


SURROUNDINGS = '''
import asyncio
from langchain_core.language_models.fake import FakeStreamingListLLM
from llmvox_plugins import SpeakerSink, SpeechStream, WavSink, load_voice, speak
from llmvox_plugins.integrations.langchain import SpeechCallbackHandler

class Agent(FakeStreamingListLLM):
    """Answers whatever it is asked."""
    responses: list[str] = ["Hello world."]
    def invoke(self, input, config=None, **kwargs):
        return super().invoke("?", config, **kwargs)
    async def ainvoke(self, input, config=None, **kwargs):
        return await super().ainvoke("?", config, **kwargs)

chain = agent = Agent()
question, messages = "?", []

def run_my_agent(callbacks):
    chain.invoke(question, config={"callbacks": callbacks})
    callbacks[0].wait()
'''


def test_the_code_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = [block.replace('to="speaker"', 'to="spoken.wav"') for block in python_blocks(ROOT / "README.md")]
    body = "\n".join(line for block in blocks for line in ["    pass", *block.splitlines()])
    indented = "\n".join(
        f"    {line.strip()}" if line == "    pass" else f"    {line}" for line in body.splitlines()
    )
    script = tmp_path / "readme.py"
    script.write_text(f"{SURROUNDINGS}\nasync def main():\n{indented}\n\nasyncio.run(main())\n")
    run(script)
    assert {path.name for path in tmp_path.glob("*.wav")} == {"answer.wav", "hello.wav", "spoken.wav"}
