"""Where a stream's text waits, and how it is read into words.

write() and end() come from whoever writes; read() and release() from the voice's text thread. The inbox is
bounded: write() says so with an error, write_when_room() waits.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator

from .errors import InboxFullError
from .text import TextOptions, TextReader, Word

__all__ = ["Inbox", "slices"]

SLICE = 1024  # characters read at a time: a few milliseconds at most, so that many streams share the thread


class Inbox:
    """limit: characters that may wait unread."""

    def __init__(self, options: TextOptions, limit: int) -> None:
        self._reader = TextReader(options)
        self._limit = limit
        self._changed = threading.Condition()
        self._deltas: deque[str] = deque()
        self._written: list[str] = []
        self._waiting = 0
        self._ended = False
        self._closed = False
        self._read_since_release = False
        self.last_text = time.monotonic()
        self.finished = False  # the end was read: no word will follow

    @property
    def text(self) -> str:
        """All that has been written."""
        with self._changed:
            self._written[:] = ["".join(self._written)]
            return self._written[0]

    @property
    def readable(self) -> bool:
        """Whether read() would do anything."""
        return not self.finished and (self._waiting > 0 or self._ended)

    @property
    def holds_back(self) -> bool:
        """Whether all was read, and release() might have something more."""
        return self._read_since_release and not self._waiting

    def write(self, delta: str) -> None:
        """Raises InboxFullError, and takes nothing, if more than the limit would wait."""
        with self._changed:
            if self._waiting + len(delta) > self._limit:
                raise InboxFullError(
                    f"{self._waiting} characters wait to be spoken and {len(delta)} more came, but the inbox "
                    f"holds {self._limit}: write in pace with the speech, or use write_all(), which waits"
                )
            self._append(delta)

    def write_when_room(self, delta: str) -> None:
        """Waits until the delta fits, or has the inbox to itself; drops it once the inbox is closed."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or not self._waiting or self._waiting + len(delta) <= self._limit
            )
            if not self._closed:
                self._append(delta)

    def end(self) -> None:
        self._ended = True

    def close(self) -> None:
        """Nobody will read any more: forget what waits, and release who waits."""
        with self._changed:
            self._closed = True
            self._deltas.clear()
            self._waiting = 0
            self._changed.notify_all()

    def read(self) -> list[Word]:
        """The words of the next slice of text; at the end of the text, the last ones too."""
        ended = self._ended  # looked at first: what was written before the end is read before it
        text = self._take()
        self._read_since_release = True
        words = self._reader.feed(text) if text else []
        if ended and not self._waiting:
            words += self._reader.flush()
            self.finished = True
        return words

    def release(self) -> list[Word]:
        """The words held back in case more text would change them, as if the text ended here."""
        self._read_since_release = False
        return self._reader.flush()

    def _append(self, delta: str) -> None:
        self.last_text = time.monotonic()
        self._waiting += len(delta)
        self._written.append(delta)
        self._deltas.extend(slices(delta))

    def _take(self) -> str:
        with self._changed:
            taken: list[str] = []
            size = 0
            while self._deltas and size < SLICE:
                taken.append(self._deltas.popleft())
                size += len(taken[-1])
            self._waiting -= size
            self._changed.notify_all()
            return "".join(taken)


def slices(text: str) -> Iterator[str]:
    """A long text in parts that are read in one go."""
    return (text[begin : begin + SLICE] for begin in range(0, len(text), SLICE))
