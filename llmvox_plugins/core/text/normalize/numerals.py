"""What numbers look like where a language is written, and how they are taken apart."""

from __future__ import annotations

import re
from functools import lru_cache

from ..languages import Language, Number
from .phrase import Phrase

__all__ = ["gathered", "number_of", "number_pattern", "unit_behind"]


@lru_cache(maxsize=64)
def number_pattern(language: Language) -> str:
    """A regular expression for a number without a sign."""
    group, decimal = re.escape(language.group), re.escape(language.decimal)
    grouped = rf"\d{{1,3}}(?:{group}\d{{3}})+(?!\d)(?:{decimal}\d+)?"
    if language.decimal != ".":
        # "3.14" and "1,234.50" are understood everywhere.
        grouped += r"|\d+\.(?:\d{1,2}|\d{4,})(?!\d)|\d{1,3}(?:,\d{3})+\.\d{1,2}(?!\d)"
    return rf"(?:{grouped}|\d*{decimal}\d+|\d+)"


def number_of(text: str, language: Language, sign: str = "") -> Number:
    """text: of number_pattern()."""
    if language.decimal == "," and 0 <= text.find(",") < text.find("."):
        text = text.replace(",", "")
    groups = text.split(language.group)
    if len(groups) > 1 and all(len(group.partition(language.decimal)[0]) == 3 for group in groups[1:]):
        text = "".join(groups)
    whole, _, fraction = text.replace(language.decimal, ".").partition(".")
    return Number("-" if sign in ("-", "−") else sign, whole, fraction)


def gathered(phrase: Phrase, language: Language) -> tuple[str, int]:
    """The core at the head, with the groups of three digits that may follow: "1 234 567,89 €" is one number.

    Returns the core and how many words it is made of.
    """
    core, count = phrase.first.core, 1
    if language.spaced_groups and re.fullmatch(r"\D*[1-9]\d{0,2}", core):
        while re.match(r"\d{3}(?!\d)", after := phrase.core_after(count - 1)):
            core, count = core + after, count + 1
            if not after.isdigit():
                break
        if count > 1 and language.group != " ":
            core = re.sub(r"^(\D*)(\d+)", lambda found: found[1] + found[2], core)
    return core, count


def unit_behind(phrase: Phrase, index: int, language: Language) -> str:
    """The unit behind the word `index`, if there is one: "5 kg", but not "5 in a row"."""
    after = phrase.core_after(index).replace("^2", "²").replace("^3", "³")
    return after if language.unit(after) and after not in language.units_that_are_words else ""
