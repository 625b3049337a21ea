"""Which code follows: the likeliest, or one drawn by chance that a seed makes the same each time."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ...errors import ConfigurationError

__all__ = ["Sampling"]


@dataclass(frozen=True, slots=True)
class Sampling:
    """temperature: 0 is greedy; above it, the logits are divided by it and a code is drawn.
    top_k: only so many of the likeliest are drawn from; None is all.
    seed: of the draws. Each sentence of a stream draws by itself, whatever its company.
    Raises ConfigurationError.
    """

    temperature: float = 0.0
    top_k: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.temperature < 10:
            raise ConfigurationError(
                f"temperature is a number from 0 (greedy) to 10, not {self.temperature!r}"
            )
        if self.top_k is not None and self.top_k < 1:
            raise ConfigurationError(
                f"top_k is a whole number from 1 on, or None for all, not {self.top_k!r}"
            )

    def chance(self, sentence: int) -> torch.Generator | None:
        """Where the draws of a stream's sentence of that number come from; None if there are none."""
        if not self.temperature:
            return None
        return torch.Generator().manual_seed(self.seed * 1_000_003 + sentence)

    def draw(self, logits: Tensor, chance: torch.Generator) -> int:
        """logits: (codes,)."""
        scaled = logits.float().cpu() / self.temperature
        if self.top_k is None or self.top_k >= len(scaled):
            return int(torch.multinomial(scaled.softmax(0), 1, generator=chance))
        best, codes = scaled.topk(self.top_k)
        return int(codes[torch.multinomial(best.softmax(0), 1, generator=chance)])
