"""A sentence of a stream from its words to its audio: what has been voiced of it, and which word that was.

The model does not say where a word is heard. That is estimated from the speaking rate while the sentence is
in the making, and once its length is known what is left of the words is spread over what is left of it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from ...audio import Samples, Span
from ...text import Word
from .sentence import Sentence
from .window import Windows

__all__ = ["Passage", "SpeakingRate", "Stretch"]

_FADE_OUT = 2400  # samples, 0.1 s, where a sentence was stopped
_FADE_OUT_CODES = 8


class Stretch(NamedTuple):
    """Samples, and the span of the words that they are thought to say."""

    samples: Samples
    span: Span


class SpeakingRate:
    """How many codes a byte of text takes: a running mean over the sentences that a voice has spoken."""

    def __init__(self, codes_per_byte: float = 5.0) -> None:
        self.codes_per_byte = codes_per_byte

    def observe(self, codes: int, text_bytes: int) -> None:
        """A sentence came to its natural end."""
        weight = min(0.2, text_bytes / 1000)
        self.codes_per_byte += weight * (codes / text_bytes - self.codes_per_byte)


class Passage:
    """largest: codes that are decoded at once, so that nobody else waits for long."""

    def __init__(
        self, sentence: Sentence, windows: Windows, rate: SpeakingRate, hop: int, largest: int
    ) -> None:
        self.sentence = sentence
        self.words: list[Word] = []
        self.voiced = 0  # words heard to their end
        self._windows, self._rate, self._hop, self._largest = windows, rate, hop, largest

    def write(self, word: Word) -> None:
        self.sentence.write(word.text)
        self.words.append(word)

    @property
    def pending(self) -> int:
        """Codes that a window could be made of."""
        return len(self.sentence.codes) - self._windows.done

    @property
    def missing(self) -> float:
        """Codes that are thought to be still to come, going by the text that is there."""
        usual = self._rate.codes_per_byte * self.sentence.text_bytes
        return 0.0 if self.sentence.ended else max(0.0, usual - len(self.sentence.codes))

    @property
    def finished(self) -> bool:
        """Whether all of it has been voiced."""
        return self.voiced == len(self.words) and self.sentence.ended

    @property
    def span(self) -> Span:
        return self.words[0].span[0], self.words[-1].span[1]

    @property
    def next_window(self) -> int:
        """Codes of the window that decode() will take."""
        return min(self.pending, self._largest)

    def decode(self) -> list[Stretch]:
        """The next window's audio, cut where its words are thought to end."""
        begin, codes = self._windows.done, self._useful()
        last = self.sentence.ended and len(codes) - begin <= self._largest
        samples = np.clip(self._windows.next(codes[: begin + self._largest], last=last), -1, 1)
        if last:
            self._settle(samples)
        return list(self._cut(samples, begin, len(codes) if self.sentence.ended else None))

    def _useful(self) -> list[int]:
        codes, fault = self.sentence.codes, self.sentence.fault
        if fault is None:
            return codes
        return codes[: max(self._windows.done + _FADE_OUT_CODES, len(codes) - fault.useless)]

    def _settle(self, samples: Samples) -> None:
        if self.sentence.fault:
            count = min(len(samples), _FADE_OUT)
            samples[len(samples) - count :] *= np.linspace(1, 0, count, dtype=np.float32)
        else:
            self._rate.observe(len(self.sentence.codes), self.sentence.text_bytes)

    def _cut(self, samples: Samples, begin: int, whole: int | None) -> Iterator[Stretch]:
        """begin: the frame at which the samples begin; whole: frames of the sentence, once that is known."""
        at, first = 0, self.voiced
        for end in self._ends(begin, begin + len(samples) // self._hop, whole):
            cut = max(at, min(len(samples), round((end - begin) * self._hop)))
            self.voiced += 1
            if cut > at:
                yield Stretch(samples[at:cut], self._span(first, self.voiced))
                at, first = cut, self.voiced
        if at < len(samples):
            last = min(self.voiced, len(self.words) - 1)
            yield Stretch(samples[at:], self._span(min(first, last), last + 1))

    def _ends(self, begin: int, end: int, whole: int | None) -> list[float]:
        """The frames at which those words end that end by frame `end`, the first not voiced one first."""
        lengths = [_bytes(word) for word in self.words[self.voiced :]]
        if whole is None:
            before = sum(_bytes(word) for word in self.words[: self.voiced])
            ends = [length * self._rate.codes_per_byte for length in accumulate(lengths, initial=before)][1:]
        else:
            each = (whole - begin) / max(1, sum(lengths))
            ends = [begin + length * each for length in accumulate(lengths)]
        if end == whole:
            return ends
        return ends[: min(bisect_right(ends, end), max(0, len(lengths) - 1))]

    def _span(self, first: int, end: int) -> Span:
        words = self.words[first:end]
        return words[0].span[0], max(word.span[1] for word in words)


def _bytes(word: Word) -> int:
    return len(word.text.encode(errors="replace")) + 1
