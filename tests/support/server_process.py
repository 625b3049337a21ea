"""The server as a process of its own, which can be sent signals; it is killed if it hangs."""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["ServerProcess", "command", "scripted"]

HANGS = 40.0  # seconds, many times what a test may take


class ServerProcess:
    """log: what came on stderr so far, one object a line."""

    def __init__(self, *line: str, **environment: str) -> None:
        self.log: list[dict[str, Any]] = []
        self.process = subprocess.Popen(
            [sys.executable, *line],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def until(self, message: str) -> dict[str, Any]:
        """The entry of the log that says this, once it comes."""
        while (line := self._lines.get(timeout=HANGS)) is not None:
            self.log.append(json.loads(line))
            if self.log[-1]["message"] == message:
                return self.log[-1]
        raise AssertionError(f"the server ended without {message!r}: {self.log}")

    def ready(self) -> str:
        """Its URL, once it answers there."""
        url: str = self.until("ready")["url"]
        return url

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def end(self) -> int:
        """Its exit code; the log is complete then."""
        code = self.process.wait(HANGS)
        self._reader.join()
        while (line := self._lines.get()) is not None:
            self.log.append(json.loads(line))
        return code

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            for line in lines:
                self._lines.put(line)
        self._lines.put(None)


@contextmanager
def command(*options: str, **environment: str) -> Iterator[ServerProcess]:
    """`llmvox serve` with these options, on a free port."""
    line = ("-m", "llmvox_plugins", "serve", "--port", "0", "--log-format", "json", *options)
    yield from _running(ServerProcess(*line, **environment))


@contextmanager
def scripted(voice: str = "ScriptedVoice()", before: str = "", **settings: Any) -> Iterator[ServerProcess]:
    """serve() with a scripted voice. before: what the process does first, in Python."""
    settings = {"port": 0, "log_format": "json", **settings}
    script = f"""
from llmvox_plugins.core.testing import ScriptedVoice
from llmvox_plugins.integrations.openai import serve
from llmvox_plugins.integrations.openai.settings import ServerSettings
{before}
serve({voice}, ServerSettings(**{settings!r}))
"""
    yield from _running(ServerProcess("-c", script))


def _running(server: ServerProcess) -> Iterator[ServerProcess]:
    try:
        yield server
    finally:
        server.close()
