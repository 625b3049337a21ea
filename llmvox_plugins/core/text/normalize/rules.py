"""Which rules there are, in what order they are asked, and about which words."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from ..languages import Language
from ..piece import Step
from . import addresses, dates, letters, numbers, phones, quantities, signs, times
from .phrase import MARKS, Rule

__all__ = ["Rules", "rules_for"]

_OF_DIGITS: tuple[tuple[Step, Rule], ...] = (
    ("symbols", signs.read_known_form),
    ("addresses", addresses.read_address),
    ("addresses", phones.read_phone),
    ("dates", dates.read_date),
    ("dates", times.read_time),
    ("numbers", numbers.read_version),
    ("numbers", numbers.read_fraction),
    ("numbers", numbers.read_ordinal),
    ("dates", dates.read_years),
    ("units", quantities.read_feet_and_inches),
    ("money", quantities.read_money),
    ("units", quantities.read_measure),
    ("numbers", numbers.read_power_of_ten),
    ("numbers", numbers.read_number),
    ("numbers", signs.read_compound),
)
_NEVER_OF_DIGITS_ALONE = frozenset(
    (
        addresses.read_address,
        numbers.read_version,
        quantities.read_feet_and_inches,
        numbers.read_power_of_ten,
        signs.read_compound,
    )
)
_OF_DIGITS_ALONE = tuple(row for row in _OF_DIGITS if row[1] not in _NEVER_OF_DIGITS_ALONE)
_OF_SIGNS: tuple[tuple[Step, Rule], ...] = (
    ("symbols", signs.read_known_form),
    ("dates", dates.read_calendar_name),
    ("abbreviations", letters.read_abbreviation),
    ("addresses", addresses.read_address),
    ("symbols", signs.read_by),
    ("symbols", signs.read_symbol),
    ("symbols", signs.read_compound),
)
_OF_LETTERS: tuple[tuple[Step, Rule], ...] = (
    ("symbols", signs.read_known_form),
    ("symbols", signs.read_by),
    ("symbols", signs.read_option),
    ("abbreviations", letters.read_abbreviation),
    ("money", quantities.read_code_and_amount),
    ("dates", dates.read_calendar_name),
    ("numbers", letters.read_roman),
    ("acronyms", letters.read_acronym),
)
_DIGIT = re.compile(r"[\d½¼¾⅐-⅞]")
_NOT_ONLY_LETTERS = re.compile(rf"[^\w'\-{MARKS}]|[_²³]|^\W*$")


class Rules(NamedTuple):
    of_digits_alone: tuple[Rule, ...]
    of_digits: tuple[Rule, ...]
    of_signs: tuple[Rule, ...]
    of_letters: tuple[Rule, ...]

    def of(self, core: str) -> tuple[Rule, ...]:
        """The rules that may know how `core` is said."""
        if core.isdecimal():
            return self.of_digits_alone
        if _DIGIT.search(core):
            return self.of_digits
        return self.of_signs if _NOT_ONLY_LETTERS.search(core) else self.of_letters


@lru_cache(maxsize=64)
def rules_for(language: Language, steps: frozenset[Step]) -> Rules:
    return Rules(
        *(
            tuple(rule for step, rule in rows if step in steps)
            for rows in (_OF_DIGITS_ALONE, _OF_DIGITS, _OF_SIGNS, _OF_LETTERS)
        )
    )
