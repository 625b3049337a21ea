"""A small real LLM server on 127.0.0.1, in OpenAI's manner, that does what it is told."""

import json
import select
import socket
import struct
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

__all__ = [
    "CUT",
    "DONE",
    "Chat",
    "LLMServer",
    "Request",
    "Step",
    "chunk",
    "end",
    "event",
    "llm_server",
    "says",
    "serving",
    "usage",
]

FRAME = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "scripted"}
DONE = b"data: [DONE]\n\n"
CUT = "cut"
"""In a script: the connection is reset here."""

Step = bytes | float | threading.Event | str


def event(fields: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(fields).encode() + b"\n\n"


def chunk(finish_reason: str | None = None, **delta: Any) -> bytes:
    return event({**FRAME, "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]})


def end(reason: str = "stop") -> bytes:
    return chunk(reason)


def usage(total: int = 12) -> bytes:
    return event({**FRAME, "choices": [], "usage": {"prompt_tokens": 2, "total_tokens": total}})


def says(*texts: str) -> list[Step]:
    """A whole answer."""
    return [chunk(role="assistant", content=""), *(chunk(content=text) for text in texts), end(), DONE]


@dataclass
class Request:
    """gone: set, and at which time, when its client has left before the answer's end."""

    body: dict[str, Any]
    headers: dict[str, str]
    gone: threading.Event = field(default_factory=threading.Event)
    gone_at: float = 0.0


class LLMServer(ThreadingHTTPServer):
    """script: the answer to a request that streams: bytes, seconds to wait, events to wait for, or CUT.
    message: of the answer to one that does not.
    status, error: an answer to everything, where set. headers: of every answer.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, handler: type["Chat"] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), handler or Chat)
        self.begin_anew()

    def begin_anew(self) -> None:
        self.script: Sequence[Step] = says("Hello ", "world.")
        self.message: dict[str, Any] = {"role": "assistant", "content": "Hello world."}
        self.status = 200
        self.error: dict[str, Any] = {}
        self.headers: dict[str, str] = {}
        self.requests: list[Request] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class Chat(BaseHTTPRequestHandler):
    server: LLMServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path != "/v1/models":
            self._send(404, {"error": {"message": self.path}})
        elif self.server.error:
            self._send(self.server.status, {"error": self.server.error})
        else:
            self._send(200, {"object": "list", "data": [{"id": "vendor/scripted", "object": "model"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.request_seen = Request(body, {name.lower(): value for name, value in self.headers.items()})
        self.server.requests.append(self.request_seen)
        self._answer(body)

    def _answer(self, body: dict[str, Any]) -> None:
        if self.path != "/v1/chat/completions":
            self._send(404, {"error": {"message": self.path}})
        elif self.server.status != 200:
            self._send(self.server.status, {"error": self.server.error})
        elif body.get("stream"):
            self._stream(self.server.script)
        else:
            choices = [{"index": 0, "message": self.server.message, "finish_reason": "stop"}]
            whole = {**FRAME, "object": "chat.completion", "choices": choices, "usage": {"total_tokens": 3}}
            self._send(200, whole)

    def _send(self, status: int, fields: Mapping[str, Any]) -> None:
        body = json.dumps(fields).encode()
        self.send_response(status)
        self._send_headers({"content-type": "application/json", "content-length": str(len(body))})
        self.wfile.write(body)

    def _send_headers(self, headers: Mapping[str, str]) -> None:
        for name, value in {**headers, "x-request-id": "of-the-llm", **self.server.headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _stream(self, script: Sequence[Step]) -> None:
        self.send_response(200)
        self._send_headers(
            {"content-type": "text/event-stream; charset=utf-8", "transfer-encoding": "chunked"}
        )
        try:
            if all(self._take(step) for step in script):
                self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self._note_gone()

    def _take(self, step: Step) -> bool:
        """Returns whether there is anybody to go on for."""
        if isinstance(step, bytes):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(step), step))
            return True
        if step == CUT:
            self._reset()
            return False
        return self._wait(step)

    def _wait(self, step: Step) -> bool:
        until = time.monotonic() + (step if isinstance(step, float) else 30)
        while time.monotonic() < until and not (isinstance(step, threading.Event) and step.is_set()):
            if select.select([self.connection], [], [], 0.005)[0]:
                self._note_gone()
                return False
        return True

    def _note_gone(self) -> None:
        self.close_connection = True
        self.request_seen.gone_at = time.monotonic()
        self.request_seen.gone.set()

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def finish(self) -> None:
        if self.connection.fileno() >= 0:
            super().finish()

    def log_message(self, *args: Any) -> None:
        pass


Server = TypeVar("Server", bound=LLMServer)


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def llm_server() -> Iterator[LLMServer]:
    with serving(LLMServer()) as server:
        yield server
