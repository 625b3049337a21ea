"""What a step and a window cost on this machine, measured as they happen, and what follows from it.

A frame of audio lasts 1/75 s. In that time `n` streams that keep up need one step of all of them, and for
each its share of a window.
"""

from __future__ import annotations

import math

__all__ = ["ALL", "CODES_PER_SECOND", "FRAME", "START", "Costs"]

CODES_PER_SECOND = 75
FRAME = 1 / CODES_PER_SECOND  # seconds
ALL = 0.95  # of the time that work may take: with so much, streams just keep up,
START = 0.7  # and with so much they gather a reserve
_LEAST_FIXED, _MOST_FIXED = 2.0, 60.0  # what is fixed costs as much as so many sentences, or frames
_MEMORY = 0.95  # of the last measurement's correction that is kept with each new one


class _Line:
    """seconds = fixed + each * n, as it was at first, times how much slower the machine has been since."""

    def __init__(self, fixed: float, each: float) -> None:
        self._fixed, self._each, self._slower = fixed, each, 1.0

    def of(self, n: float) -> float:
        return self._slower * (self._fixed + self._each * n)

    def observe(self, n: float, seconds: float) -> None:
        now = seconds / (self._fixed + self._each * n)
        self._slower = _MEMORY * self._slower + (1 - _MEMORY) * min(now, 10.0)

    @property
    def fixed(self) -> float:
        return self._slower * self._fixed

    @property
    def each(self) -> float:
        return self._slower * self._each

    @classmethod
    def through(cls, less: tuple[int, float], more: tuple[int, float]) -> _Line:
        """Through two measurements (n, seconds). A busy machine may have spoilt one: it is kept plausible."""
        each = (more[1] - less[1]) / (more[0] - less[0])
        each = min(max(each, less[1] / (less[0] + _MOST_FIXED)), less[1] / (less[0] + _LEAST_FIXED))
        return cls(less[1] - each * less[0], each)


class Costs:
    """steps: seconds of a step of so many sentences; windows: of decoding so many frames.
    again: frames that are decoded with each window, and that another one gives out.
    """

    def __init__(
        self,
        steps: tuple[tuple[int, float], tuple[int, float]],
        windows: tuple[tuple[int, float], tuple[int, float]],
        again: int,
    ) -> None:
        self.steps, self.windows = _Line.through(*steps), _Line.through(*windows)
        self._again = again

    def least_window(self, streams: int, share: float) -> float:
        """Frames to give out at once, at least, for so many streams to keep up; `inf` if nothing will do.

        share: of the time that the work may take.
        """
        left = share * FRAME - self.steps.of(streams) - streams * self.windows.each
        return streams * self.windows.of(self._again) / left if left > 0 else math.inf

    def most_streams(self, window: int) -> int:
        """How many keep up with windows of that size; 1 at least."""
        streams = 1
        while streams < 4096 and self.least_window(streams + 1, ALL) <= window:
            streams += 1
        return streams

    def reserve(self, streams: int, window: int) -> float:
        """Seconds of audio to have in hand when a window is begun: all others may want theirs first."""
        return 0.05 + 1.5 * streams * self.windows.of(window + self._again)
