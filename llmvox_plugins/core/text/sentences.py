"""Where a sentence ends, as somebody would hear it, and what has to follow before that is known."""

from __future__ import annotations

import re
from enum import Enum

from .languages import Language

__all__ = ["CLOSING", "OPENING", "PAUSES", "TERMINALS", "WIDE_STOPS", "Need", "Sentence"]

OPENING = "\"'([{«‹「『（【《〈¿¡"
CLOSING = "\"')]}»›」』）】》〉"
WIDE_STOPS = "。！？，、；：｡"
TERMINALS = frozenset(".!?…。！？｡؟۔।॥։።")
PAUSES = frozenset(",;:،؛、，；：")

_INITIALS = re.compile(r"[^\W\d_](?:\.-?[^\W\d_])+|[^\W\d_a-z]")
_ROMAN = re.compile(r"(?:[IVXL]{2,}|[VX])\b")
_LIST_NUMBER = re.compile(r"\d{1,3}")
_ORDINAL = re.compile(r"\d{1,3}|\d{1,2}\.\d{1,2}|[IVXL]{1,6}")
_LEADING_LETTERS = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")

# A sentence of so many characters ends at the next of: a pause that may end one; a comma; a word that joins
# sentences; any word.
_LONG, _LONGER, _VERY_LONG, _LONGEST = 240, 320, 400, 500


class Need(Enum):
    """What has to follow before it is known whether a word ends its sentence."""

    NOTHING = 0
    LETTER = 1
    WORD = 2


class Sentence:
    """Where a sentence ends, as somebody would hear it."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._shortened_ends = tuple(language.shortened_ends)
        self._length = 0
        self.is_first = True  # no word since the last break

    def advance(self, text: str, ends: bool) -> None:
        self.is_first = False
        self._length = 0 if ends else self._length + len(text) + 1

    def need(self, text: str) -> Need:
        """What must follow `text` before ends_at() can answer."""
        stem = text.rstrip(CLOSING)
        last = stem[-1:]
        if last in WIDE_STOPS and last not in PAUSES:
            return Need.NOTHING
        if last in PAUSES:
            return Need.LETTER
        if last not in TERMINALS:
            return Need.WORD if self._length > _VERY_LONG else Need.LETTER
        name = stem[:-1].lstrip(OPENING)
        if last == "." and not name.endswith("."):
            if self._only_shortens(name):
                return Need.NOTHING
            if self._may_be_a_name(name):
                return Need.WORD
            if name.lower() in self._language.before_number:
                return Need.WORD
            if name.lower() in self._language.endings:
                return Need.LETTER
        if last in ".…" and (last == "…" or name.endswith(".")):
            return Need.LETTER
        if stem != text or name.lower() in self._language.endings:
            return Need.LETTER
        return Need.LETTER if self._language.spaced_quotes else Need.NOTHING

    def ends_at(self, text: str, following: str) -> bool:
        """Whether the sentence ends with `text`.

        following: the next letter, the next word, or nothing, as need() has asked for.
        """
        stem = text.rstrip(CLOSING)
        if stem[-1:] not in TERMINALS:
            return self._is_long_enough(stem, following)
        name = stem[:-1].lstrip(OPENING)
        if stem.endswith(".") and not name.endswith("."):
            if self._only_shortens(name):
                return False
            if self._may_be_a_name(name):
                return self._starts_sentence(following)
            if name.lower() in self._language.before_number:
                return not (following[:1].isdigit() or following[:1].islower() or _ROMAN.match(following))
            if name.lower() in self._language.endings:
                return not (following[:1].isdigit() or following[:1].islower())
        return not following[:1].islower()

    def _only_shortens(self, name: str) -> bool:
        """A full stop behind `name` shortens it, or makes an ordinal of a list's number."""
        if self.is_first and _LIST_NUMBER.fullmatch(name):
            return True
        return name.lower() in self._language.abbreviations and self._language.is_written_alike(name)

    def _may_be_a_name(self, name: str) -> bool:
        """A capital may follow in mid-sentence: initials, "U.S.", "Inc."; "3." where that is an ordinal."""
        if self._language.ordinal_stop and _ORDINAL.fullmatch(name):
            return True
        if _INITIALS.fullmatch(name) or name in self._language.abbreviation_parts:
            return True
        name = name.lower()
        return name in self._language.name_endings or name.endswith(self._shortened_ends)

    def _starts_sentence(self, word: str) -> bool:
        word = word.lstrip(OPENING)
        if not word[:1].isupper():
            return False
        match = _LEADING_LETTERS.match(word)
        return match is not None and not self._language.starters.isdisjoint(match.group().lower().split("'"))

    def _is_long_enough(self, stem: str, following: str) -> bool:
        length = self._length + len(stem)
        if length > _LONGEST:
            return True
        if stem[-1:] in PAUSES:
            return length > (_LONGER if stem[-1] in ",،、，" else _LONG)
        return length > _VERY_LONG and following.lower() in self._language.joiners
