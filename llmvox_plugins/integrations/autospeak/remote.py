"""A narrator as doorways see one. What it is told goes to the companion; it keeps no text and no audio.

It is fast, never blocks and raises nothing. In a forked child it begins anew, with a companion of its own.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Collection, Hashable
from dataclasses import dataclass, field
from typing import Any

from .line import Line
from .start import start_companion

__all__ = ["RemoteNarrator"]

MOST_ROOTS = 1024  # those whose end nobody tells are forgotten beyond it


@dataclass(slots=True)
class _Root:
    number: int
    runs: dict[Hashable, int] = field(default_factory=dict)


class RemoteNarrator:
    """Offers what `Narrator` does to doorways that report to it, under the same names."""

    raise_errors = False
    stream = None
    error = None

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a signal's handler may ask a model, too
        self._line: Line | None = None
        self._roots: dict[Hashable, _Root] = {}
        self._numbers = 0
        self._closed = False
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._orphan)

    def begin(
        self, root: Hashable, run: Hashable, names: Collection[str] = (), *, hold: bool = False
    ) -> bool:
        with self._lock:
            if self._closed:
                return False
            if self._line is None:
                self._open_line()
            if root not in self._roots:
                self._forget_lost_roots()
                self._roots[root] = _Root(self._next_number())
            place = self._roots[root]
            place.runs[run] = self._next_number()
            return self._tell("begin", place.number, place.runs[run], [str(name) for name in names], hold)

    def write(self, root: Hashable, run: Hashable, text: str) -> None:
        self._tell_of_run("write", root, run, text)

    def end(self, root: Hashable, run: Hashable) -> None:
        self._tell_of_run("end", root, run)

    def drop(self, root: Hashable, run: Hashable) -> None:
        self._tell_of_run("drop", root, run)

    def say(self, root: Hashable, text: str, names: Collection[str] = ()) -> None:
        run = object()
        if self.begin(root, run, names):
            self.write(root, run, text)
            self.end(root, run)

    def take_back(self, run: Hashable) -> None:
        """Once its root has ended, the companion has it: what was begun there is heard."""

    def finish(self, root: Hashable) -> None:
        self._leave("finish", root)

    def cancel(self, root: Hashable) -> None:
        self._leave("cancel", root)

    def interrupt(self) -> None:
        with self._lock:
            self._tell("interrupt")

    def spoken_of(self, run: Hashable) -> None:
        """What a run has said is known to the companion only."""

    def close(self, timeout: float | None = None) -> None:
        """Wait until all has been heard, for as long as an exit waits. Ctrl-C is raised."""
        line = self._last_line()
        if line is not None:
            line.finish()

    def hush(self) -> None:
        """Silence; nothing more will be heard."""
        line = self._last_line()
        if line is not None:
            line.hush()

    def _last_line(self) -> Line | None:
        with self._lock:
            self._closed = True
            return self._line

    def _open_line(self) -> None:
        self._line = Line(start_companion)
        process = sys.modules.get("multiprocessing.process")
        if process is not None and process.parent_process() is not None:
            from multiprocessing.util import Finalize

            # Such a child leaves by os._exit(), without the functions of atexit.
            Finalize(None, self.close, exitpriority=-100)

    def _leave(self, verb: str, root: Hashable) -> None:
        with self._lock:
            place = self._roots.pop(root, None)
            if place is not None:
                self._tell(verb, place.number)

    def _tell_of_run(self, verb: str, root: Hashable, run: Hashable, *more: str) -> None:
        with self._lock:
            place = self._roots.get(root)
            if place is not None and run in place.runs:
                self._tell(verb, place.number, place.runs[run], *more)

    def _tell(self, *message: Any) -> bool:
        """Returns whether anybody listens."""
        return self._line is not None and self._line.send(json.dumps(message).encode() + b"\n")

    def _next_number(self) -> int:
        self._numbers += 1
        return self._numbers

    def _forget_lost_roots(self) -> None:
        while len(self._roots) >= MOST_ROOTS:
            del self._roots[next(iter(self._roots))]

    def _orphan(self) -> None:
        """In a forked child: the line, and what was begun, are the parent's."""
        self._lock = threading.RLock()
        if self._line is not None:
            self._line.leave()
        self._line, self._roots = None, {}
