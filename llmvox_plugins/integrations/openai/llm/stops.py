"""Text up to the first of some stops: feed() → text that is sure to be before one, flush() → the rest."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["Stops"]


class Stops:
    """met: whether one was found; nothing that follows it comes out."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = stops
        self._held = ""
        self.met = False

    def feed(self, text: str) -> str:
        if self.met:
            return ""
        self._held += text
        found = [at for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if found:
            self.met = True
            return self._take(min(found))
        return self._take(len(self._held) - self._doubtful())

    def flush(self) -> str:
        return "" if self.met else self._take(len(self._held))

    def _take(self, length: int) -> str:
        taken, self._held = self._held[:length], self._held[length:]
        return taken

    def _doubtful(self) -> int:
        """Characters at the end that may be the beginning of a stop."""
        return max(
            (n for stop in self._stops for n in range(1, len(stop)) if self._held.endswith(stop[:n])),
            default=0,
        )
