"""What several tests stand on: the fakes of the package, and a small real server on this machine."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from support.golden_files import Checkpoints, write_checkpoints
from support.voices import golden_voice

from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.core.voices.llmvox import LLMVoXVoice

ANSWER = "Because **blue** light is scattered most."


class ChatServer(ThreadingHTTPServer):
    """An LLM's server in OpenAI's manner; `requests` are the bodies that it got."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Chat)
        self.requests: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Chat(BaseHTTPRequestHandler):
    server: ChatServer
    protocol_version = "HTTP/1.0"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.requests.append(body)
        self.send_response(200)
        if body.get("stream"):
            self.send_header("content-type", "text/event-stream")
            self.end_headers()
            self._stream()
        else:
            self.send_header("content-type", "application/json")
            self.end_headers()
            message = {"role": "assistant", "content": ANSWER}
            self._send({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}, b"")

    def _stream(self) -> None:
        for begin in range(0, len(ANSWER), 3):
            delta = {"role": "assistant", "content": ANSWER[begin : begin + 3]}
            self._send({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}, b"data: ")
            time.sleep(0.01)
        self._send({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}, b"data: ")
        self.wfile.write(b"data: [DONE]\n\n")

    def _send(self, fields: dict[str, Any], prefix: bytes) -> None:
        whole = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", **fields}
        self.wfile.write(prefix + json.dumps(whole).encode() + b"\n\n")
        self.wfile.flush()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def voice() -> ScriptedVoice:
    return ScriptedVoice()


@pytest.fixture
def sink() -> MemorySink:
    return MemorySink()


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Checkpoints:
    """Files in the released layout; read them, and leave them as they are."""
    return write_checkpoints(tmp_path_factory.mktemp("checkpoints"))


@pytest.fixture(scope="session")
def llmvox(checkpoints: Checkpoints) -> LLMVoXVoice:
    """LLMVoX at float32, with the golden weights."""
    return golden_voice(checkpoints)


@pytest.fixture
def chat_server() -> Iterator[ChatServer]:
    server = ChatServer()
    serving = threading.Thread(target=server.serve_forever, args=[0.01])
    serving.start()
    yield server
    server.shutdown()
    serving.join()
    server.server_close()
