"""From a sentence's text to its first audio: through a stream, and with the plain loop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from ..core.model.apart import apart
from ..core.stream import SpeechStream
from .clock import in_turns, timed
from .plain import FIRST_CHUNK, PlainLoop
from .setting import Setting
from .speed import PLAIN
from .subject import Subject
from .texts import FIRST

__all__ = ["FirstAudio", "first_audio"]

_PAUSE = 0.02  # s in which threads come to rest


@dataclass(frozen=True, slots=True)
class FirstAudio:
    """best and median: ms. chunk: ms of audio that come first.
    ratio, median_ratio: the plain loop's time to ours.
    """

    contestant: str
    best: float
    median: float
    chunk: float
    ratio: float
    median_ratio: float


def first_audio(setting: Setting) -> list[FirstAudio]:
    chunks: dict[str, float] = {PLAIN: 1000 * FIRST_CHUNK * setting.plain.codec.hop / 24_000}
    contestants: dict[str, Callable[[], list[float]]] = {PLAIN: lambda: [_plain_chunk(setting.plain)]}
    for name, subject in setting.subjects.items():
        chunks[name] = 1000 * _first_chunk(subject)[1]
        contestants[name] = _turn(subject)
    times = in_turns(contestants, setting.plan.first_audio)
    plain = times[PLAIN]
    return [
        FirstAudio(
            name,
            1000 * own.best,
            1000 * own.median,
            chunks[name],
            plain.best / own.best,
            plain.median / own.median,
        )
        for name, own in times.items()
    ]


def _plain_chunk(plain: PlainLoop) -> float:
    """The second of two on one thread, which has its helpers by then."""
    time.sleep(_PAUSE)
    return apart(lambda: [timed(lambda: next(plain.speak(FIRST, FIRST_CHUNK))) for _ in range(2)][1])


def _turn(subject: Subject) -> Callable[[], list[float]]:
    return lambda: [_first_chunk(subject)[0]]


def _first_chunk(subject: Subject) -> tuple[float, float]:
    """Seconds from the text to the first chunk in a reader's hand, and of that chunk."""
    stream = SpeechStream(subject)
    time.sleep(_PAUSE)
    began = time.perf_counter()
    stream.write(FIRST + " ")
    stream.end()
    chunk = next(iter(stream))
    took = time.perf_counter() - began
    stream.cancel()
    return took, chunk.duration
