"""The thread that plays streams into a sink: one for each sink, one stream at a time, in order of start.

So two streams never speak over each other, and a slow sink stalls nobody but those who chose it.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import ClassVar, Protocol
from weakref import WeakKeyDictionary

from .errors import LLMVoxError, SinkStalledError
from .sinks import Sink

__all__ = ["Drain", "Playable"]

log = logging.getLogger("llmvox_plugins")


class Playable(Protocol):
    """What a drain asks of a stream."""

    def play(self, sink: Sink) -> None:
        """Bring all audio into the sink, and return when it has been heard; keeps its own errors."""

    def refuse(self, error: LLMVoxError) -> None:
        """The sink cannot be had: nothing will be heard."""


class Drain:
    """Plays into one sink. Use `Drain.of(sink)`: all streams of a sink must share one."""

    _drains: ClassVar[WeakKeyDictionary[Sink, Drain]] = WeakKeyDictionary()
    _drains_lock = threading.Lock()

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: deque[Playable] = deque()
        self._thread: threading.Thread | None = None
        self._stalled: SinkStalledError | None = None

    @classmethod
    def of(cls, sink: Sink) -> Drain:
        with cls._drains_lock:
            return cls._drains.setdefault(sink, cls())

    @classmethod
    def forget(cls) -> None:
        """In a forked child: the threads, and whatever held the locks, stayed in the parent."""
        cls._drains_lock = threading.Lock()
        cls._drains = WeakKeyDictionary()

    @classmethod
    def close_sinks(cls) -> None:
        """No stream follows, into whatever sink."""
        with cls._drains_lock:
            sinks = list(cls._drains)
        for sink in sinks:
            try:
                sink.close()
            except LLMVoxError as error:
                log.error("%s could not be completed: %s", type(sink).__name__, error)

    def add(self, stream: Playable, sink: Sink) -> None:
        """Play this stream after those before it."""
        with self._lock:
            if self._stalled is None:
                self._queue.append(stream)
                if self._thread is None:
                    self._thread = threading.Thread(
                        target=self._run, args=(sink,), name="llmvox-sink", daemon=True
                    )
                    self._thread.start()
                return
        stream.refuse(self._stalled)

    def stalled(self, error: SinkStalledError) -> None:
        """The sink hangs in a call: until it returns, nobody can use it, so nobody shall wait for it."""
        with self._lock:
            self._stalled = error
            waiting, self._queue = list(self._queue), deque()
        for stream in waiting:
            stream.refuse(error)

    def _run(self, sink: Sink) -> None:
        while True:
            with self._lock:
                if not self._queue:
                    self._thread = None
                    return
                stream = self._queue.popleft()
            stream.play(sink)
            with self._lock:
                self._stalled = None
