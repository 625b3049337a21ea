"""How a language says what is written in signs: numbers, money, dates, times, units.

Its vocabulary has the words; methods put them together, and a language overrides those whose grammar is its
own. What is written where, and which method is called for it, is the rules' business, not known here. All
methods return words with spaces between, or "" for what the language has no words for: that stays as written.
"""

from __future__ import annotations

from . import numerals
from .vocabulary import Noun, Number, Vocabulary, word_set

__all__ = ["Language", "Noun", "Number", "word_set"]


class Language(Vocabulary):
    """A language of which nothing is known: what is written is said as it stands.

    spells: numbers become words; otherwise digits stay digits, in sentences made all the same.
    """

    def __init__(self, tag: str = "", *, spells: bool = True) -> None:
        self.code = self.tag or tag
        self.spells = spells and self.is_known

    @property
    def is_known(self) -> bool:
        return bool(self.tag)

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
