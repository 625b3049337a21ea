"""What is measured: one voice's weights at several precisions, and the plain loop beside them."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch

from ..core.checkpoints.folder import read_folder
from ..core.checkpoints.weights import Weights
from ..core.model.apart import apart
from ..core.model.gpt import GPTConfig
from ..core.model.precision import Precision
from ..core.model.wavtokenizer import CodecConfig
from .plain import PlainLoop
from .plan import Plan
from .subject import Subject
from .texts import FIRST
from .weights import endless, untrained_weights

__all__ = ["Machine", "Setting"]

_QUICKEST_FIRST: tuple[Precision, ...] = ("int8", "bfloat16", "float32")


@dataclass(frozen=True, slots=True)
class Machine:
    processor: str
    cores: int
    threads: int
    torch: str
    python: str
    system: str


class Setting:
    """weights: the voice's own; None for untrained ones of the official sizes."""

    def __init__(
        self,
        plan: Plan,
        precisions: Sequence[Precision],
        device: torch.device,
        weights: Weights | None = None,
        *,
        trained: bool = False,
    ) -> None:
        self.plan, self.precisions, self.device = plan, tuple(precisions), device
        self.trained = trained
        self._given = weights

    @classmethod
    def of_voice(
        cls, plan: Plan, precisions: Sequence[Precision], device: torch.device, folder: Path | None
    ) -> Setting:
        """Raises CheckpointError."""
        weights = None if folder is None else read_folder(folder)[0]
        return cls(plan, precisions, device, weights, trained=folder is not None)

    @cached_property
    def weights(self) -> Weights:
        official = GPTConfig(), CodecConfig()
        return apart(lambda: endless(self._given or untrained_weights(*official)))

    @cached_property
    def plain(self) -> PlainLoop:
        weights = self.weights
        return apart(lambda: PlainLoop(weights, self.device))

    @cached_property
    def subjects(self) -> dict[Precision, Subject]:
        weights = self.weights
        return apart(lambda: {name: Subject(weights, name, self.device) for name in self.precisions})

    @property
    def quickest(self) -> Subject:
        """At the precision that reads least."""
        return next(self.subjects[name] for name in _QUICKEST_FIRST if name in self.subjects)

    @cached_property
    def speech(self) -> list[int]:
        """Codes to decode: a voice's own, or where nothing is trained and codes only go round, drawn ones."""
        count = self.plan.window_codes
        if self.trained:
            return list(self.plain.codes(FIRST, count))
        chance = torch.Generator().manual_seed(1)
        codes: list[int] = torch.randint(0, self.plain.config.codes, (count,), generator=chance).tolist()
        return codes

    @property
    def machine(self) -> Machine:
        return Machine(
            processor=_processor(),
            cores=os.cpu_count() or 1,
            threads=torch.get_num_threads(),
            torch=torch.__version__,
            python=platform.python_version(),
            system=f"{platform.system()} {platform.machine()}",
        )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()
