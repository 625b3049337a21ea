"""Runs a script as a newcomer runs it: in a process of its own, with a clean environment."""

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["EXAMPLES", "ROOT", "run"]

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


def run(path: Path, *args: str, **environment: str) -> str:
    """Returns what it printed; it must end well, and without a traceback."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "LLMVOX_"))}
    done = subprocess.run(
        [sys.executable, path, *args],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=clean | environment,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout
