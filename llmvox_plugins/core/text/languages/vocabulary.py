"""What a language must be told before it can read signs out: words for them, and how they are written.

Whatever is left out is said as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar, NamedTuple

__all__ = ["Noun", "Number", "Vocabulary", "word_set"]


def word_set(text: str) -> frozenset[str]:
    """The words of a text, in no order."""
    return frozenset(text.split())


class Number(NamedTuple):
    """A number as it is written. sign: "", "-" or "+". whole, fraction: ASCII digits, perhaps none."""

    sign: str
    whole: str
    fraction: str = ""

    @property
    def value(self) -> float:
        return float(f"{self.whole or '0'}.{self.fraction}")

    @property
    def is_one(self) -> bool:
        return not self.fraction and self.whole.lstrip("0") == "1"


class Noun(NamedTuple):
    """What is counted. gender: "m", "f", "n" or "" where numbers have none.

    few: the form for 3 to 10, and two: for 2, where the language has them (Arabic).
    """

    one: str
    other: str
    gender: str = ""
    two: str = ""
    few: str = ""


class Vocabulary:
    """The data of a language; it is to be filled in by a class for each."""

    tag: ClassVar[str] = ""
    attached: ClassVar[frozenset[str]] = frozenset()  # words that are written onto a number behind them
    oblique_after: ClassVar[frozenset[str]] = frozenset()  # prepositions: numbers behind them are oblique()
    unspaced: ClassVar[bool] = False  # no spaces part its words: rewrite() is asked about them

    # Sentences. All in lower case, without their last full stop.
    abbreviations: ClassVar[Mapping[str, str]] = {}  # what they stand for; a sentence goes on
    endings: ClassVar[Mapping[str, str]] = {}  # those that may also end a sentence
    name_endings: ClassVar[Mapping[str, str]] = {}  # likewise, but behind them names go on, too
    before_number: ClassVar[Mapping[str, str]] = {}  # those that are one only before a number
    shortened_ends: ClassVar[Mapping[str, str]] = {}  # ends of words, with a full stop: "Hauptstr."
    starters: ClassVar[frozenset[str]] = frozenset()  # words that begin a sentence, if they are capitalised
    joiners: ClassVar[frozenset[str]] = frozenset()  # words before which a long sentence may be split
    capitalised: ClassVar[frozenset[str]] = frozenset()  # abbreviations that are words in lower case: "sun"
    dotless: ClassVar[frozenset[str]] = frozenset()  # abbreviations that may stand without a full stop
    homographs: ClassVar[Mapping[str, tuple[str, str]]] = {}  # (before a name, otherwise): "St."
    spaced_quotes: ClassVar[bool] = False  # a closing quote may stand apart: « Oui ! » dit-il
    date_heads: ClassVar[frozenset[str]] = frozenset()  # words before "3.10." that make it a date
    ordinal_stop: ClassVar[bool] = False  # "3." is "third"

    # Numbers
    group: ClassVar[str] = ","
    decimal: ClassVar[str] = "."
    cardinals: ClassVar[Mapping[str, str]] = {"": "spellout-numbering"}  # CLDR's rules by gender
    ordinals: ClassVar[Mapping[str, str]] = {}
    ordinal_suffixes: ClassVar[Mapping[str, str]] = {}  # "st" and the like, and the gender that they show
    year_rules: ClassVar[str] = "spellout-numbering"
    point: ClassVar[str] = ""
    minus: ClassVar[str] = ""
    plus: ClassVar[str] = ""
    range_word: ClassVar[str] = ""
    percent: ClassVar[str] = ""
    per: ClassVar[str] = ""
    times: ClassVar[str] = ""  # said of "2x" and "3 × 4"
    over: ClassVar[str] = ""  # said of a fraction that has no name
    out_of: ClassVar[str] = ""  # said of a score: "8/10"
    best_scores: ClassVar[frozenset[int]] = frozenset((10, 100))
    by: ClassVar[str] = ""  # said of sizes: "3 x 4 m"
    scales: ClassVar[Mapping[str, tuple[str, str]]] = {}  # "million", "M", "bn" → said of 1, and of more
    scale_gender: ClassVar[str] = ""
    thousand: ClassVar[str] = ""  # the scale that is one number with what it counts: "5k" is 5000

    spaced_groups: ClassVar[bool] = False  # "1 234 567" is one number
    attributive_after: ClassVar[frozenset[str]] = frozenset()  # "a" $5 bill: the noun is in the singular
    labels: ClassVar[frozenset[str]] = frozenset()  # words before a number that is a name: "Seat 14B"
    digit_heads: ClassVar[frozenset[str]] = frozenset()  # words before a number that is read digit by digit
    comparisons: ClassVar[Mapping[str, str]] = {}  # before a number: "~5", ">5"
    phone: ClassVar[re.Pattern[str]] = re.compile(r"(?!)")  # numbers as they are written only there

    # Things
    currencies: ClassVar[Mapping[str, tuple[Noun, Noun]]] = {}  # by sign and by code: (unit, hundredth)
    units: ClassVar[Mapping[str, Noun]] = {}
    directions: ClassVar[Mapping[str, str]] = {}  # behind degrees: "40.8° N"
    units_that_are_words: ClassVar[frozenset[str]] = frozenset("in a I A B".split())  # behind a space
    months: ClassVar[tuple[str, ...]] = ()
    month_abbreviations: ClassVar[Mapping[str, str]] = {}  # in lower case, without a full stop
    weekday_abbreviations: ClassVar[Mapping[str, str]] = {}  # likewise
    other_months: ClassVar[Mapping[str, int]] = {}  # further names, in lower case, and their numbers
    month_first: ClassVar[bool] = False  # 1/2/2024 is the second of January
    year_heads: ClassVar[frozenset[str]] = frozenset()  # words that a year follows
    time_signs: ClassVar[str] = ":"  # "h" among them if "14h30" is a time, "." if "14.30 Uhr" is
    has_halves: ClassVar[bool] = False  # "5 p.m."
    hour_heads: ClassVar[frozenset[str]] = frozenset()  # words that a time follows, even if it is but an hour
    clock_words: ClassVar[frozenset[str]] = frozenset()  # what may follow a time and is said within it
    clock_tails: ClassVar[Mapping[str, str]] = {}  # what may follow a time with minutes and is said behind it

    # Signs
    symbols: ClassVar[Mapping[str, str]] = {}  # on their own: "&", "+", "@" …
    slash: ClassVar[str] = ""
    dot: ClassVar[str] = ""
    at: ClassVar[str] = ""
    spelled_domains: ClassVar[frozenset[str]] = frozenset()  # the last parts of an address that are spelled
    dash: ClassVar[str] = ""
    underscore: ClassVar[str] = ""
    colon: ClassVar[str] = ""
    tilde: ClassVar[str] = ""
    backslash: ClassVar[str] = ""
    hash: ClassVar[str] = ""
    words: ClassVar[Mapping[str, str]] = {}  # written forms and how they are said: "C++", "w/o", "24/7"
    version: ClassVar[str] = ""
    versioned: ClassVar[frozenset[str]] = frozenset()  # names that a version follows, in lower case
    acronyms_read: ClassVar[frozenset[str]] = frozenset()  # capitals that are read as a word
    acronyms_spelled: ClassVar[frozenset[str]] = frozenset()  # those with vowels that are spelled
    short_words: ClassVar[frozenset[str]] = frozenset()  # up to three capitals that may only be emphasis
    regnal_names: ClassVar[frozenset[str]] = frozenset()  # that Roman ordinals follow
    roman_heads: ClassVar[frozenset[str]] = frozenset()  # words that Roman cardinals follow
    roman_letters: ClassVar[str] = "VX"  # Roman numerals of one letter that are not also words
    roman_ordinal: ClassVar[re.Pattern[str]] = re.compile(r"(?!)")  # a Roman numeral, one of ordinal_suffixes
    code_block: ClassVar[str] = ""  # said in place of one
    math: ClassVar[Mapping[str, str]] = {}  # signs as they are said in formulas, where otherwise than symbols

    @cached_property
    def formula_words(self) -> Mapping[str, str]:
        """What is said of signs within a formula; nothing is known where that is empty."""
        return {**self.symbols, **self.math} if self.math else {}

    @cached_property
    def known_forms(self) -> frozenset[str]:
        """Words of letters only that are not read as they stand, as they are capitalised."""
        days = [name.capitalize() for name in self.weekday_abbreviations]
        names = {name.capitalize() for name in self.month_abbreviations}.union(days)
        names |= {f"{low}-{high}" for low in days for high in days}
        names |= {word.capitalize() for word in self.words} | {"I", "V", "X", "x"}
        names |= {name.capitalize() for name in self.dotless}
        return frozenset(self.words) | names | self.attached

    def is_written_alike(self, name: str) -> bool:
        """Whether a word may be the abbreviation that it would be in lower case."""
        return name[:1].isupper() or name not in self.capitalised

    @cached_property
    def abbreviation_heads(self) -> frozenset[str]:
        """What an abbreviation of several parts begins with: "z" of "z.b", which may be written "z. B."."""
        known = (*self.abbreviations, *self.endings, *self.name_endings)
        return frozenset(name[:at] for name in known for at, char in enumerate(name) if char == ".")

    @cached_property
    def abbreviation_parts(self) -> frozenset[str]:
        """All that those of several parts are made of."""
        known = (*self.abbreviations, *self.endings, *self.name_endings)
        return frozenset(part for name in known if "." in name for part in name.split("."))
