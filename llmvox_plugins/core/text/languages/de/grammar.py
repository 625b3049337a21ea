"""German."""

from __future__ import annotations

from ..base import Noun, Number
from .vocabulary import KINGS, QUEENS, SECOND, GermanVocabulary

__all__ = ["German"]


class German(GermanVocabulary):
    def ordinal(self, number: int, gender: str = "") -> str:
        """gender: the ending; "er" and "ern" are those of "90er" and "90ern"."""
        if gender in ("er", "ern"):
            words = self.year(number) if 1100 <= number < 2000 else self.cardinal(number)
            return words + gender
        return super().ordinal(number, gender)

    def ordinal_before(self, number: int, before: str) -> str:
        return self.ordinal(number, self._ending(before))

    def _ending(self, before: str) -> str:
        return "n" if before in self._WITH_N else "" if before in self._WITH_E else "r"

    def regnal_of(self, number: int, name: str) -> str:
        if not (ordinal := self.ordinal(number).capitalize()):
            return ""
        if name in QUEENS:
            return f"die {ordinal}"
        if name not in KINGS and name.removesuffix("s") in KINGS:
            return f"des {ordinal}n"
        return f"der {ordinal}"

    def gender(self, number: Number, before: str, after: str) -> str:
        is_title = before[:1].isupper() and before.lower() not in self.starters  # "Platz 1 Bayern"
        if not number.is_one or not after.istitle() or not after.isalpha() or is_title:
            return ""
        if self._FEMININE.fullmatch(after) and after not in self._NOT_FEMININE:
            return "f"
        return "n" if self._NEUTER.fullmatch(after) else "m"

    def with_tail(self, words: str, tail: str) -> str:
        """ "18-jährig", "3-mal"."""
        return f"{words}{tail}" if tail[:1].islower() else f"{words} {tail}"

    def fraction(self, numerator: int, denominator: int) -> str:
        top = self.cardinal(numerator, "n")
        if denominator == 2:
            return f"{top} {'halb' if numerator == 1 else 'Halbe'}"
        if not self.spells or not 2 < denominator <= 100:
            return f"{self.cardinal(numerator)} {self.over} {self.cardinal(denominator)}"
        name = "Hundertstel" if denominator == 100 else f"{self.ordinal(denominator)}l".capitalize()
        return f"{top} {name}"

    def fraction_of(self, numerator: int, denominator: int, noun: Noun) -> str:
        if (numerator, denominator) != (1, 2) or not self.spells:
            return super().fraction_of(numerator, denominator, noun)
        return {"f": "eine halbe", "n": "ein halbes"}.get(noun.gender, "ein halber")

    def mixed(self, whole: str, fraction: str) -> str:
        if self.spells and fraction.endswith(" halb"):
            return f"{whole.removesuffix('s') if whole.endswith('eins') else whole}einhalb"
        return f"{whole} {fraction}"

    def ratio(self, first: int, second: int) -> str:
        return f"{self.cardinal(first)} zu {self.cardinal(second)}"

    def percentage(self, words: str) -> str:
        if words.split()[-1] == "eins" and self.point not in words:
            words = words[:-1]
        return super().percentage(words)

    def with_cents(self, whole: str, cents: Number, noun: Noun) -> str:
        return f"{whole} {self.number(cents)}"

    def date(self, day: int, month: int, year: int | None) -> str:
        return self.date_before(day, month, year, "")

    def date_before(self, day: int, month: int, year: int | None, before: str) -> str:
        number = self.ordinal_before(day, before) or f"{day}."
        words = f"{number} {self.months[month - 1]}"
        return f"{words} {self.year(year)}" if year is not None else words

    def day_before_month(self, day: int, before: str) -> str:
        return self.ordinal_before(day, before)

    def time(self, hour: int, minute: int, second: int | None = None, *, half: str = "") -> str:
        if half:
            hour = hour % 12 + (12 if half == "pm" else 0)
        words = f"{self.cardinal(hour, 'n')} Uhr"
        if minute or second:
            words = f"{words} {self.cardinal(minute)}"
        if second:
            words = f"{words} und {self.counted(Number('', str(second)), SECOND)}"
        return words
