"""Torch's work on a thread of its own.

A thread that has computed keeps helpers until it ends. Where there are more of them than cores, they wait
for each other by sleeping, which makes a step twice as slow; and they do not survive a fork: a child would
wait for them for ever. So the threads of users, who may go on for long and may fork, do not compute.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["apart"]

Result = TypeVar("Result")


def apart(work: Callable[[], Result]) -> Result:
    """What `work` returns, or raises, on a new thread."""
    with ThreadPoolExecutor(1, "llmvox-apart") as thread:
        return thread.submit(work).result()
