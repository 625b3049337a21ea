"""Programs that know nothing of speech, run as users run them: alone, and under `llmvox run`.

What was said is read back from the recording, for the companion's voice is the scripted one.
"""

import os
import subprocess
import sys
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from llmvox_plugins.core.testing import ScriptedVoice

__all__ = ["LLMVOX", "PROGRAMS", "Ran", "environment", "run_alone", "run_aloud", "said_in", "started_aloud"]

PROGRAMS = Path(__file__).parents[1] / "programs"
SCRIPTED = Path(__file__).parent / "scripted"
LLMVOX = [sys.executable, "-m", "llmvox_plugins"]
HANGS = 120.0  # seconds, many times what a program may take


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


def environment(base_url: str = "", **more: str) -> dict[str, str]:
    """The voice is the scripted one; nothing else of this package is in it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "LLMVOX_"))}
    model = {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": "none"} if base_url else {}
    return {**clean, "PYTHONPATH": str(SCRIPTED), "OMP_NUM_THREADS": "1", **model, **more}


def run_alone(*words: str | Path, env: dict[str, str]) -> Ran:
    return _run([sys.executable, *map(str, words)], env)


def run_aloud(*words: str | Path, to: Path, env: dict[str, str]) -> Ran:
    return _run([*LLMVOX, "run", "--to", str(to), *map(str, words)], env)


@contextmanager
def started_aloud(*words: str | Path, to: Path, env: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    command = [*LLMVOX, "run", "--to", str(to), *map(str, words)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def said_in(recording: Path) -> str:
    """What the scripted voice says in it; nothing, if there is none, or it has been opened just now."""
    if not recording.exists() or not recording.stat().st_size:
        return ""
    with wave.open(str(recording)) as file:
        assert file.getframerate() == ScriptedVoice.sample_rate or not file.getnframes()
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return ScriptedVoice.read(samples.astype(np.float32) / np.float32(32768))


def _run(command: list[str], env: dict[str, str]) -> Ran:
    done = subprocess.run(command, capture_output=True, text=True, timeout=HANGS, check=False, env=env)
    return Ran(done.returncode, done.stdout, done.stderr)
