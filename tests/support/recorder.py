"""A small real HTTP server that writes down what it is asked, to the byte, and answers as it is told."""

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Asked", "Recorder", "Reply", "recorder"]


@dataclass
class Reply:
    """body: whole, or in parts, between which there may be seconds to wait and events to wait for.
    early: whether it is given before the request has been read. cut: whether more is promised than comes.
    """

    status: int = 200
    headers: Sequence[tuple[str, str]] = (("Content-Type", "application/json"),)
    body: bytes | Sequence[bytes | float | threading.Event] = b"{}"
    early: bool = False
    cut: bool = False


@dataclass
class Asked:
    """headers: as they came, names and their case included. parts: of the body, when they came."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes = b""
    parts: list[tuple[float, int]] = field(default_factory=list)

    def header(self, name: str) -> str | None:
        found = [value for key, value in self.headers if key.lower() == name]
        assert len(found) < 2, found
        return found[0] if found else None


class Recorder(ThreadingHTTPServer):
    """replies: to requests in their order; the last one serves all that follow."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.begin_anew()

    def begin_anew(self) -> None:
        self.asked: list[Asked] = []
        self.replies: deque[Reply] = deque([Reply()])

    def will_reply(self, *replies: Reply) -> None:
        self.replies = deque(replies)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that leave in the middle are what is tested."""


class _Handler(BaseHTTPRequestHandler):
    server: Recorder
    protocol_version = "HTTP/1.1"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):  # any method
            return self._answer
        raise AttributeError(name)

    def _answer(self) -> None:
        asked = Asked(self.command, self.path, list(self.headers.items()))
        self.server.asked.append(asked)
        reply = self.server.replies[0]
        if len(self.server.replies) > 1:
            self.server.replies.popleft()
        if not reply.early:
            self._read(asked)
        self._send(reply)
        self.close_connection = self.close_connection or reply.early or reply.cut

    def _read(self, asked: Asked) -> None:
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline(), 16):
                self._take(asked, size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            left = int(self.headers.get("content-length", 0))
            while left:
                left -= self._take(asked, min(left, 2**16))

    def _take(self, asked: Asked, size: int) -> int:
        part = self.rfile.read(size)
        asked.body += part
        asked.parts.append((time.monotonic(), len(part)))
        return len(part)

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        bare = reply.status in (204, 304)
        if isinstance(reply.body, bytes):
            if not bare:
                self.send_header("Content-Length", str(len(reply.body) + reply.cut))
            self.end_headers()
            if self.command != "HEAD" and not bare:
                self.wfile.write(reply.body)
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for step in reply.body:
            if isinstance(step, bytes):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(step), step))
            elif isinstance(step, threading.Event):
                step.wait(30)
            else:
                time.sleep(step)
        if not reply.cut:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def recorder() -> Iterator[Recorder]:
    server = Recorder()
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
