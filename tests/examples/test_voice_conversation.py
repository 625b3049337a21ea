"""The voice conversation: a simulated user interrupts the agent, who then remembers what was heard."""

import importlib.util
import io
import json
import os
import re
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from support.scripts import EXAMPLES, run

from llmvox_plugins import speak
from llmvox_plugins.core.audio import Resampler, to_pcm16
from llmvox_plugins.core.testing import MemorySink

FOLDER = EXAMPLES / "voice_conversation"


def test_the_agent_is_interrupted_and_remembers_only_what_was_heard() -> None:
    said = run(FOLDER, "--speed", "8")
    assert "all of this is scripted" in said
    conversation, memory = said.split("The agent remembers:")
    assert re.findall(r"user: +(.*)", conversation) == re.findall(r"user: +(.*)", memory)
    cut = re.search(r"agent: +(.*) — \[not heard: (.*)\]", conversation)
    assert cut
    assert cut[1].startswith("Sunlight holds every colour.")
    assert re.findall(r"assistant: +(.*)", memory)[0] == cut[1]
    assert cut[2] not in memory
    assert "Goodbye." in memory


class Services(ThreadingHTTPServer):
    """Recognises what it is told to, and answers without end. heard, asked: what came; gone: who left."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.texts = iter(["First?", "Second?", "Third?"])
        self.heard: list[bytes] = []
        self.asked: list[list[dict[str, Any]]] = []
        self.gone: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    server: Services

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        if self.path == "/asr/audio/transcriptions":
            self.end_headers()
            self.server.heard.append(body)
            self.wfile.write(json.dumps({"text": next(self.server.texts)}).encode())
        else:
            assert self.path == "/llm/chat/completions"
            self.send_header("content-type", "text/event-stream")
            self.end_headers()
            messages = json.loads(body)["messages"]
            self.server.asked.append(messages)
            self._answer(messages[-1]["content"])

    def _answer(self, question: str) -> None:
        words = "word " * 400 if question == "First?" else "Yes. "
        try:
            for word in words.split(" "):
                choice = {"index": 0, "delta": {"content": word + " "}, "finish_reason": None}
                frame = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
                self.wfile.write(f"data: {json.dumps({**frame, 'choices': [choice]})}\n\n".encode())
                time.sleep(0.02)
            self.wfile.write(b"data: [DONE]\n\n")
        except ConnectionError:
            self.server.gone.append(question)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def services() -> Iterator[Services]:
    server = Services()
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_services_that_are_configured_are_used(services: Services, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{services.server_port}"
    said = run(
        FOLDER,
        "--simulated",
        "--speed",
        "8",
        OPENAI_BASE_URL=url + "/llm",
        LLMVOX_ASR_BASE_URL=url + "/asr",
        LLMVOX_TO=str(tmp_path / "said.wav"),
    )
    assert "scripted" not in said
    assert services.gone == ["First?"]  # nobody writes on for an agent that was interrupted
    first, second, third = services.asked
    assert [message["content"] for message in first[1:]] == ["First?"]
    roles = [message["role"] for message in third]
    assert roles == ["system", "user", "assistant", "user", "assistant", "user"]
    remembered = second[2]["content"]
    assert 40 < len(remembered) < 400
    assert set(remembered.split(" ")) == {"word"}
    assert [message["content"] for message in third[3:]] == ["Second?", "Yes.", "Third?"]
    lengths = []
    for body in services.heard:
        with wave.open(io.BytesIO(body[body.index(b"RIFF") :])) as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
            lengths.append(file.getnframes() / 16_000)
    assert all(1 < length < 4 for length in lengths)
    assert (tmp_path / "said.wav").stat().st_size > 10_000


# the ears


@pytest.fixture(scope="module")
def ears() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ears", FOLDER / "ears.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def frames(samples: Any) -> list[bytes]:
    pcm = to_pcm16(samples.astype(np.float32))
    return [pcm[at : at + 1024] for at in range(0, len(pcm) - 1023, 1024)]


def spoken(text: str) -> Any:
    sink = MemorySink()
    speak(text, voice="espeak:en-us", to=sink)
    resampler = Resampler(sink.sample_rate, 16_000)
    return np.concatenate([resampler.feed(sink.samples), resampler.flush()])


@pytest.mark.parametrize("noise", [0.0, 0.003, 0.01])
def test_what_is_said_is_heard_with_its_beginning_and_its_end(ears: ModuleType, noise: float) -> None:
    pause = np.zeros(24_000)
    said = [spoken("Why is the sky blue?"), spoken("And at night?")]
    samples = np.concatenate([pause, said[0], pause, said[1], pause])
    samples = samples + noise * np.random.default_rng(0).standard_normal(len(samples))
    listening, events = ears.Ears(), []
    for at, frame in enumerate(frames(samples)):
        if (heard := listening.feed(frame)) is not None:
            events.append((at * 512, heard))
    assert [heard == ears.BEGAN for _, heard in events] == [True, False, True, False]
    assert 0 < events[0][0] - len(pause) < 0.4 * 16_000  # the agent falls silent so much later
    for (_, heard), whole in zip(events[1::2], said, strict=True):
        assert 0.7 * len(whole) < len(heard) / 2 < len(whole) + 1.2 * 16_000


def test_neither_noise_nor_a_click_is_speech(ears: ModuleType) -> None:
    noise = np.random.default_rng(0).standard_normal(160_000) * 0.02
    noise[80_000:80_800] = 0.5
    listening = ears.Ears()
    assert [heard for heard in map(listening.feed, frames(noise)) if heard is not None] == []


HEAR = """
import asyncio, sys
import numpy as np
sys.path.insert(0, sys.argv[1])
from ears import microphone

async def main():
    heard = []
    async for frame in microphone():
        heard.append(np.frombuffer(frame, "<i2"))
        if len(heard) == 20:
            break
    samples = np.concatenate(heard)
    assert (samples[:10_000] == np.arange(1, 10_001)).all(), samples

asyncio.run(main())
"""

MICROPHONE = """
pcm.!default {{
  type file
  slave.pcm {{ type null }}
  file "/dev/null"
  infile "{path}"
  format raw
}}
"""


def test_a_microphone_is_heard(tmp_path: Path) -> None:
    """Through sounddevice, PortAudio and ALSA, whose device is a file here."""
    np.arange(1, 20_001).astype("<i2").tofile(tmp_path / "said.raw")
    (tmp_path / "alsa.conf").write_text(MICROPHONE.format(path=tmp_path / "said.raw"))
    done = subprocess.run(
        [sys.executable, "-c", HEAR, FOLDER],
        env={**os.environ, "ALSA_CONFIG_PATH": str(tmp_path / "alsa.conf")},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
