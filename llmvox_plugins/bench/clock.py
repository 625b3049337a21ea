"""Contestants take turns, so that what else goes on in the machine hits all alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

__all__ = ["Times", "in_turns", "timed"]


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds. The best is what the machine can do, the median what it mostly did."""

    best: float
    median: float

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Times:
        ordered = sorted(seconds)
        return cls(ordered[0], statistics.median(ordered))


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def in_turns(contestants: Mapping[str, Callable[[], Iterable[float]]], rounds: int) -> dict[str, Times]:
    """Each measures one thing or several whenever it is its turn; a turn to warm up is not counted."""
    for contestant in contestants.values():
        list(contestant())
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, contestant in contestants.items():
            seconds[name] += contestant()
    return {name: Times.of(measured) for name, measured in seconds.items()}
