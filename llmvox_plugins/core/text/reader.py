"""LLM deltas in, words worth saying out: the text rooms one after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .characters import Characters
from .normalize import Normalizer
from .piece import TextOptions, Word
from .speakable import Speakable
from .words import WordBuffer

__all__ = ["TextReader", "spoken_words"]


class TextReader:
    """Reads one text. Cutting the deltas elsewhere never changes the words or their spans."""

    def __init__(self, options: TextOptions) -> None:
        self._speakable = Speakable(options)
        self._characters = Characters(options)
        self._words = WordBuffer(options)
        self._normalizer = Normalizer(options)

    def feed(self, delta: str) -> list[Word]:
        """Take the next delta, and return the words that no further text can change."""
        return self._normalizer.feed(self._words.feed(self._characters.feed(self._speakable.feed(delta))))

    def flush(self) -> list[Word]:
        """Return what was held back, as if the text ended here; more may be fed afterwards.

        An open code block or reasoning stays open.
        """
        pieces = self._characters.feed(self._speakable.flush()) + self._characters.flush()
        written = self._words.feed(pieces) + self._words.flush()
        return self._normalizer.feed(written) + self._normalizer.flush()


def spoken_words(deltas: str | Iterable[str], language: str = "en") -> Iterator[Word]:
    """The words that are spoken of a text, each as soon as it is certain.

    deltas: the text, or its parts in order.
    language: BCP 47, such as "en" or "en-us".
    """
    reader = TextReader(TextOptions(language=language))
    for delta in (deltas,) if isinstance(deltas, str) else deltas:
        yield from reader.feed(delta)
    yield from reader.flush()
