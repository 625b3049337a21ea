"""Words of a language that has no spaces: numbers and signs stand in the middle of them."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..languages import Language
from ..piece import Word
from .phrase import Phrase, Reading, Written

__all__ = ["closed_up", "holds_letters_of_both", "read_unspaced"]

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAN_CHARACTER = re.compile(f"[{_HAN}]")
_NOT_HAN = re.compile(rf"[^{_HAN}\s\u3001-\u3006\u3008-\u303f\uff00-\uffef]+")
_SPACE = re.compile(rf"(?<=[{_HAN}]) (?=[{_HAN}])")


def read_unspaced(
    phrase: Phrase, language: Language, read: Callable[[Phrase], Reading | None]
) -> Reading | None:
    """A word that holds Han characters, or stands next to one that does.

    read: how whatever else stands in it is read.
    """
    core, count = phrase.first.core, 1
    holds_han = _HAN_CHARACTER.search(core) is not None
    if not _NOT_HAN.search(core) or not (holds_han or any(map(str.isdigit, core))):
        return None
    after = phrase.core_after() if core[-1].isdigit() else ""
    if after and not _HAN_CHARACTER.match(after):
        if not holds_han:
            return None
        if after in language.units or after in language.currencies or after == "%":
            core, count, after = core + after, 2, ""
    said = language.rewrite(core, phrase.core_before(), after)
    if not holds_han and said == core:
        return None

    def run(found: re.Match[str]) -> str:
        before = said[: found.start()][-1:] or ","
        phrase = Phrase([Written.of(Word(found[0], (0, 0), False))], Word(before, (0, 0), False), final=True)
        reading = read(phrase)
        if reading is None:
            return found[0]
        lead = phrase.first.lead if reading.lead is None else reading.lead
        return lead + reading.said + (phrase.first.trail if reading.trail is None else reading.trail)

    said = _NOT_HAN.sub(run, said)
    return Reading(said, count)


def holds_letters_of_both(text: str) -> bool:
    """Han characters, and capitals among them."""
    return text.lower() != text and _HAN_CHARACTER.search(text) is not None


def closed_up(said: str) -> str:
    """Without the spaces between Han characters."""
    return _SPACE.sub("", said)
