"""From the program to its companion: messages go out, and the other end closes when all has been heard.

Sending never waits, and never fails: what the system does not take at once is kept, and follows.
"""

from __future__ import annotations

import selectors
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from .messages import BYE, HUSH, TOLD

__all__ = ["Line"]

EXIT_LIMIT = 70.0  # seconds for what is being said; the companion has a limit of its own, which is shorter
HUSH_LIMIT = 2.0  # seconds in which it has fallen silent, and closed its recording
LOOK_AROUND = 1.0  # seconds
MOST_AT_ONCE = 2**16  # bytes
MOST_WAITING = 2**23  # bytes that it may leave unread
_QUIETLY = getattr(socket, "MSG_NOSIGNAL", 0)  # a program may want to be killed by SIGPIPE, but not for us


class Line:
    """start: starts the companion, at the other end of a socket."""

    def __init__(self, start: Callable[[socket.socket], None]) -> None:
        self._lock = threading.RLock()  # the handler of a signal, or of an object's end, may send, too
        self._waiting = bytearray()
        self._busy = False  # something is being sent; what comes meanwhile, on this thread, follows
        self._pushing = False  # by a thread of ours
        self._lost = False
        self._ours, theirs = socket.socketpair()
        self._ours.setblocking(False)
        try:
            start(theirs)
        except OSError as error:
            self._lose(str(error))
        finally:
            theirs.close()

    def send(self, message: bytes) -> bool:
        """Returns whether there is anybody at the other end."""
        with self._lock:
            if self._lost:
                return False
            self._waiting += message
            if len(self._waiting) > MOST_WAITING:
                self._lose("the process that speaks hangs")
            elif not self._pushing and not self._push():
                self._push_later()
            return not self._lost

    def finish(self) -> None:
        """Wait until all has been heard."""
        self._end(BYE, EXIT_LIMIT)

    def hush(self) -> None:
        """Wait until there is silence."""
        self._end(HUSH, HUSH_LIMIT)

    def leave(self) -> None:
        """In a forked child: the line is the parent's. Its lock may be held by nobody."""
        self._lost = True
        self._ours.close()

    def _end(self, message: bytes, limit: float) -> None:
        until = time.monotonic() + limit
        if self.send(message) and self._send_all(until):
            with suppress(OSError):
                while self._ready(selectors.EVENT_READ, until):
                    if not self._ours.recv(len(TOLD)):
                        self._lost = True  # as it was to be
                        return

    def _push(self) -> bool:
        """Send what can be sent now; returns whether nothing is left."""
        if self._busy:
            return True
        self._busy = True
        try:
            while self._waiting:
                del self._waiting[: self._ours.send(self._waiting[:MOST_AT_ONCE], _QUIETLY)]
        except BlockingIOError:
            return False
        except OSError:
            self._lose("the process that speaks has died")
        finally:
            self._busy = False
        return True

    def _push_later(self) -> None:
        self._pushing = True
        try:
            threading.Thread(target=self._push_all, name="llmvox-line", daemon=True).start()
        except RuntimeError:  # the interpreter ends, and waits until all is sent
            self._pushing = False

    def _push_all(self) -> None:
        while self._pushing:
            self._ready(selectors.EVENT_WRITE, time.monotonic() + LOOK_AROUND)
            with self._lock:
                self._pushing = not self._push()

    def _send_all(self, until: float) -> bool:
        while self._ready(selectors.EVENT_WRITE, until):
            with self._lock:
                if self._push():
                    return True
        return False

    def _ready(self, event: int, until: float) -> bool:
        """Wait until the socket can be read or written; returns whether it was in time."""
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._ours, event)
                return bool(selector.select(max(0.0, until - time.monotonic())))
        except (OSError, ValueError):
            return False

    def _lose(self, why: str) -> None:
        self._lost = True
        self._waiting.clear()
        told = b""
        with suppress(OSError):
            told = self._ours.recv(len(TOLD))
        self._ours.close()
        if told != TOLD:  # the companion has not said why
            sys.stderr.write(f"llmvox: nothing more will be heard: {why}\n")
