"""Who speaks: what a program asks to be spoken is not spoken by a doorway that listens to everything, too.

An ambient doorway offers the results and runs that it speaks; an explicit one claims them, and whatever is at
work while it draws a stream's next item.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

__all__ = [
    "claim",
    "claim_run",
    "elsewhere",
    "is_claimed",
    "offer",
    "offer_run",
    "release_run",
    "withdraw_run",
]

elsewhere: ContextVar[bool] = ContextVar("llmvox_llama_index_elsewhere", default=False)
"""Whether somebody already speaks for what is at work here."""

Void = Callable[[], None]  # takes back what was said

_results: dict[int, list[Void]] = {}  # by the identity of what was returned
_runs: dict[str, list[Void]] = {}  # by a workflow's run_id
_claimed: set[str] = set()


def offer(result: Any, void: Void) -> None:
    """An ambient doorway speaks this. It is forgotten when it is gone; what cannot tell so is not kept."""
    key = id(result)
    if key not in _results:
        try:
            weakref.finalize(result, _results.pop, key, None).atexit = False
        except TypeError:
            return
    _results.setdefault(key, []).append(void)


def claim(result: Any) -> None:
    """An explicit doorway speaks this."""
    voids = _results.get(id(result), [])
    while voids:
        voids.pop()()


def offer_run(run_id: str, void: Void) -> None:
    _runs.setdefault(run_id, []).append(void)


def withdraw_run(run_id: str, void: Void) -> None:
    """It is over, and was spoken."""
    voids = [each for each in _runs.pop(run_id, []) if each is not void]
    if voids:
        _runs[run_id] = voids


def claim_run(run_id: str) -> None:
    _claimed.add(run_id)
    for void in _runs.pop(run_id, []):
        void()


def is_claimed(run_id: str) -> bool:
    return run_id in _claimed


def release_run(run_id: str) -> None:
    """Nobody speaks it explicitly any more."""
    _claimed.discard(run_id)
