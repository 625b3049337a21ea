"""A process of its own that loads a voice, says something and prints what that took, as JSON on one line.

python -m llmvox_plugins.bench.fresh FOLDER PRECISION DEVICE THREADS
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

__all__ = ["main"]


def main(folder: str, precision: str, device: str, threads: str) -> str:
    began = time.perf_counter()
    import torch

    imported = time.perf_counter()
    torch.set_num_threads(int(threads))
    from llmvox_plugins.core.voices.llmvox import LLMVoXVoice

    voice = LLMVoXVoice.from_folder(Path(folder), precision=precision, device=device)
    loaded = time.perf_counter()
    from llmvox_plugins.core.stream import SpeechStream

    from .texts import FIRST

    stream = SpeechStream(voice)
    asked = time.perf_counter()
    stream.write(FIRST + " ")
    stream.end()
    next(iter(stream))
    heard = time.perf_counter()
    stream.cancel()
    _rest()
    peak, now = _memory()
    figures = {"torch": imported - began, "load": loaded - imported, "first_audio": heard - asked}
    return json.dumps({**figures, "peak": peak, "memory": now})


def _rest() -> None:
    """Until the voice's threads are gone: one that is at work when the interpreter ends takes it down."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(10)


def _memory() -> tuple[int, int]:
    """Bytes that this process has held at most, and holds now, of its own: not what it maps from a file."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return peak, peak
    lines = {name: rest.split() for name, _, rest in (line.partition(":") for line in status.splitlines())}
    return 1024 * int(lines["VmHWM"][0]), 1024 * int(lines["RssAnon"][0])


if __name__ == "__main__":
    sys.stdout.write(main(*sys.argv[1:]) + "\n")
