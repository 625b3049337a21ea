"""One sentence on its way from text to codes."""

from __future__ import annotations

from typing import Any

import torch

from ...model.llmvox import START
from ...model.text_ids import END_OF_TEXT, PAD, word_ids
from .guard import Fault

__all__ = ["Sentence"]


class Sentence:
    """Words are written to it while it is being read; codes come out, one for each step.

    replica: the number of the replica that makes it.
    chance: where its draws come from, if codes are drawn.
    place: where the generator keeps its memory of it, from its first step to its last.
    """

    def __init__(self, replica: int = 0, chance: torch.Generator | None = None) -> None:
        self.codes: list[int] = []
        self.replica = replica
        self.chance = chance
        self.place: Any = None
        self.text_bytes = 0
        self.complete = False  # its text is
        self.ended = False  # its speech is
        self.fault: Fault | None = None
        self._ids: list[int] = []
        self._read = 0

    def write(self, word: str) -> None:
        """One more word of its text."""
        ids = word_ids(word)
        self._ids += ids
        self.text_bytes += len(ids)

    def close(self) -> None:
        """Its text is complete."""
        self._ids.append(END_OF_TEXT)
        self.complete = True

    @property
    def can_step(self) -> bool:
        """Whether there is something to read: a text that is not complete must not run out."""
        return not self.ended and (self._read < len(self._ids) or self.complete)

    @property
    def all_read(self) -> bool:
        return self.complete and self._read >= len(self._ids)

    @property
    def before(self) -> int:
        """The code before the next one."""
        return self.codes[-1] if self.codes else START

    def next_id(self) -> int:
        """Read on."""
        self._read += 1
        return self._ids[self._read - 1] if self._read <= len(self._ids) else PAD

    def end(self, fault: Fault | None = None) -> None:
        """No more codes will come."""
        self.ended, self.fault, self.place = True, fault, None
