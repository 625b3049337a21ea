"""How many streams are held in real time: each has a listener with a clock of his own, who must never wait.

All begin at the same moment, with their whole text: that is the worst for the first audio.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from ..core.model.apart import apart
from ..core.stream import SpeechStream
from .clock import timed
from .plain import PlainLoop
from .setting import Setting
from .speed import PLAIN
from .subject import Subject
from .texts import FIRST, speech

__all__ = ["Held", "Listener", "held", "tried"]

_JITTER = 0.01  # s that a reader's thread may take to be woken
_SOON = 2.0  # s: who hears nothing for longer is not served in real time
_PLAIN_CODES = 390


@dataclass(frozen=True, slots=True)
class Held:
    """streams: at once, each of `seconds` of speech.
    underruns: that listeners met with; counted: that streams counted themselves.
    silence: s that a listener heard instead of speech, the longest of all.
    first_p50, first_p95: s from text to first audio.
    busy: share of the time in which the voice was at work.
    in_time: whether every listener was served to the end without a stop.
    """

    contestant: str
    streams: int
    seconds: float
    underruns: int
    counted: int
    silence: float
    first_p50: float
    first_p95: float
    busy: float
    in_time: bool


def held(setting: Setting, tell: Callable[[str], None] = lambda _: None) -> list[Held]:
    """Every number that was tried, of which the largest in time is the answer."""
    plain = setting.plain
    tries: list[Held] = [apart(lambda: _plain(plain, setting.plan.seconds))]
    counts, subject = setting.plan.streams, setting.quickest
    holds, fails = -1, len(counts)
    while fails - holds > 1:
        middle = (holds + fails) // 2
        tell(f"{counts[middle]} streams of {setting.plan.seconds:g} s each")
        with _unlogged():
            tries.append(tried(subject, counts[middle], setting.plan.seconds))
        if tries[-1].in_time:
            holds = middle
        else:
            fails = middle
    return sorted(tries, key=lambda row: (row.contestant != PLAIN, row.streams))


def _plain(plain: PlainLoop, seconds: float) -> Held:
    """One stream, if it is made faster than it is heard. One sentence is enough to see that."""
    codes = min(_PLAIN_CODES, int(75 * seconds))
    first = timed(lambda: next(plain.speak(FIRST, codes)))
    spoken: list[float] = []
    took = timed(lambda: spoken.extend(len(samples) / 24_000 for samples in plain.speak(FIRST, codes)))
    busy = took / sum(spoken)
    return Held(PLAIN, 1, sum(spoken), 0, 0, 0.0, first, first, busy, in_time=busy < 1)


class Listener(threading.Thread):
    """Hears a stream in real time, and notes when he had to wait."""

    def __init__(self, stream: SpeechStream) -> None:
        super().__init__(daemon=True)
        self.stream = stream
        self.wrote = 0.0
        self.first: float | None = None
        self.heard = self.silence = 0.0
        self.underruns = 0

    def write(self, text: str) -> None:
        self.wrote = time.monotonic()
        self.stream.write(text)
        self.stream.end()

    def run(self) -> None:
        plays_until = 0.0
        began = time.monotonic()
        for chunk in self.stream:
            now = time.monotonic()
            if self.first is None:
                self.first, plays_until = now - self.wrote, now
            elif now - began > _JITTER:
                self.underruns += 1
                self.silence += now - began
                plays_until = now
            self.heard += chunk.duration
            plays_until += chunk.duration
            time.sleep(max(0.0, plays_until - time.monotonic()))
            began = time.monotonic()


@contextmanager
def _unlogged() -> Iterator[None]:
    """Sentences that know no end are stopped by their guard, which is worth a warning elsewhere."""
    log = logging.getLogger("llmvox_plugins")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)


def tried(subject: Subject, count: int, seconds: float) -> Held:
    listeners = [Listener(SpeechStream(subject)) for _ in range(count)]
    for listener in listeners:
        listener.start()
    began = time.monotonic()
    for number, listener in enumerate(listeners):
        listener.write(speech(seconds, number))
    latest = began + 1.2 * seconds + 2 * _SOON
    for listener in listeners:
        listener.join(max(0.0, latest - time.monotonic()))
    finished = not any(listener.is_alive() for listener in listeners)
    took = time.monotonic() - began
    row = _row(subject, listeners, took, finished)
    for listener in listeners:
        listener.stream.cancel()
        listener.join()
    return row


def _row(subject: Subject, listeners: Sequence[Listener], took: float, finished: bool) -> Held:
    firsts = [took if listener.first is None else listener.first for listener in listeners]
    stats = [listener.stream.stats for listener in listeners]
    work = sum(own.audio_seconds * (own.real_time_factor or 0.0) for own in stats)
    underruns, counted = sum(own.underruns for own in listeners), sum(own.underruns for own in stats)
    return Held(
        subject.precision,
        len(listeners),
        sum(listener.heard for listener in listeners) / len(listeners),
        underruns,
        counted,
        max(listener.silence for listener in listeners),
        float(np.percentile(firsts, 50)),
        float(np.percentile(firsts, 95)),
        min(1.0, work / took),
        in_time=finished and not underruns and not counted and max(firsts) <= _SOON,
    )
