"""How a language says what is written in signs: numbers, money, dates, times, units.

A language is data and, where its grammar asks for it, a few methods of its own. What is written where, and
which method is called for it, is the rules' business, not known here. All methods return words with spaces
between, or "" for what the language has no words for: then what is written stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar, NamedTuple

from . import numerals

__all__ = ["Language", "Noun", "Number", "word_set"]


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


class Language:
    """A language of which nothing is known: what is written is said as it stands.

    spells: numbers become words; otherwise digits stay digits, in sentences made all the same.
    """

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
    dotless: ClassVar[frozenset[str]] = frozenset()  # abbreviations that may stand without a full stop
    homographs: ClassVar[Mapping[str, tuple[str, str]]] = {}  # (before a name, otherwise): "St."
    spaced_quotes: ClassVar[bool] = False  # a closing quote may stand apart: « Oui ! » dit-il
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

    def __init__(self, tag: str = "", *, spells: bool = True) -> None:
        self.code = self.tag or tag
        self.spells = spells and self.is_known

    @property
    def is_known(self) -> bool:
        return bool(self.tag)

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

    @cached_property
    def abbreviation_heads(self) -> frozenset[str]:
        """What an abbreviation of several parts begins with: "z" of "z.b", which may be written "z. B."."""
        known = (*self.abbreviations, *self.endings, *self.name_endings)
        return frozenset(name[:at] for name in known for at, char in enumerate(name) if char == ".")

    # Numbers

    def cardinal(self, number: int, gender: str = "") -> str:
        if not self.spells:
            return str(number)
        if number > numerals.LARGEST:
            return self.digits(str(number))
        return numerals.spell(self.code, number, self.cardinals.get(gender) or self.cardinals[""])

    def ordinal(self, number: int, gender: str = "") -> str:
        if not self.spells or not self.ordinals or number > numerals.LARGEST:
            return ""
        return numerals.spell(self.code, number, self.ordinals.get(gender) or self.ordinals[""])

    @cached_property
    def abbreviation_parts(self) -> frozenset[str]:
        """All that those of several parts are made of."""
        known = (*self.abbreviations, *self.endings, *self.name_endings)
        return frozenset(part for name in known if "." in name for part in name.split("."))

    def ordinal_before(self, number: int, before: str) -> str:
        """ "3." in mid-sentence. before: the word in front of it, in lower case."""
        return self.ordinal(number)

    def regnal(self, number: int) -> str:
        """The number of a king."""
        return self.ordinal(number)

    def regnal_of(self, number: int, name: str) -> str:
        """The number of a king, or queen. name: in lower case."""
        return self.regnal(number)

    def roman(self, number: int, head: str) -> str:
        """A Roman numeral behind one of the roman_heads."""
        return self.cardinal(number)

    def roman_alone(self, number: int, after: str) -> str:
        """A Roman numeral of two letters or more behind any other word, in front of `after`."""
        return ""

    def gender(self, number: Number, before: str, after: str) -> str:
        """Of the noun behind a number, or "" if there is none. before, after: the words around it."""
        return ""

    def phone_group(self, digits: str) -> str:
        return self.digits(digits)

    def digits(self, digits: str) -> str:
        """Digit by digit."""
        return " ".join(self.cardinal(int(digit)) for digit in digits)

    def number(self, number: Number, gender: str = "") -> str:
        sign = self.signed(number.sign)
        whole = number.whole or "0"
        if self.spells and len(whole) > 1 and whole.startswith("0") and not number.fraction:
            words = self.digits(whole)
        else:
            words = self.cardinal(int(whole), "" if number.fraction else gender)
        if number.fraction:
            words = self.fractional(words, number)
        return f"{sign} {words}" if sign else words

    def fractional(self, whole: str, number: Number) -> str:
        """whole: the part before the decimal point, in words."""
        if not self.spells or not self.point:
            return f"{number.whole or '0'}{self.decimal}{number.fraction}"
        return f"{whole} {self.point} {self.digits(number.fraction)}"

    def signed(self, sign: str) -> str:
        return {"-": self.minus, "+": self.plus}.get(sign, "")

    def year(self, year: int) -> str:
        return numerals.spell(self.code, year, self.year_rules) if self.spells else str(year)

    def decade(self, year: int, *, short: bool) -> str:
        """The years from `year` on; short: written without its century."""
        return ""

    def fraction(self, numerator: int, denominator: int) -> str:
        return f"{self.cardinal(numerator)} {self.over} {self.cardinal(denominator)}" if self.over else ""

    def power(self, exponent: str) -> str:
        """What is said behind what is raised to it. exponent: in words."""
        return f"{self.math['^']} {exponent}"

    def quotient(self, numerator: str, denominator: str) -> str:
        """Of two terms of a formula, both in words."""
        return f"{numerator} {self.math['/']} {denominator}"

    def mixed(self, whole: str, fraction: str) -> str:
        """A whole number and a fraction, both in words."""
        return f"{whole} {fraction}"

    def fraction_of(self, numerator: int, denominator: int, noun: Noun) -> str:
        """A fraction in front of what it is a part of, which is said behind it."""
        return self.fraction(numerator, denominator)

    def mixed_of(self, whole: int, fraction: tuple[int, int], noun: Noun) -> str:
        """A whole number and a fraction of what is counted, with that."""
        return f"{self.mixed(self.cardinal(whole, noun.gender), self.fraction(*fraction))} {noun.other}"

    def range(self, low: str, high: str) -> str:
        return f"{low} {self.range_word} {high}"

    def ratio(self, first: int, second: int) -> str:
        """16:9."""
        return self.range(self.cardinal(first), self.cardinal(second)) if self.range_word else ""

    # Counted things

    def form(self, number: Number, noun: Noun) -> str:
        return noun.one if number.is_one else noun.other

    def unit(self, name: str) -> Noun | None:
        """What a unit is called, also one that is put together: "mg/dL"."""
        if name in self.units or "/" not in name or not self.per:
            return self.units.get(name)
        upper, _, lower = name.partition("/")
        counted = self.units.get(upper)
        if counted is None or not (lower in self.units or lower.isalpha()):
            return None
        behind = f" {self.per} {self.units[lower].one if lower in self.units else lower}"
        return Noun(counted.one + behind, counted.other + behind, counted.gender)

    def counted(self, number: Number, noun: Noun) -> str:
        return f"{self.number(number, noun.gender)} {self.form(number, noun)}"

    def scaled(self, number: Number, scale: str) -> str:
        """A number and one of the scales."""
        one, other = self.scales[scale]
        if one == self.thousand and len(number.fraction) <= 3:
            return self.number(Number(number.sign, number.whole + number.fraction.ljust(3, "0")))
        return f"{self.number(number, self.scale_gender)} {one if number.is_one else other}"

    def money(self, number: Number, currency: str) -> str:
        unit, hundredth = self.currencies[currency]
        if len(number.fraction) != 2 or not hundredth.one:
            return self.counted(number, unit)
        cents = Number("", number.fraction.lstrip("0") or "0")
        whole = self.counted(Number(number.sign, number.whole), unit)
        if cents.whole == "0":
            return whole
        if not number.whole.strip("0"):
            sign = self.signed(number.sign)
            return f"{sign} {self.counted(cents, hundredth)}".strip()
        return self.with_cents(whole, cents, hundredth)

    def with_cents(self, whole: str, cents: Number, noun: Noun) -> str:
        return f"{whole} {self.counted(cents, noun)}"

    def scaled_money(self, number: Number, scale: str, currency: str) -> str:
        unit, _ = self.currencies[currency]
        return f"{self.scaled(number, scale)} {unit.other}"

    def with_tail(self, words: str, tail: str) -> str:
        """A number and words that a hyphen joins to it: "5-year-old"."""
        return f"{words} {tail}"

    def percentage(self, words: str) -> str:
        return f"{words} {self.percent}"

    # Dates and times

    def date(self, day: int, month: int, year: int | None) -> str:
        return ""

    def date_before(self, day: int, month: int, year: int | None, before: str) -> str:
        """before: the word in front of the date, in lower case."""
        return self.date(day, month, year)

    def day_after_month(self, day: int) -> str:
        """The day in "January 3"."""
        return self.cardinal(day)

    def day_before_month(self, day: int, before: str) -> str:
        """The day in "3 January". before: the word in front of it, in lower case."""
        return self.cardinal(day)

    def time(self, hour: int, minute: int, second: int | None = None, *, half: str = "") -> str:
        """half: "", "am" or "pm"."""
        return ""

    # Numbers among words

    def oblique(self, said: str) -> str:
        """What is said of a number, in the case that a preposition asks for."""
        return said

    def attach(self, prefix: str, said: str, number: int | None, before: str) -> str:
        """One of the `attached`, and what is said of the number that it is written onto.

        number: if nothing else stands there. before: the word in front, as it is written.
        """
        return prefix + said

    def rewrite(self, text: str, before: str = "", after: str = "") -> str:
        """What is found in `text`, said as it is among other words; whatever else stands in it stays.

        before, after: the words around it, "" where more than a space parts them from it.
        """
        return text
