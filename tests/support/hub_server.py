"""A small real hub on 127.0.0.1, of what huggingface_hub asks for; its troubles are those of a real one."""

import hashlib
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from support.small_files import write_small

LLMVOX, TEXT_ENCODER = "MBZUAI/LLMVoX", "charsiu/g2p_multilingual_byT5_tiny_16_layers_100"
GPT_FILE, CODEC_FILE = "ckpt_english_tiny.pt", "wavtokenizer_large_speech_320_24k.ckpt"
COMMIT, OTHER_COMMIT, TEXT_COMMIT = "a" * 40, "b" * 40, "c" * 40


class HubServer(ThreadingHTTPServer):
    """files: (repository, file) → what it holds.
    revisions: repository → what each revision's commit is.
    status, code: an answer to everything, where set; `busy` is how many requests get 503 first.
    cuts, resets: how many downloads end, or are reset, in the middle.
    served: (repository, file) → what is sent in place of what the checksum is of.
    log: "METHOD repository/file [range]" of each request.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Hub)
        self.original = write_small(folder)
        self.begin_anew()

    def begin_anew(self) -> None:
        """With the files as they were, and no trouble."""
        self.files = {
            (LLMVOX, GPT_FILE): self.original.llmvox.read_bytes(),
            (LLMVOX, CODEC_FILE): self.original.wavtokenizer.read_bytes(),
            (TEXT_ENCODER, "pytorch_model.bin"): self.original.text_encoder.read_bytes(),
        }
        self.revisions = {
            LLMVOX: {"main": COMMIT, "v0/beta": OTHER_COMMIT},
            TEXT_ENCODER: {"main": TEXT_COMMIT},
        }
        self.served: dict[tuple[str, str], list[bytes]] = {}
        self.status = self.busy = self.cuts = self.resets = 0
        self.code = ""
        self.log: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def downloads(self) -> list[str]:
        return [line.split()[1].rpartition("/")[2] for line in self.log if line.startswith("GET")]


class _Hub(BaseHTTPRequestHandler):
    server: HubServer
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer(b"")

    def do_GET(self) -> None:
        self._answer(None)

    def _answer(self, body: bytes | None) -> None:
        repository, _, rest = unquote(self.path).strip("/").partition("/resolve/")
        revisions = self.server.revisions.get(repository, {})
        known = {**revisions, **{commit: commit for commit in revisions.values()}}
        revision = next((name for name in known if rest.startswith(name + "/")), "")
        file = rest[len(revision) + 1 :]
        asked = self.headers.get("range", "")
        if file:  # huggingface_hub also asks for things of its own
            self.server.log.append(f"{self.command} {repository}/{file} {asked}".strip())
        if self.server.status or self.server.busy:
            self._refuse(self.server.status or 503, self.server.code)
            self.server.busy = max(0, self.server.busy - 1)
        elif not revisions:
            self._refuse(404, "RepoNotFound")
        elif not revision:
            self._refuse(404, "RevisionNotFound")
        elif (repository, file) not in self.server.files:
            self._refuse(404, "EntryNotFound")
        else:
            self._send((repository, file), known[revision], asked, body)

    def _send(self, name: tuple[str, str], commit: str, asked: str, body: bytes | None) -> None:
        whole = self.server.files[name]
        begin = int(asked.removeprefix("bytes=").rstrip("-") or 0)
        self.send_response(206 if begin else 200)
        self.send_header("x-repo-commit", commit)
        self.send_header("etag", f'"{hashlib.sha256(whole).hexdigest()}"')
        self.send_header("content-length", str(len(whole) - begin))
        if begin:
            self.send_header("content-range", f"bytes {begin}-{len(whole) - 1}/{len(whole)}")
        self.end_headers()
        if body is None:
            spoilt = self.server.served.get(name)
            self._send_body((spoilt.pop(0) if spoilt else whole)[begin:])

    def _send_body(self, body: bytes) -> None:
        if self.server.cuts or self.server.resets:
            body, self.close_connection = body[: len(body) // 2], True
        self.wfile.write(body)
        if self.server.resets:
            # Closing with a linger of no time sends a reset in place of an end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        self.server.cuts, self.server.resets = max(0, self.server.cuts - 1), max(0, self.server.resets - 1)

    def _refuse(self, status: int, code: str) -> None:
        self.send_response(status)
        if code:
            self.send_header("x-error-code", code)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass

    def finish(self) -> None:
        if self.connection.fileno() >= 0:
            super().finish()


@contextmanager
def hub_server(folder: Path) -> Iterator[HubServer]:
    server = HubServer(folder)
    serving = threading.Thread(target=server.serve_forever, args=[0.01])
    serving.start()
    try:
        yield server
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
