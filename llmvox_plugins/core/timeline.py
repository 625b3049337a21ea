"""One stream's clock: how much audio has been made, how much of it the listener still has, what he has heard.

Plain bookkeeping: times are handed in, no thread and no clock is known here.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from .audio import AudioChunk

__all__ = ["SpokenText", "StreamStats", "Timeline"]


@dataclass(frozen=True, slots=True)
class SpokenText:
    """What was written to a stream, and how far it has been heard.

    Marks that are not spoken (markdown, code) belong to the words before them; the whole text is heard once
    a stream has finished.
    """

    text: str
    heard_end: int

    @property
    def heard(self) -> str:
        return self.text[: self.heard_end]

    @property
    def unheard(self) -> str:
        return self.text[self.heard_end :]


@dataclass(frozen=True, slots=True)
class StreamStats:
    """time_to_first_audio: seconds from the first text written to the first audio made; None before it.
    audio_seconds: audio made so far.
    real_time_factor: seconds of work for a second of audio; None before the first.
    underruns: how often the listener ran dry before the end. Where the sink has no clock, as if he had
        listened in real time from the first chunk on.
    """

    time_to_first_audio: float | None
    audio_seconds: float
    real_time_factor: float | None
    underruns: int


class Timeline:
    """All times in seconds; `now` is any monotonic clock."""

    def __init__(self) -> None:
        self._first_text: float | None = None
        self._first_audio: float | None = None
        self._made = 0.0
        self._work = 0.0
        self._runs_dry: float | None = None  # when the listener has heard all that was made, once he listens
        self._underruns = 0
        self._marks: deque[tuple[float, int]] = deque()  # (end of a chunk, end of its span), not heard yet
        self._heard_end = 0

    def wrote(self, now: float) -> None:
        """Text was written."""
        if self._first_text is None:
            self._first_text = now

    def listening(self, now: float) -> None:
        """The listener took a chunk: his clock runs from the first one on."""
        if self._runs_dry is None:
            self._runs_dry = now + self._made

    def worked(self, seconds: float) -> None:
        """Time was spent on making audio."""
        self._work += seconds

    def made(self, chunk: AudioChunk, now: float) -> None:
        """A chunk is ready for the listener."""
        if self._first_audio is None:
            self._first_audio = now
        if self._runs_dry is not None:
            self._underruns += now > self._runs_dry
            self._runs_dry = max(now, self._runs_dry) + chunk.duration
        self._made += chunk.duration
        self._marks.append((chunk.end, chunk.text_span[1]))

    def buffered(self, now: float) -> float:
        """Seconds of audio that the listener still has to hear."""
        return self._made if self._runs_dry is None else max(0.0, self._runs_dry - now)

    def heard_end(self, played: float) -> int:
        """Where in the text the last word ends that was heard in full, when `played` seconds were."""
        while self._marks and self._marks[0][0] <= played + 1e-3:
            self._heard_end = max(self._heard_end, self._marks.popleft()[1])
        return self._heard_end

    def stats(self, underruns: int | None) -> StreamStats:
        """underruns: the sink's own count, where it has one."""
        first = None
        if self._first_text is not None and self._first_audio is not None:
            first = self._first_audio - self._first_text
        return StreamStats(
            time_to_first_audio=first,
            audio_seconds=self._made,
            real_time_factor=self._work / self._made if self._made else None,
            underruns=self._underruns if underruns is None else underruns,
        )
