"""Tells that a model's call has vanished: one that is cancelled on an event loop ends without a callback.

LangChain awaits a bare model's `ainvoke` in a way that tells no handler of a cancellation. The call's frames
hold the UUID of its run; once they are gone, so is it. So nobody here may hold it: runs are kept by number.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import UUID
from weakref import finalize

__all__ = ["when_vanished"]


def when_vanished(run_id: UUID, callback: Callable[[], object]) -> finalize[..., UUID] | None:
    """Call back, from the running event loop, if the run vanishes before this is detached.

    None where no loop runs: there every call tells of its end.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None
    watch = finalize(run_id, _tell, loop, callback)
    watch.atexit = False
    return watch


def _tell(loop: asyncio.AbstractEventLoop, callback: Callable[[], object]) -> None:
    # Objects may go at any time, in the middle of other work: the loop has it done when that is over.
    if not loop.is_closed():
        loop.call_soon_threadsafe(callback)
