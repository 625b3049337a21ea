"""What a rule sees: the word that is to be said, what stands before it and what comes after.

A rule may look at words that have not come yet: that raises NotYet, and all is tried again when they have.
So a reading depends on the text alone, never on how it was cut.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..languages import Language
from ..piece import Word
from ..sentences import CLOSING, OPENING

__all__ = ["MARKS", "NotYet", "Phrase", "Reading", "Rule", "Written"]

MARKS = "\u0300-\u036f\u064b-\u065f\u0670"  # that combine with the letter before them

_SHAPE = re.compile(
    rf"(?P<lead>[{re.escape(OPENING)}]*(?:[^\W\d_]'(?=\d))?)(?P<core>.*?)(?P<trail>[{re.escape(CLOSING)}.,;:!?…،؛؟。，！？；：、]*)",
    re.DOTALL,
)


class NotYet(Exception):  # noqa: N818  (no error: reading goes on later)
    """The word that was asked for has not been written yet."""


class Written(NamedTuple):
    """A word as it is written: marks before it, itself, marks after it."""

    word: Word
    lead: str
    core: str
    trail: str

    @classmethod
    def of(cls, word: Word) -> Written:
        shape = _SHAPE.fullmatch(word.text)
        assert shape is not None
        lead, core, trail = shape.groups()
        return cls(word, lead, core, trail)

    @property
    def is_bare_behind(self) -> bool:
        """Nothing parts it from the next word."""
        return not self.trail and not self.word.ends_sentence


class Reading(NamedTuple):
    """How the next `size` words are said: words with spaces between.

    lead, trail: the marks around them, where they are not those of the words as written.
    """

    said: str
    size: int = 1
    lead: str | None = None
    trail: str | None = None


class Phrase:
    """The words from the one that is to be said on."""

    def __init__(self, waiting: Sequence[Written], before: Word | None, *, final: bool) -> None:
        self._waiting = waiting
        self._before = before
        self._final = final
        self.first = waiting[0]
        self._cores_after: dict[int, str] = {}  # rules ask for the same ones
        self._core_before: str | None = None

    def without(self, length: int) -> Phrase:
        """The same, but for so many letters at the beginning of its first core."""
        word, lead, core, trail = self.first
        word = word._replace(text=f"{lead}{core[length:]}{trail}")
        first = Written(word, lead, core[length:], trail)
        return Phrase([first, *self._waiting[1:]], self._before, final=self._final)

    def from_second(self) -> Phrase:
        """The same, but for its first word."""
        return Phrase(self._waiting[1:], self._before, final=self._final)

    def __getitem__(self, index: int) -> Written | None:
        """A word of this sentence, or None behind its end. Raises NotYet."""
        for earlier in self._waiting[:index]:
            if earlier.word.ends_sentence:
                return None
        if index < len(self._waiting):
            return self._waiting[index]
        if self._final:
            return None
        raise NotYet

    def core_after(self, index: int = 0) -> str:
        """The next core behind the word `index` if only a space parts them, or "". Raises NotYet."""
        core = self._cores_after.get(index)
        if core is None:
            core = self._cores_after[index] = self._find_core_after(index)
        return core

    def _find_core_after(self, index: int) -> str:
        earlier = self[index]
        if earlier is None or not earlier.is_bare_behind:
            return ""
        word = self[index + 1]
        return "" if word is None or word.lead else word.core

    @property
    def is_first(self) -> bool:
        """In its sentence."""
        return self._before is None

    @property
    def before(self) -> str:
        """The word in front in the same sentence as it stands, or ""."""
        return self._before.text if self._before else ""

    def core_before(self) -> str:
        """The core in front if only a space or a full stop parts it from this one, or ""."""
        if self._core_before is None:
            self._core_before = self._find_core_before()
        return self._core_before

    def _find_core_before(self) -> str:
        if self._before is None or self.first.lead:
            return ""
        before = Written.of(self._before)
        return before.core if before.trail in ("", ".") else ""


Rule = Callable[[Phrase, Language], Reading | None]
