"""The examples and the README's code, run as a newcomer runs them."""

import os
import re
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import pytest

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
