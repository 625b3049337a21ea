"""Streams at the edges of a process's life: its exit, and a fork."""

from __future__ import annotations

import atexit
import os
import sys
import time
from contextlib import suppress
from typing import Protocol
from weakref import WeakSet

from .drain import Drain
from .scheduler import Scheduler
from .state import Life

__all__ = ["EXIT_LIMIT", "Mortal", "track"]

EXIT_LIMIT = 60.0  # seconds that the interpreter's exit waits for what is being said,
WORK_LIMIT = 5.0  # and for a voice that is in the middle of its work
REST = 0.2  # seconds in which a voice's helpers have ended after it


class Mortal(Protocol):
    """What a stream can be told when its process exits or forks."""

    @property
    def pushed(self) -> bool:
        """Whether it is heard without anybody reading it."""

    @property
    def life(self) -> Life: ...

    def end(self) -> None: ...

    def cancel(self) -> None: ...

    def orphan(self) -> None:
        """This is a forked child, where nobody works for the stream, and its locks may be held by nobody."""


_live: WeakSet[Mortal] = WeakSet()


def track(stream: Mortal) -> None:
    """Look after a stream as long as there is one."""
    _live.add(stream)
    # Last come is first served at the exit: audio libraries end there too, and shall do so after the speech.
    atexit.unregister(_finish_all)
    atexit.register(_finish_all)


def _there() -> list[Mortal]:
    """Those that there are, while threads may open more."""
    while True:
        with suppress(RuntimeError):  # the set grew meanwhile
            return list(_live)


def _finish_all() -> None:
    """What is being said is finished, within the limit, and recordings are closed. Ctrl-C is silence."""
    streams = _there()  # held until the end, and with them the sinks that are still to be closed
    if not _died_of_ctrl_c():
        with suppress(KeyboardInterrupt):
            _finish([stream for stream in streams if stream.pushed])
    for stream in [*streams, *_there()]:
        stream.cancel()
    Drain.close_sinks()
    Scheduler.wait_for_threads(WORK_LIMIT)


def _died_of_ctrl_c() -> bool:
    is_prompt = hasattr(sys, "ps1")  # there, it was what a line died of
    return not is_prompt and isinstance(getattr(sys, "last_value", None), KeyboardInterrupt)


def _finish(streams: list[Mortal]) -> None:
    for stream in streams:
        stream.end()
    deadline = time.monotonic() + EXIT_LIMIT
    for stream in streams:
        stream.life.wait(max(0.0, deadline - time.monotonic()))


def _before_fork() -> None:
    """Let a voice that has just finished come to rest.

    PyTorch's helpers end a moment after the thread that they have helped; a child that is made in that moment
    may inherit locks of theirs that nobody will open, and wait for ever in its first product of matrices.
    """
    if "torch" in sys.modules and not any(not stream.life.done for stream in _there()):
        Scheduler.wait_for_threads(REST)
        time.sleep(min(REST, max(0.0, Scheduler.rests_since + REST - time.monotonic())))


def _after_fork() -> None:
    Scheduler.forget()
    Drain.forget()
    for stream in list(_live):
        stream.orphan()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork)
