"""What runs next: two threads for each engine in use, however many streams speak with it.

The text thread reads deltas into words, a slice of each stream in turn, and looks after time limits. The
worker thread owns the engine: it advances those utterances that are due, the listener who will run dry
first before the others. Threads begin with the first stream and end with the last. The scheduler knows
streams only as `Job`s, and holds them weakly: a stream that nobody has any more is simply gone.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import ClassVar, Protocol
from weakref import WeakKeyDictionary, WeakSet

from .audio import AudioChunk
from .errors import VoiceError, foreign
from .voices.base import Engine, Utterance

__all__ = ["Job", "Scheduler"]

_TEXT_THREAD, _VOICE_THREAD = "llmvox-text", "llmvox-voice"
LOOK_AROUND = 1.0  # seconds: the longest that time limits, and streams that are gone, go unnoticed
DOZE = 0.1  # seconds for which the text thread looks for more text by itself, for to wake it costs the agent
NAP = 0.002  # several times what all else about a token does; and seconds between two looks


class Job(Protocol):
    """What a scheduler sees of a stream: two methods for the text thread, the others for the worker."""

    @property
    def utterance(self) -> Utterance: ...

    def read(self) -> bool:
        """Read one slice of text; returns whether there is more."""

    def tick(self, now: float) -> float:
        """Do what time asks for; returns when to be asked again."""

    def due(self, now: float) -> float:
        """Seconds until audio should be made; `inf` while there is no text, or no room for audio."""

    def buffered(self, now: float) -> float:
        """Seconds of audio that the listener still has to hear."""

    def deliver(self, chunks: list[AudioChunk], work: float) -> None:
        """Take the audio that was made, and the seconds that it took."""

    def fail(self, error: Exception) -> None:
        """No more audio will come."""


class Scheduler:
    """Serves one engine. Use `Scheduler.of(engine)`: all streams of an engine must share one."""

    _schedulers: ClassVar[WeakKeyDictionary[Engine, Scheduler]] = WeakKeyDictionary()
    _schedulers_lock = threading.Lock()
    rests_since: ClassVar[float] = 0.0  # when (monotonic) a voice's thread ended last

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a stream may be collected, and so end, wherever this thread is
        self._text = threading.Condition(self._lock)
        self._work = threading.Condition(self._lock)
        self._jobs: WeakSet[Job] = WeakSet()
        self._unread: deque[Job] = deque()
        self._text_sleeps = False
        self._next_tick = math.inf
        self._work_changed = False
        self._threads: set[str] = set()  # the names of those that run

    @classmethod
    def of(cls, engine: Engine) -> Scheduler:
        with cls._schedulers_lock:
            return cls._schedulers.setdefault(engine, cls())

    @classmethod
    def forget(cls) -> None:
        """In a forked child: the threads, and whatever held the locks, stayed in the parent."""
        cls._schedulers_lock = threading.Lock()
        cls._schedulers = WeakKeyDictionary()

    @staticmethod
    def wait_for_threads(limit: float) -> None:
        """Until all have ended, which no stream is left to keep: the interpreter's end would cut them off
        in the middle of a library's work, and some libraries abort the process then."""
        deadline = time.monotonic() + limit
        for thread in threading.enumerate():
            if thread.name in (_TEXT_THREAD, _VOICE_THREAD):
                thread.join(max(0.0, deadline - time.monotonic()))

    def add(self, job: Job, engine: Engine) -> None:
        with self._lock:
            self._jobs.add(job)
            self._next_tick = 0.0
            self._start(_TEXT_THREAD, self._read_all)
            self._start(_VOICE_THREAD, lambda: self._make_all(engine))

    def remove(self, job: Job) -> None:
        with self._lock:
            self._jobs.discard(job)
            if not self._jobs:
                self._text.notify()
                self._work.notify()

    def text_came(self, job: Job) -> None:
        """There is something for read() to do."""
        self._unread.append(job)
        if self._text_sleeps:
            with self._lock:
                self._text.notify()

    def work_came(self) -> None:
        """There may be something to make: words have come, or room for audio."""
        with self._lock:
            self._work_changed = True
            self._work.notify()

    def _start(self, name: str, target: Callable[[], None]) -> None:
        if name not in self._threads:
            self._threads.add(name)
            threading.Thread(target=target, name=name, daemon=True).start()

    def _leave(self, name: str) -> bool:
        """Whether nobody is left to serve: the thread that asks goes then, and comes anew with a stream.

        None lets the other go, which may be in the middle of its work: a second one would get in its way.
        """
        if self._jobs:
            return False
        self._threads.discard(name)
        Scheduler.rests_since = time.monotonic()
        self._text.notify()
        self._work.notify()
        return True

    # the text thread

    def _read_all(self) -> None:
        dozes_until = 0.0
        while True:
            with self._lock:
                if self._leave(_TEXT_THREAD):
                    self._unread.clear()
                    return
                if not self._unread and time.monotonic() >= dozes_until:
                    self._sleep_until_text_comes()
            if self._unread:
                self._read_one()
                dozes_until = time.monotonic() + DOZE
            else:
                time.sleep(NAP)
            if time.monotonic() >= self._next_tick:
                self._tick_all()

    def _sleep_until_text_comes(self) -> None:
        self._text_sleeps = True
        if not self._unread:  # what comes from now on wakes this thread
            self._text.wait(min(LOOK_AROUND, max(0.0, self._next_tick - time.monotonic())))
        self._text_sleeps = False

    def _read_one(self) -> None:
        job = self._unread.popleft()
        if job.read():
            self.text_came(job)
        self._next_tick = min(self._next_tick, job.tick(time.monotonic()))

    def _tick_all(self) -> None:
        with self._lock:
            jobs = list(self._jobs)
        now = time.monotonic()
        self._next_tick = min((job.tick(now) for job in jobs), default=math.inf)
        self._next_tick = min(self._next_tick, now + LOOK_AROUND)

    # the worker thread

    def _make_all(self, engine: Engine) -> None:
        while True:
            delay = self._make_one(engine)
            with self._lock:
                if self._leave(_VOICE_THREAD):
                    return
                if delay and not self._work_changed:
                    self._work.wait(None if delay == math.inf else delay)
                self._work_changed = False

    def _make_one(self, engine: Engine) -> float:
        """One advance() of the most urgent; or, if nothing is due, the seconds until something will be."""
        with self._lock:
            jobs = list(self._jobs)
        now = time.monotonic()
        due = {job: self._due(job, now) for job in jobs}
        ready = [job for job in jobs if due[job] <= 0]
        if not ready:
            return min(due.values(), default=math.inf)
        ready.sort(key=lambda job: job.buffered(now))
        self._advance(engine, ready[: engine.batch_size])
        return 0.0

    def _due(self, job: Job, now: float) -> float:
        try:
            return job.due(now)
        except Exception as error:  # noqa: BLE001  what one stream's words do to a voice is its own affair
            job.fail(foreign(error, VoiceError, "the voice failed"))
            return math.inf

    def _advance(self, engine: Engine, batch: list[Job]) -> None:
        began = time.monotonic()
        try:
            made = engine.advance([job.utterance for job in batch])
        except Exception as error:  # noqa: BLE001  whatever an engine raises ends its streams, never the thread
            for job in batch:
                job.fail(foreign(error, VoiceError, "the voice failed"))
            return
        work = (time.monotonic() - began) / len(batch)
        for job, chunks in zip(batch, made, strict=True):
            job.deliver(chunks, work)
