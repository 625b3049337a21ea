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

FADE_OUT = np.linspace(1, 0, 2400, dtype=np.float32)  # 0.1 s, where a sentence was stopped
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
    def __init__(self, sentence: Sentence, windows: Windows, rate: SpeakingRate, hop: int) -> None:
        self.sentence = sentence
        self.words: list[Word] = []
        self.voiced = 0  # words heard to their end
        self._windows, self._rate, self._hop = windows, rate, hop

    def write(self, word: Word) -> None:
        self.sentence.write(word.text)
        self.words.append(word)

    @property
    def pending(self) -> int:
        """Codes that a window could be made of."""
        return len(self.sentence.codes) - self._windows.done

    @property
    def finished(self) -> bool:
        """Whether all of it has been voiced."""
        return self.voiced == len(self.words) and self.sentence.ended

    @property
    def span(self) -> Span:
        return self.words[0].span[0], self.words[-1].span[1]

    def decode(self) -> list[Stretch]:
        """The next window's audio, cut where its words are thought to end."""
        sentence, begin = self.sentence, self._windows.done
        codes = sentence.codes
        if sentence.fault:  # some are kept to fade out
            codes = codes[: max(begin + _FADE_OUT_CODES, len(codes) - sentence.fault.useless)]
        samples = np.clip(self._windows.next(codes, last=sentence.ended), -1, 1)
        if sentence.ended:
            self._settle(samples)
        return list(self._cut(samples, begin))

    def _settle(self, samples: Samples) -> None:
        if self.sentence.fault:
            count = min(len(samples), len(FADE_OUT))
            samples[len(samples) - count :] *= FADE_OUT[len(FADE_OUT) - count :]
        else:
            self._rate.observe(len(self.sentence.codes), self.sentence.text_bytes)

    def _cut(self, samples: Samples, begin: int) -> Iterator[Stretch]:
        """begin: the frame at which the samples begin."""
        ends = self._ends(begin, begin + len(samples) // self._hop)
        at, first = 0, self.voiced
        for end in ends:
            cut = max(at, min(len(samples), round((end - begin) * self._hop)))
            self.voiced += 1
            if cut > at:
                yield Stretch(samples[at:cut], self._span(first, self.voiced))
                at, first = cut, self.voiced
        if at < len(samples):
            last = min(self.voiced, len(self.words) - 1)
            yield Stretch(samples[at:], self._span(min(first, last), last + 1))

    def _ends(self, begin: int, end: int) -> list[float]:
        """The frames at which those words end that end before frame `end`, the first not voiced one first."""
        lengths = [len(word.text.encode(errors="replace")) + 1 for word in self.words[self.voiced :]]
        if self.sentence.ended:
            each = (end - begin) / max(1, sum(lengths))
            return [begin + length * each for length in accumulate(lengths)]
        before = sum(len(word.text.encode(errors="replace")) + 1 for word in self.words[: self.voiced])
        ends = [length * self._rate.codes_per_byte for length in accumulate(lengths, initial=before)][1:]
        return ends[: min(bisect_right(ends, end), max(0, len(lengths) - 1))]

    def _span(self, first: int, end: int) -> Span:
        words = self.words[first:end]
        return words[0].span[0], max(word.span[1] for word in words)
