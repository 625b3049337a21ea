"""Where in the audio the words and sentences of a text are heard: a talk's chunks → marks."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ....core.audio import AudioChunk, Span

__all__ = ["Mark", "Marks"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A word that begins, or a sentence that has been voiced.

    span: in code points of the text. start, end: seconds of the audio; of a word, the end is not known yet.
    """

    kind: Literal["word", "sentence"]
    span: Span
    start: float
    end: float | None = None
    estimated: bool = False


class Marks:
    """sentence_ends: places in the text, which may grow while marks are made. speed: of the audio."""

    def __init__(self, sentence_ends: Sequence[int], speed: float = 1.0) -> None:
        self._ends, self._speed = sentence_ends, speed
        self._ends_passed = 0
        self._word: Span | None = None
        self._sentence: Mark | None = None  # the one being voiced, as far as it has been
        self._heard: tuple[list[float], list[int]] = [], []  # seconds, and the place in the text by then

    def feed(self, chunk: AudioChunk) -> Iterator[Mark]:
        """The marks that come before this chunk's audio."""
        span, start, end = chunk.text_span, chunk.start / self._speed, chunk.end / self._speed
        if span != self._word:
            self._word = span
            if self._has_passed_an_end(span[0]):
                yield from self.flush()
            yield Mark("word", span, start, estimated=chunk.estimated)
        if self._sentence is None:
            self._sentence = Mark("sentence", span, start, end, chunk.estimated)
        begin, last = self._sentence.span
        self._sentence = replace(self._sentence, span=(begin, max(last, span[1])), end=end)
        self._note(span[1], end)

    def flush(self) -> Iterator[Mark]:
        """The audio is complete."""
        sentence, self._sentence = self._sentence, None
        if sentence is not None:
            yield sentence

    def heard_end(self, played: float) -> int:
        """Where in the text the last word ends that is heard in full when so many seconds are."""
        seconds, places = self._heard
        at = bisect_right(seconds, played + 1e-3)
        return places[at - 1] if at else 0

    def _has_passed_an_end(self, place: int) -> bool:
        passed = self._ends_passed
        while self._ends_passed < len(self._ends) and self._ends[self._ends_passed] <= place:
            self._ends_passed += 1
        return self._ends_passed > passed

    def _note(self, place: int, end: float) -> None:
        seconds, places = self._heard
        if places and place <= places[-1]:
            seconds[-1] = end  # more of the same word
        else:
            seconds.append(end)
            places.append(place)
