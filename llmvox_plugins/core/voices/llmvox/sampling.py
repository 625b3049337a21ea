"""Which code follows: the likeliest, or one drawn by chance that a seed makes the same each time."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ...errors import ConfigurationError

__all__ = ["Sampling"]

_COLDEST, _HOTTEST = 0.01, 10.0


@dataclass(frozen=True, slots=True)
class Sampling:
    """temperature: 0 is greedy; above it, the logits are divided by it and a code is drawn.
    top_k: only so many of the likeliest are drawn from; None is all.
    seed: of the draws. Each sentence of a stream draws by itself; at int8, though, its company changes a
        little what there is to draw from.
    Raises ConfigurationError.
    """

    temperature: float = 0.0
    top_k: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.temperature, int | float) or not (
            self.temperature == 0 or _COLDEST <= self.temperature <= _HOTTEST
        ):
            raise ConfigurationError(
                f"temperature is 0 (greedy), or from {_COLDEST} to {_HOTTEST}, not {self.temperature!r}"
            )
        if self.top_k is not None and (type(self.top_k) is not int or self.top_k < 1):
            raise ConfigurationError(
                f"top_k is a whole number from 1 on, or None for all, not {self.top_k!r}"
            )
        if type(self.seed) is not int:
            raise ConfigurationError(f"seed is a whole number, not {self.seed!r}")
        if not self.temperature and (self.top_k is not None or self.seed):
            raise ConfigurationError(
                "top_k and seed are of no use without a temperature above 0, such as 0.7"
            )

    def chance(self, sentence: int) -> torch.Generator | None:
        """Where the draws of a stream's sentence of that number come from; None if there are none."""
        if not self.temperature:
            return None
        return torch.Generator().manual_seed((self.seed * 1_000_003 + sentence) % 2**63)

    def draw(self, logits: Tensor, chance: torch.Generator) -> int:
        """logits: (codes,)."""
        scaled = logits.float().cpu() / self.temperature
        if self.top_k is None or self.top_k >= len(scaled):
            return int(torch.multinomial(scaled.softmax(0), 1, generator=chance))
        best, codes = scaled.topk(self.top_k)
        return int(codes[torch.multinomial(best.softmax(0), 1, generator=chance)])
