"""Speech made faster or slower at the same pitch: feed() → samples, flush() → the rest.

FFmpeg's `atempo`: waveform similarity overlap-add (WSOLA, Verhelst and Roelands, ICASSP 1993).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import numpy as np

from .audio import Samples
from .encode import ffmpeg_errors
from .errors import ConfigurationError, SinkError

if TYPE_CHECKING:
    from av import AudioFrame

__all__ = ["MAX_SPEED", "MIN_SPEED", "Tempo"]

MIN_SPEED, MAX_SPEED = 0.25, 4.0


class Tempo:
    """One stream of samples at another speed. It holds back some 0.1 s.

    speed: 0.25 to 4; 2 is twice as fast. Raises ConfigurationError outside of it.
    """

    def __init__(self, sample_rate: int, speed: float) -> None:
        if not MIN_SPEED <= speed <= MAX_SPEED:
            raise ConfigurationError(f"speed is from {MIN_SPEED} to {MAX_SPEED}, not {speed}")
        import av

        self._rate = sample_rate
        self._fed = 0
        with ffmpeg_errors("changing the speed failed", SinkError):
            graph = self._graph = av.filter.Graph()
            graph.threads = 1
            self._source = last = graph.add_abuffer(
                sample_rate=sample_rate, format="flt", layout="mono", time_base=Fraction(1, sample_rate)
            )
            for step in _steps(speed):
                tempo = graph.add("atempo", f"{step:.6f}")
                last.link_to(tempo)
                last = tempo
            self._sink = graph.add("abuffersink")
            last.link_to(self._sink)
            graph.configure()

    def feed(self, samples: Samples) -> Samples:
        """Samples, (N,) → those that are ready, (M,). Raises SinkError."""
        if not len(samples):
            return samples
        from av import AudioFrame

        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples)[np.newaxis], "flt", "mono")
        frame.sample_rate, frame.time_base, frame.pts = self._rate, Fraction(1, self._rate), self._fed
        self._fed += len(samples)
        return self._push(frame)

    def flush(self) -> Samples:
        """The audio is complete: the last samples."""
        return self._push(None)

    def _push(self, frame: AudioFrame | None) -> Samples:
        with ffmpeg_errors("changing the speed failed", SinkError):
            self._source.push(frame)
            made = [np.zeros(0, np.float32), *self._made()]
        return np.concatenate(made)

    def _made(self) -> Iterator[Samples]:
        from av.error import BlockingIOError, EOFError

        while True:
            try:
                frame = cast("AudioFrame", self._sink.pull())
            except (BlockingIOError, EOFError):
                return
            yield frame.to_ndarray().reshape(-1).astype(np.float32, copy=False)


def _steps(speed: float) -> list[float]:
    """Factors that `atempo` makes without skipping samples: each from 0.5 to 2."""
    steps = []
    while not 0.5 <= speed <= 2:
        step = 0.5 if speed < 0.5 else 2.0
        steps.append(step)
        speed /= step
    return [*steps, speed]
