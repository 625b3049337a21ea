"""OpenAI's SDK: a stream is read as ever, and spoken while it is read. It is recorded in answer.wav.

python examples/openai_stream.py                     a scripted answer
OPENAI_API_KEY=… python examples/openai_stream.py    asks OpenAI, or whatever OPENAI_BASE_URL names
python examples/openai_stream.py "Why is the sky blue?"
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from openai import OpenAI

from llmvox_plugins import LLMVoxError, SpeakerSink, WavSink
from llmvox_plugins.core.sinks import Sink, TeeSink, open_sink
from llmvox_plugins.integrations.openai import speak_stream

ANSWER = (
    "**Rayleigh scattering** is why. Sunlight holds every colour, and the molecules of the air scatter blue "
    "light about four times as much as red. So wherever you look, away from the sun, it is mostly blue light "
    "that reaches your eyes."
)


class ScriptedModel(BaseHTTPRequestHandler):
    """Stands in for a model where none is configured: 20 words a second."""

    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        for word in ANSWER.split(" "):
            self.send({"role": "assistant", "content": f"{word} "}, None)
            time.sleep(0.05)
        self.send({}, "stop")
        self.wfile.write(b"data: [DONE]\n\n")

    def send(self, delta: dict[str, str], finish_reason: str | None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        frame = {
            "id": "1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m",
            "choices": [choice],
        }
        self.wfile.write(b"data: " + json.dumps(frame).encode() + b"\n\n")

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def connect() -> Iterator[OpenAI]:
    if os.environ.get("OPENAI_API_KEY") or os.environ.get("OPENAI_BASE_URL"):
        os.environ.setdefault("OPENAI_API_KEY", "none")  # local servers ask for no key
        yield OpenAI()
        return
    print("Neither OPENAI_API_KEY nor OPENAI_BASE_URL is set: this is a scripted answer.")
    with ThreadingHTTPServer(("127.0.0.1", 0), ScriptedModel) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield OpenAI(base_url=f"http://127.0.0.1:{server.server_port}/v1", api_key="none")
        server.shutdown()


def choose_sink() -> Sink:
    if os.environ.get("LLMVOX_TO"):
        return open_sink(None)
    recording = WavSink("answer.wav")
    try:
        return TeeSink(SpeakerSink(), recording)
    except LLMVoxError as error:
        print(f"Not heard, only written to answer.wav: {error}")
        return recording


def main() -> None:
    question = " ".join(sys.argv[1:]) or "Why is the sky blue?"
    sink = choose_sink()
    print(f"\n> {question}\n")
    with connect() as client:
        answer = client.chat.completions.create(
            model=os.environ.get("OPENAI_MODEL", "gpt-4o-mini"),
            messages=[{"role": "user", "content": question}],
            stream=True,
        )
        with speak_stream(
            answer, to=sink
        ) as stream:  # the voice that LLMVOX_VOICE names, or the best there is
            for event in stream:
                if event.choices:
                    print(event.choices[0].delta.content or "", end="", flush=True)
    sink.close()
    print(f"\n\nHeard to the end: {not stream.spoken.unheard}.")


if __name__ == "__main__":
    main()
