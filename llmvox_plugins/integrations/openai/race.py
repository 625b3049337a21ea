"""Several things at once, of which the first to end ends the others."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

__all__ = ["race"]


async def race(*racers: Coroutine[Any, Any, None]) -> None:
    """Run all until one has ended, then cancel the others and wait for them; raises what the first raised."""
    tasks = [asyncio.ensure_future(racer) for racer in racers]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for task in tasks:
        if task in done:
            task.result()
