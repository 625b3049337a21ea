"""What stands in for a person, for the services, and for a loudspeaker, where there are none.

The user's voice is espeak's and goes through the same detector as a microphone's; the services are a small
HTTP server in OpenAI's manner, whose answers are written down here.
"""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
from ears import FRAME, RATE

from llmvox_plugins import AudioChunk, speak
from llmvox_plugins.core.audio import Resampler, to_pcm16
from llmvox_plugins.core.sinks import MemorySink, Sink

# What the user says, how many characters of the answer before it he hears first, and what he is answered.
SCRIPT = [
    (
        "Why is the sky blue?",
        0,
        "Sunlight holds every colour. The molecules of the air scatter blue light about four times as much "
        "as red. So wherever you look, away from the sun, it is mostly blue light that reaches you.",
    ),
    (
        "And why are sunsets red?",
        50,
        "By then the light has come through far more air, and most of the blue is gone.",
    ),
    ("Thank you, goodbye.", 1000, "Goodbye."),
]
SILENCE = bytes(2 * FRAME)


class SimulatedUser:
    """conversation: the one he takes part in, whose agent he listens to."""

    def __init__(self, conversation: Any, speed: float) -> None:
        self._conversation = conversation
        self._pause = FRAME / RATE / speed
        self._lines = [(spoken(line), patience) for line, patience, _ in SCRIPT]

    async def frames(self) -> AsyncIterator[bytes]:
        """As a microphone gives them, and as fast."""
        due = time.monotonic()
        async for frame in self._speak():
            due += self._pause
            await asyncio.sleep(due - time.monotonic())
            yield frame

    async def _speak(self) -> AsyncIterator[bytes]:
        for line, patience in self._lines:
            while self._listens(patience):
                yield SILENCE
            for frame in line:
                yield frame
            for _ in range(30):  # until it is clear that he has finished
                yield SILENCE

    def _listens(self, patience: int) -> bool:
        if not self._conversation.agent_is_at_work:
            return False
        speech = self._conversation.speech
        return speech is None or len(speech.spoken.heard) < patience


def spoken(line: str) -> list[bytes]:
    sink = MemorySink()
    speak(line, voice="espeak:en-gb", to=sink)
    resampler = Resampler(sink.sample_rate, RATE)
    samples = np.concatenate([resampler.feed(sink.samples), resampler.flush()])
    pcm = to_pcm16(samples[: len(samples) // FRAME * FRAME])
    return [pcm[at : at + 2 * FRAME] for at in range(0, len(pcm), 2 * FRAME)]


class SilentSpeaker(Sink):
    """Takes as long as the audio lasts."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._stopped = threading.Event()
        self._began: float | None = None
        self._length = self._heard = 0.0

    def begin(self, sample_rate: int) -> None:
        self._began, self._length = None, 0.0
        self._stopped.clear()

    def write(self, chunk: AudioChunk) -> None:
        if self._began is None:
            self._began = time.monotonic()
        self._length += chunk.duration
        self._play_until(self._length - 0.2)  # what a real one has in its buffer

    def finish(self) -> None:
        self._play_until(self._length)

    def abort(self) -> None:
        self._heard = self.played
        self._stopped.set()

    def _play_until(self, seconds: float) -> None:
        self._stopped.wait(max(0.0, (seconds - self.played) / self._speed))

    @property
    def played(self) -> float:
        if self._stopped.is_set():
            return self._heard
        if self._began is None:
            return 0.0
        return min(self._length, (time.monotonic() - self._began) * self._speed)


class Services(ThreadingHTTPServer):
    """Recognises what the simulated user says, line by line, and answers it, ten words a second."""

    daemon_threads = True

    def __init__(self, speed: float) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/v1"
        self.lines = iter([line for line, _, _ in SCRIPT])
        self.answers = {line: answer for line, _, answer in SCRIPT}
        self.pause = 0.1 / speed
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *error: object) -> None:
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    server: Services

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        if self.path.endswith("/transcriptions"):
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps({"text": next(self.server.lines)}).encode())
            return
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        try:
            for word in self.server.answers[json.loads(body)["messages"][-1]["content"]].split(" "):
                self._send({"content": word + " "}, None)
                time.sleep(self.server.pause)
            self._send({}, "stop")
            self.wfile.write(b"data: [DONE]\n\n")
        except ConnectionError:
            pass  # interrupted

    def _send(self, delta: dict[str, str], reason: str | None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        frame = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "scripted"}
        self.wfile.write(f"data: {json.dumps({**frame, 'choices': [choice]})}\n\n".encode())
        self.wfile.flush()

    def log_message(self, *args: Any) -> None:
        pass
