"""Defaults that a user sets once: the environment's LLMVOX_* variables."""

from __future__ import annotations

import os
from dataclasses import dataclass

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """voice: the name of the voice that speaks where none is named.
    to: where speech goes where no place is named, a path or "speaker".
    """

    voice: str = "espeak:en-us"
    to: str = "speaker"

    @classmethod
    def from_environment(cls) -> Settings:
        """Read LLMVOX_VOICE and LLMVOX_TO; an empty one counts as not set."""
        set_there = {name: os.environ.get(f"LLMVOX_{name.upper()}") for name in ("voice", "to")}
        return cls(**{name: value for name, value in set_there.items() if value})
