"""Codes a second of one stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .clock import in_turns, timed
from .setting import Setting
from .texts import FIRST

__all__ = ["PLAIN", "Speed", "speeds"]

PLAIN = "plain loop"


@dataclass(frozen=True, slots=True)
class Speed:
    """best and median: codes a second; ratio: of the best to the plain loop's, and median_ratio likewise."""

    contestant: str
    best: float
    median: float
    ratio: float
    median_ratio: float


def speeds(setting: Setting) -> list[Speed]:
    count = setting.plan.codes
    makers: dict[str, Callable[[str, int], Iterator[int]]] = {PLAIN: setting.plain.codes}
    makers |= {name: subject.codes for name, subject in setting.subjects.items()}
    times = in_turns({name: _turn(maker, count) for name, maker in makers.items()}, setting.plan.rounds)
    plain = times[PLAIN]
    return [
        Speed(name, count / own.best, count / own.median, plain.best / own.best, plain.median / own.median)
        for name, own in times.items()
    ]


def _turn(maker: Callable[[str, int], Iterator[int]], count: int) -> Callable[[], list[float]]:
    return lambda: [timed(lambda: list(maker(FIRST, count)))]
