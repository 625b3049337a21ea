"""Which words espeak-ng is given next, and which of its samples speak which word. Pure functions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from ...text import Word

__all__ = ["LONGEST_CLAUSE", "Clause", "Stretch", "is_ready", "next_clause", "parts", "stretches"]

# A full stop is not among them: where it does not end a sentence, it belongs to an abbreviation.
_CLAUSE_ENDS = tuple(",;:!?…—–،؛؟۔।॥։።፣፤፥፧၊။、，；：。！？｡､．")
_CLOSERS = "\"')]}”’»›」』）】"
LONGEST_CLAUSE = 40  # words
_LONGEST_TEXT = 200  # characters: some 12 s of speech, made in some 40 ms; spelled out, three times that
_LONGEST_WORD = 64  # characters


class Clause(NamedTuple):
    """What espeak-ng is given at once.

    words: of these it speaks all, but the last where `continues`.
    text: as it is given: the words with single spaces between, perhaps a full stop.
    continues: the last word is only there so that the one before does not sound like the end; it is spoken
        again with what follows it.
    """

    words: tuple[Word, ...]
    text: str
    continues: bool


class Stretch(NamedTuple):
    """Words [first, next) of a clause are spoken by samples [begin, end)."""

    first: int
    next: int
    begin: int
    end: int


def parts(word: Word) -> Iterator[Word]:
    """The word, or what is too long for one, such as a key in hexadecimal, in parts that share its span."""
    for begin in range(0, max(1, len(word.text)), _LONGEST_WORD):
        end = begin + _LONGEST_WORD
        yield word._replace(
            text=word.text[begin:end], ends_sentence=word.ends_sentence and end >= len(word.text)
        )


def is_ready(words: Sequence[Word]) -> bool:
    """Whether `words` begin with a whole clause, or hold more than one may."""
    return _clause_length(words) > 0 or len(words) > _limit(words)


def next_clause(words: Sequence[Word], *, is_all: bool) -> Clause:
    """The first clause of `words`, of which there is at least one, or as much of it as there is.

    is_all: nothing follows for now, so that the last word is an end whatever it looks like.
    """
    if length := _clause_length(words):
        return _ended(words[:length])
    limit = _limit(words)
    if is_all and len(words) <= limit:
        return _ended(words)
    # Bare, "The capital of" is read as the end of a sentence: its last word is 0.04 to 0.2 s longer and 30 Hz
    # lower; before a comma it falls and rises. Before the next word it sounds as in the whole clause.
    fragment = tuple(words[: limit + 1])
    return Clause(fragment, _joined(fragment), continues=len(fragment) > 1)


def _ended(words: Sequence[Word]) -> Clause:
    text = _joined(words)
    is_punctuated = text.rstrip(_CLOSERS).endswith((".", *_CLAUSE_ENDS))
    return Clause(tuple(words), text if is_punctuated else text + ".", continues=False)


def _joined(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)


def _clause_length(words: Sequence[Word]) -> int:
    """How many words make up the first clause; 0 if it is not complete."""
    for count, word in enumerate(words[: _limit(words)], start=1):
        if word.ends_sentence or word.text.rstrip(_CLOSERS).endswith(_CLAUSE_ENDS):
            return count
    return 0


def _limit(words: Sequence[Word]) -> int:
    """How many words one clause may take."""
    lengths = accumulate(len(word.text) + 1 for word in words[:LONGEST_CLAUSE])
    return bisect_right(list(lengths), _LONGEST_TEXT)


def stretches(clause: Clause, positions: Sequence[tuple[int, int]], length: int) -> list[Stretch]:
    """Cut the samples of a clause at its words, leaving out the one that is only there for the sound.

    positions: (index of a character of the text, sample) of what espeak calls a word: several may lie in a
        word, and a word may have none; then it shares the stretch of its neighbour.
    length: samples in all.
    Returns none if nothing is spoken.
    """
    marks = _marks(clause.words, positions, length)
    end = (len(clause.words), length)
    cut = [Stretch(first, next_, begin, end) for (first, begin), (next_, end) in pairwise([*marks, end])]
    return cut[:-1] if clause.continues and len(cut) > 1 else cut


def _marks(words: Sequence[Word], positions: Sequence[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """(index of a word, sample at which it begins), both rising; what comes before the first is its own."""
    starts = [0, *accumulate(len(word.text) + 1 for word in words)]
    marks: list[tuple[int, int]] = []
    reached = -1
    for position, sample in positions:
        index = min(max(bisect_right(starts, position), 1), len(words)) - 1
        if index <= reached:
            continue
        reached = index
        if not marks:
            marks.append((0, 0))
        elif marks[-1][1] < sample < length:
            marks.append((index, sample))
    return marks
