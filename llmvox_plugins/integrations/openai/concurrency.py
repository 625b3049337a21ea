"""Several coroutines at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

import anyio

__all__ = ["beside", "merged", "race"]


async def race(*racers: Coroutine[Any, Any, None]) -> None:
    """Run all until one has ended, then cancel the others and wait for them; raises what the first raised."""
    tasks = [asyncio.ensure_future(racer) for racer in racers]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _end(tasks)
    for task in tasks:
        if task in done:
            task.result()


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    """Have work done during the block; at its end the work is over, done or not."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        await _end([task])


async def merged(*makers: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """Until all makers have ended, or one has failed: then all are closed, and its error is raised.

    A maker is at most one part ahead of the reader.
    """
    outbox: asyncio.Queue[bytes | Exception | None] = asyncio.Queue(1)
    tasks = [asyncio.create_task(_make(maker, outbox)) for maker in makers]
    at_work = len(tasks)
    try:
        while at_work:
            part = await outbox.get()
            if isinstance(part, Exception):
                raise part
            if part is None:
                at_work -= 1
            else:
                yield part
    finally:
        await _end(tasks)


async def _make(maker: AsyncGenerator[bytes, None], outbox: asyncio.Queue[bytes | Exception | None]) -> None:
    try:
        async with aclosing(maker):
            async for part in maker:
                await outbox.put(part)
    except Exception as error:  # noqa: BLE001  whoever reads raises it
        await outbox.put(error)
    else:
        await outbox.put(None)


async def _end(tasks: Sequence[asyncio.Future[None]]) -> None:
    """Until all are over, whoever cancels us meanwhile; what they raise is nobody's affair any more."""
    for task in tasks:
        task.cancel()
    with anyio.CancelScope(shield=True):
        await asyncio.wait(tasks)
    for task in tasks:
        _ = task.cancelled() or task.exception()  # else it counts as never looked at
