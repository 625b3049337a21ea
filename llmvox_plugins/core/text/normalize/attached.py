"""Numbers that words are written onto: "و5" is "and five", "ال20" or "ال 20" "the twentieth"."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..languages import Language
from .phrase import Phrase, Reading

__all__ = ["read_attached"]

_LETTERS_AND_NUMBER = re.compile(r"([^\W\d_]{1,3})([-+]?[^\w\s]?[\d½¼¾⅐-⅞].*)", re.DOTALL)


def read_attached(
    phrase: Phrase, language: Language, read: Callable[[Phrase], Reading | None]
) -> Reading | None:
    """One of the language's `attached` and a number.

    read: how the number, and what follows it, is read.
    """
    core, first = phrase.first.core, phrase.first
    if core in language.attached and first.is_bare_behind and phrase.core_after()[:1].isdigit():
        prefix, behind, size = core, phrase.from_second(), 1
    elif (found := _LETTERS_AND_NUMBER.fullmatch(core)) and found[1] in language.attached:
        prefix, behind, size = found[1], phrase.without(len(found[1])), 0
    else:
        return None
    reading = read(behind)
    if reading is None:
        return None
    digits = behind.first.core
    number = int(digits) if digits.isdigit() and reading.size == 1 else None
    said = language.attach(prefix, reading.said, number, phrase.core_before())
    return reading._replace(said=said, size=size + reading.size)
