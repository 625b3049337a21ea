"""Spanish, as it is spoken in Spain."""

from __future__ import annotations

import re

from ..base import Noun, Number
from .vocabulary import SECOND, SpanishVocabulary

__all__ = ["Spanish"]


class Spanish(SpanishVocabulary):
    def regnal_of(self, number: int, name: str) -> str:
        if number <= 10 and (words := self.ordinal(number, "f" if name in self._QUEENS else "m")):
            return words
        return self.cardinal(number)

    def roman(self, number: int, head: str) -> str:
        if head == "siglo" and number <= 10:
            return self.ordinal(number) or self.cardinal(number)
        return self.cardinal(number)

    def roman_alone(self, number: int, after: str) -> str:
        """An ordinal in front of a noun: "la II Guerra Mundial"."""
        gender = self.gender(Number("", "1"), "", after.lower())
        if gender and not after.endswith("s"):
            return self.ordinal(number, "f" if gender == "f" else "er")
        return self.cardinal(number) if number not in (1, 5, 10, 50) else ""

    def gender(self, number: Number, before: str, after: str) -> str:
        if not after.islower() or not after.isalpha() or after in self._NO_NOUNS:
            return ""
        if not number.is_one and not after.endswith("s"):
            return ""
        if after.removesuffix("s") in ("mano", "foto", "moto"):
            return "f"
        if self._MASCULINE.fullmatch(after):
            return "m"
        return "f" if self._FEMININE.fullmatch(after) else ""

    def fractional(self, whole: str, number: Number) -> str:
        """Two decimals are a number behind their zeros; more are said one by one."""
        zeros = len(number.fraction) - len(rest := number.fraction.lstrip("0"))
        if not self.spells or not rest or len(number.fraction) > 2:
            return super().fractional(whole, number)
        decimals = [self.cardinal(0)] * zeros + [self.cardinal(int(rest))]
        return f"{whole} {self.point} {' '.join(decimals)}"

    def counted(self, number: Number, noun: Noun) -> str:
        words = self.number(number, noun.gender)
        if self.spells and not number.fraction and re.fullmatch(r"\d*[1-9]\d*0{6}", number.whole):
            return f"{words} de {noun.other}"
        return f"{words} {self.form(number, noun)}"

    def scaled_money(self, number: Number, scale: str, currency: str) -> str:
        unit = self.currencies[currency][0].other
        of = "" if self.scales[scale][0] == self.thousand else "de "
        return f"{self.scaled(number, scale)} {of}{unit}"

    def with_cents(self, whole: str, cents: Number, noun: Noun) -> str:
        return f"{whole} con {self.counted(cents, noun)}"

    def fraction(self, numerator: int, denominator: int) -> str:
        top = self.cardinal(numerator, "m")
        if denominator in self._DENOMINATORS:
            one, other = self._DENOMINATORS[denominator]
        elif not self.spells or not 3 < denominator <= 100:
            return f"{self.cardinal(numerator)} {self.over} {self.cardinal(denominator)}"
        else:
            if denominator <= 10 or denominator == 100:
                one = self.ordinal(denominator)
            else:
                one = self.cardinal(denominator).replace(" y ", "i") + "avo"
            other = one + "s"
        return f"{top} {one if numerator == 1 else other}"

    def fraction_of(self, numerator: int, denominator: int, noun: Noun) -> str:
        is_part = noun.one in ("parte", "partes")
        if (numerator, denominator) == (1, 2) and not is_part:
            return "media" if noun.gender == "f" else "medio"
        if not is_part or not self.spells or not 2 < denominator <= 10:
            return f"{self.fraction(numerator, denominator)} de"
        ordinal = self.ordinal(denominator, "f" if numerator == 1 else "fs")
        return f"{self.cardinal(numerator, 'f')} {ordinal}"

    def mixed_of(self, whole: int, fraction: tuple[int, int], noun: Noun) -> str:
        """ "Dos tazas y media"."""
        number = Number("", str(whole))
        if whole == 1 and noun.one == noun.other:
            noun = noun._replace(one=re.sub(r"(?<=[ao])s$", "", noun.one))
        half = "media" if noun.gender == "f" else "medio"
        part = half if fraction == (1, 2) else self.fraction(*fraction)
        return f"{self.counted(number, noun)} y {part}"

    def mixed(self, whole: str, fraction: str) -> str:
        return f"{whole} y {'medio' if fraction == 'un medio' else fraction}"

    def date(self, day: int, month: int, year: int | None) -> str:
        words = f"{self.cardinal(day)} de {self.months[month - 1]}"
        return f"{words} de {self.year(year)}" if year is not None else words

    def time(self, hour: int, minute: int, second: int | None = None, *, half: str = "") -> str:
        words = self.cardinal(hour, "f")
        if not self.spells:
            words = f"{hour}:{minute:02}"
        elif minute or second:
            words = (
                f"{words} y {self.cardinal(minute)}" if minute < 10 else f"{words} {self.cardinal(minute)}"
            )
        if second:
            words = f"{words} y {self.counted(Number('', str(second)), SECOND)}"
        return f"{words} {_part_of_day(hour, half)}" if half else words


def _part_of_day(hour: int, half: str) -> str:
    if half == "am":
        return "de la noche" if hour == 12 else "de la mañana"
    return "de la tarde" if hour == 12 or hour < 8 else "de la noche"
