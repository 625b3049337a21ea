"""How much is measured, and how often."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["QUICK", "Plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """rounds: how often contestants take turns.
    codes: of a sentence, for the speed of one stream.
    first_audio: streams that are begun for it.
    streams: how many at once, from few to many.
    seconds: of speech that each of them says.
    lengths: codes in a sentence at which the cost of a step is measured.
    steps: that are measured there in each round.
    loads: fresh processes for each precision, or if not `load_all` for the quickest only.
    positions: of codes that are compared between precisions, in `company` sentences.
    window_codes: of the speech in which windows are joined.
    contexts, unsettled, fades: of those windows, see WindowSizes.
    sizes: codes of each window in turn; the last is that of all others.
    """

    rounds: int = 10
    codes: int = 75
    first_audio: int = 15
    streams: tuple[int, ...] = (1, 2, 4, 8, 12, 16, 20, 24)
    seconds: float = 30.0
    lengths: tuple[int, ...] = (50, 100, 200, 500, 1000, 2000)
    steps: int = 6
    loads: int = 2
    load_all: bool = True
    positions: int = 400
    company: int = 8
    window_codes: int = 320
    contexts: tuple[int, ...] = (0, 4, 8, 16, 24, 32, 48, 64)
    unsettled: tuple[int, ...] = (0, 1, 2, 4, 6)
    fades: tuple[int, ...] = (1, 2)
    sizes: tuple[int, ...] = (8, 16, 32, 64, 128)


QUICK = Plan(
    rounds=1,
    codes=20,
    first_audio=2,
    streams=(2,),
    seconds=1.0,
    lengths=(50,),
    steps=3,
    loads=1,
    load_all=False,
    positions=24,
    company=4,
    window_codes=60,
    contexts=(0, 24),
    unsettled=(2,),
    fades=(1,),
    sizes=(8, 16, 32),
)
"""Shows that all works, and says little about the machine."""
