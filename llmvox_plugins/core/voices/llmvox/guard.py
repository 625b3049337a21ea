"""Tells a sentence that goes wrong: a model may not end it, fall into a loop, or end it too early."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Fault", "Guard"]


class Fault(NamedTuple):
    """What is wrong with a sentence, and how many codes at its end are of no use to a listener."""

    reason: str
    useless: int


@dataclass(frozen=True, slots=True)
class Guard:
    """codes_per_byte, spare: a sentence of n bytes may take `codes_per_byte * n + spare` codes. Speech takes
        about 5 a byte, and at 75 codes a second the slowest twice that.
    least_per_byte: a sentence that ended with fewer codes has left something out.
    longest: codes that no sentence may exceed, whatever its text.
    loop: so many codes that only repeat themselves, however short or long the round, are a loop; 0 never are.
    longest_round: codes of the longest round that is looked for.
    """

    codes_per_byte: float = 10.0
    spare: int = 150
    least_per_byte: float = 1.5
    longest: int = 8192
    loop: int = 150
    longest_round: int = 75

    def most_codes(self, text_bytes: int) -> int:
        return min(self.longest, int(self.codes_per_byte * text_bytes) + self.spare)

    @property
    def most_bytes(self) -> int:
        """The longest text that is granted its codes in full."""
        return max(1, int((self.longest - self.spare) / self.codes_per_byte))

    def check_end(self, codes: int, text_bytes: int) -> Fault | None:
        """Asked where the model says that a sentence has ended."""
        if codes >= self.least_per_byte * text_bytes:
            return None
        return Fault(f"it ended after {codes} codes, too few for its text", 0)

    def check(self, codes: Sequence[int], text_bytes: int) -> Fault | None:
        """Asked after each code; looks for loops now and then."""
        if len(codes) >= self.most_codes(text_bytes):
            return Fault(f"it did not end in {len(codes)} codes", 0)
        if self.loop and len(codes) >= self.loop and len(codes) % 16 == 0:
            return self._loop(codes[-self.loop :])
        return None

    def _loop(self, tail: Sequence[int]) -> Fault | None:
        for length in range(1, self.longest_round + 1):
            if tail[length:] == tail[:-length]:
                return Fault(f"the same {length} codes came again and again", len(tail) - length)
        return None
