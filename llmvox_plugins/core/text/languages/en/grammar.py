"""English, as it is spoken in America."""

from __future__ import annotations

from ..base import Noun, Number
from .vocabulary import EnglishVocabulary

__all__ = ["English"]


class English(EnglishVocabulary):
    def ordinal(self, number: int, gender: str = "") -> str:
        if not self.spells:
            tens = number // 10 % 10
            suffix = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if tens != 1 else "th"
            return f"{number}{suffix}"
        return super().ordinal(number, gender)

    def year(self, year: int) -> str:
        if self.spells and 2000 <= year < 2010:
            return self.cardinal(year)
        return super().year(year).replace("oh-", "oh ") if year >= 1000 else self.cardinal(year)

    def decade(self, year: int, *, short: bool) -> str:
        if not self.spells:
            return f"{year}s"
        words = self.year(year) if not short else self.cardinal(year)
        return words[:-1] + "ies" if words.endswith("y") else words + "s"

    def fraction(self, numerator: int, denominator: int) -> str:
        if denominator in self._DENOMINATORS:
            one, other = self._DENOMINATORS[denominator]
        elif not self.spells or denominator > 100 or denominator < 3:
            return f"{self.cardinal(numerator)} over {self.cardinal(denominator)}"
        else:
            one = self.ordinal(denominator)
            other = one + "s"
        return f"{self.cardinal(numerator)} {one if numerator == 1 else other}"

    def mixed(self, whole: str, fraction: str) -> str:
        if fraction.startswith("one half"):
            fraction = "a half"
        return f"{whole} and {fraction}"

    def with_cents(self, whole: str, cents: Number, noun: Noun) -> str:
        return f"{whole} and {self.counted(cents, noun)}"

    def date(self, day: int, month: int, year: int | None) -> str:
        words = f"{self.months[month - 1]} {self.ordinal(day)}"
        return f"{words}, {self.year(year)}" if year is not None else words

    def day_after_month(self, day: int) -> str:
        return self.ordinal(day)

    def day_before_month(self, day: int, before: str) -> str:
        article = "" if before == "the" else "the "
        return f"{article}{self.ordinal(day)} of"

    def regnal(self, number: int) -> str:
        return f"the {self.ordinal(number)}"

    def time(self, hour: int, minute: int, second: int | None = None, *, half: str = "") -> str:
        letters = {"am": " A M", "pm": " P M"}.get(half, "")
        if minute:
            minutes = f"oh {self.cardinal(minute)}" if minute < 10 else self.cardinal(minute)
        elif half:
            minutes = ""
        else:
            minutes = "o'clock" if 0 < hour <= 12 else "hundred"
        words = f"{self.cardinal(hour)} {minutes}".strip()
        if second:
            words = f"{words} and {self.counted(Number('', str(second)), Noun('second', 'seconds'))}"
        return words + letters
