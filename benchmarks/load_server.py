"""The server that is loaded: as `llmvox serve`, in its own process, which also tells how late its loop is."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from llmvox_plugins import load_voice
from llmvox_plugins.core.voices.base import Voice
from llmvox_plugins.integrations.openai import app as app_room
from llmvox_plugins.integrations.openai.serving import server
from llmvox_plugins.integrations.openai.settings import ServerSettings

__all__ = ["UNTRAINED", "Loaded", "loaded", "voice_of"]

UNTRAINED = "llmvox, untrained, int8"
LOOK = 0.002  # seconds between two looks at the loop


class Loaded:
    """A server that runs."""

    def __init__(self, port: int) -> None:
        self.port = port

    def delays(self) -> dict[str, Any]:
        """Milliseconds by which its loop was late since this was asked last, its CPU seconds so far, and how
        many objects its garbage collector leaves alone."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/loop") as answer:
            figures: dict[str, Any] = json.load(answer)
        return figures


@contextmanager
def loaded(voice: str, max_streams: int = 1024) -> Iterator[Loaded]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, str(Path(__file__)), voice, str(port), str(max_streams)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        _wait_until_ready(process, port)
        yield Loaded(port)
    finally:
        process.terminate()
        process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    while process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready"):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the server did not start")


def voice_of(name: str) -> Voice:
    """A voice by its name, or LLMVoX at its official size whose weights nobody trained: it costs the same."""
    if name != UNTRAINED:
        return load_voice(name)
    import torch

    from llmvox_plugins.bench.subject import Subject
    from llmvox_plugins.bench.weights import endless, untrained_weights
    from llmvox_plugins.core.model.gpt import GPTConfig
    from llmvox_plugins.core.model.wavtokenizer import CodecConfig

    return Subject(endless(untrained_weights(GPTConfig(), CodecConfig())), "int8", torch.device("cpu"))


def _probed(app: FastAPI) -> FastAPI:
    """The same app; what its loop's delays were is told at /loop."""
    delays: list[float] = []
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Any]:
        watching = asyncio.create_task(_watch(delays))
        async with inner(app) as state:
            yield state
        watching.cancel()

    @app.get("/loop")
    async def loop() -> dict[str, Any]:
        taken = delays.copy()
        delays.clear()
        return {"milliseconds": taken, "cpu": time.process_time(), "frozen": gc.get_freeze_count()}

    app.router.lifespan_context = lifespan
    return app


def _create_probed_app(voice: Voice, settings: ServerSettings) -> FastAPI:
    return _probed(app_room.create_app(voice, settings))


async def _watch(delays: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(LOOK)
        delays.append(1000 * max(0.0, time.perf_counter() - began - LOOK))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("voice")
    parser.add_argument("port", type=int)
    parser.add_argument("max_streams", type=int)
    options = parser.parse_args(arguments)
    server.create_app = _create_probed_app  # type: ignore[attr-defined,assignment]
    settings = ServerSettings(port=options.port, max_streams=options.max_streams, max_waiting=0)
    server.serve(voice_of(options.voice), settings)


if __name__ == "__main__":
    main()
