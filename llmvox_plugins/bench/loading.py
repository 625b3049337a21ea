"""What it takes to load a voice from its compact copy, each time in a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from ..core.checkpoints.card import VoiceCard
from ..core.checkpoints.compact import write_compact
from ..core.errors import VoiceError
from ..core.model.precision import Precision
from .setting import Setting

__all__ = ["Load", "loads"]


@dataclass(frozen=True, slots=True)
class Load:
    """torch, load, first_audio: s to import PyTorch, to load the voice, and from text to audio right after.
    peak: bytes of memory at most, what is mapped from the file included; memory: of the process's own.
    copy: bytes of the compact copy.
    """

    precision: Precision
    torch: float
    load: float
    first_audio: float
    peak: int
    memory: int
    copy: int


def loads(setting: Setting) -> list[Load]:
    """The best of several, which follow one another closely: the file is in the system's memory."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "voice"
        write_compact(setting.weights, copy, VoiceCard())
        size = sum(file.stat().st_size for file in copy.iterdir())
        wanted = setting.precisions if setting.plan.load_all else [setting.quickest.precision]
        return [_load(setting, precision, copy, size) for precision in wanted]


def _load(setting: Setting, precision: Precision, copy: Path, size: int) -> Load:
    runs = [_fresh(copy, precision, setting.device) for _ in range(setting.plan.loads)]
    best = {name: min(run[name] for run in runs) for name in ("torch", "load", "first_audio")}
    return Load(precision, **best, peak=_least(runs, "peak"), memory=_least(runs, "memory"), copy=size)


def _least(runs: Sequence[Mapping[str, float]], name: str) -> int:
    return int(min(run[name] for run in runs))


def _fresh(copy: Path, precision: str, device: torch.device) -> dict[str, float]:
    arguments = [str(copy), precision, str(device), str(torch.get_num_threads())]
    line = [sys.executable, "-m", f"{__package__}.fresh", *arguments]
    done = subprocess.run(line, capture_output=True, text=True)
    if done.returncode:
        raise VoiceError(f"the voice could not be loaded in a fresh process: {done.stderr[-500:].strip()}")
    figures: dict[str, float] = json.loads(done.stdout)
    return figures
