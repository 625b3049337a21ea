"""Server-sent events out of bytes that come in pieces of any size: feed() → events.

An event keeps its bytes as they came, so that it can be passed on untouched.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import NamedTuple

from ..errors import APIError

__all__ = ["Event", "EventReader", "events"]

MOST_BYTES = 16 * 2**20  # of one event
_LINE_END = rb"(?:\r\n|\n|\r(?=[^\n]))"  # a \r at the end of what has come may be half of a line's end
_EVENT_END = re.compile(_LINE_END + _LINE_END)


class Event(NamedTuple):
    """raw: with the empty line after it; data: what its data lines say, "" for a comment."""

    raw: bytes
    data: str


class EventReader:
    def __init__(self) -> None:
        self._waiting = b""

    def feed(self, part: bytes) -> list[Event]:
        """The events that are complete. Raises APIError if one has no end."""
        looked_at = max(0, len(self._waiting) - 3)  # where an end may have begun
        self._waiting += part
        found = []
        while end := _EVENT_END.search(self._waiting, looked_at):
            found.append(_event(self._waiting[: end.end()]))
            self._waiting, looked_at = self._waiting[end.end() :], 0
        if len(self._waiting) > MOST_BYTES:
            raise APIError(502, "the LLM sent an event without end", type="server_error", code="llm_failed")
        return found

    def flush(self) -> list[Event]:
        """The bytes have ended: what may be an event, though its empty line is missing."""
        waiting, self._waiting = self._waiting, b""
        return [_event(waiting)] if waiting.strip() else []


def _event(raw: bytes) -> Event:
    lines = [line[5:].removeprefix(b" ") for line in raw.splitlines() if line.startswith(b"data:")]
    return Event(raw, b"\n".join(lines).decode(errors="replace"))


async def events(parts: AsyncGenerator[bytes, None]) -> AsyncGenerator[Event, None]:
    reader = EventReader()
    async with aclosing(parts):
        async for part in parts:
            for event in reader.feed(part):
                yield event
    for event in reader.flush():
        yield event
