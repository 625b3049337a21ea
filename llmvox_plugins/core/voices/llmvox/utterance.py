"""What one stream says with LLMVoX: words become sentences, sentences codes, and codes audio, in this order.

The sentence that is being voiced, and the next one, may be in the making at the same time.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from math import inf

from ...audio import AudioChunk
from ...text import Word
from ..base import Notice, Utterance
from .costs import CODES_PER_SECOND
from .pace import Pace
from .passage import Passage

__all__ = ["LLMVoXUtterance"]

_AT_ONCE = 2  # sentences of a stream in the making
_EARLY = 0.5  # seconds of audio that the listener has when what waits for text is voiced as it stands
_CLAUSE_ENDS = (",", ";", ":", "—", "–", "،", "؛", "，", "；", "：", "、")


class LLMVoXUtterance(Utterance):
    """begin: makes the passage of the stream's sentence of that number.
    most_bytes: of a sentence's text; a longer one is split, best where a clause ends.
    """

    def __init__(
        self, begin: Callable[[int], Passage], sample_rate: int, first_window: int, most_bytes: int
    ) -> None:
        self.buffered = 0.0  # when the scheduler last asked
        self.notices: list[Notice] = []
        self.passages: deque[Passage] = deque()  # the first one is being voiced
        self._begin, self._rate, self._first = begin, sample_rate, first_window
        self._most_bytes = most_bytes
        self._writing: Passage | None = None
        self._begun = 0
        self._pace = Pace()
        self._samples = 0

    # text

    def feed(self, words: Sequence[Word]) -> None:
        now = time.monotonic()
        for word in words:
            for part in self._parts(word):
                self._write(part)
            self._pace.wrote(len(word.text.encode(errors="replace")) + 1, now)
            if word.ends_sentence:
                self._complete()

    def flush(self) -> None:
        self._complete()

    def _write(self, word: Word) -> None:
        if self._writing is not None and self._writing.sentence.ended:
            self._writing = None  # it went wrong before its text was complete; the rest is said none the less
        if self._writing is None:
            if not any(map(str.isalnum, word.text)):
                return  # a sentence that begins with a mark, or is one, would be made-up speech
            self._writing = self._begin(self._begun)
            self._begun += 1
            self.passages.append(self._writing)
        written = self._writing.sentence.text_bytes
        if written and written + len(word.text.encode(errors="replace")) + 1 > self._most_bytes:
            self._complete()
            self._write(word)
            return
        self._writing.write(word)
        if word.text.endswith(_CLAUSE_ENDS) and self._writing.sentence.text_bytes > 0.6 * self._most_bytes:
            self._complete()

    def _complete(self) -> None:
        if self._writing is not None:
            self._writing.sentence.close()
            self._pace.rest(self._writing.sentence.text_bytes)
            self._writing = None

    def _parts(self, word: Word) -> Iterator[Word]:
        """The word, in parts if it alone is longer than a sentence may be."""
        most = max(1, self._most_bytes // 4)  # letters of UTF-8 have four bytes at most
        if len(word.text) <= most:
            yield word
            return
        for begin in range(0, len(word.text), most):
            last = begin + most >= len(word.text)
            yield Word(word.text[begin : begin + most], word.span, word.ends_sentence and last)

    # speech

    @property
    def speaks(self) -> bool:
        """Whether some of it has been voiced."""
        return self._samples > 0

    @property
    def begun(self) -> bool:
        """Whether it speaks, or is about to."""
        return self.speaks or any(passage.sentence.place is not None for passage in self.passages)

    @property
    def backlog(self) -> int:
        return sum(len(passage.words) - passage.voiced for passage in self.passages)

    def due(self, buffered: float) -> float:
        self.buffered = buffered
        if any(passage.sentence.can_step for _, passage in self.in_the_making()) or self._nothing_follows:
            return 0.0
        return self._waits(buffered) if self.passages and self.passages[0].pending >= self._first else inf

    def _waits(self, buffered: float) -> float:
        """The sentence waits for text: what there is of it is voiced before the listener runs dry."""
        return max(0.0, buffered - _EARLY) if self.may_begin else inf

    @property
    def _nothing_follows(self) -> bool:
        return bool(self.passages) and self.passages[0].sentence.ended

    def in_the_making(self) -> Iterator[tuple[float, Passage]]:
        """Those whose codes may be wanted now, each with the seconds that its listener has before it."""
        ahead = self.buffered
        for passage in islice(self.passages, _AT_ONCE):
            ahead += passage.pending / CODES_PER_SECOND
            if not passage.sentence.ended:
                yield ahead, passage
            ahead += passage.missing / CODES_PER_SECOND

    @property
    def may_begin(self) -> bool:
        """Whether what is there will last until the text of the sentence is complete."""
        passage = self.passages[0]
        if passage.sentence.complete or passage.sentence.ended:
            return True
        needed = self._pace.codes_needed(passage.sentence.text_bytes)
        return passage.pending + self.buffered * CODES_PER_SECOND >= needed

    def decode(self) -> list[AudioChunk]:
        """The next window of the sentence that is being voiced."""
        passage = self.passages[0]
        chunks = []
        for samples, span in passage.decode():
            chunks.append(AudioChunk(samples, self._rate, self._samples / self._rate, span, estimated=True))
            self._samples += len(samples)
        self.buffered += sum(chunk.duration for chunk in chunks)
        if passage.finished:
            self.passages.popleft()
            if passage.sentence.fault:
                message = f"a sentence went wrong: {passage.sentence.fault.reason}"
                self.notices.append(Notice(passage.span, message))
        return chunks
