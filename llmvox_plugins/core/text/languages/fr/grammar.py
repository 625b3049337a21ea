"""French, as it is spoken in France."""

from __future__ import annotations

import re
from functools import cached_property

from ..base import Noun, Number
from .vocabulary import HOUR, SECOND, FrenchVocabulary

__all__ = ["French"]


class French(FrenchVocabulary):
    @cached_property
    def known_forms(self) -> frozenset[str]:
        return super().known_forms | {"Ier", "Ire", "Ière", "Ve", "Xe", "Vème", "Xème"}

    def ordinal(self, number: int, gender: str = "") -> str:
        """gender: "m" or "f", in the plural with an "s"; or "second", "seconde"."""
        if gender.startswith("second"):
            if number == 2:
                return gender
            gender = "m"
        words = super().ordinal(number, gender)
        # CLDR has "quatre-vingt-et-unième" and "cent-et-unième".
        return words.replace("quatre-vingt-et-", "quatre-vingt-").replace("cent-et-", "cent ")

    def regnal(self, number: int) -> str:
        return "premier" if number == 1 else self.cardinal(number)

    def gender(self, number: Number, before: str, after: str) -> str:
        if number.whole[-1:] != "1" or not after.islower() or not after.isalpha() or after in self._NO_NOUNS:
            return ""
        singular = after.removesuffix("s")
        return "f" if self._FEMININE.fullmatch(after) and singular not in self._MASCULINE else "m"

    def fractional(self, whole: str, number: Number) -> str:
        """The decimals are a number behind their zeros."""
        zeros = len(number.fraction) - len(rest := number.fraction.lstrip("0"))
        if not self.spells or not rest or len(rest) > 3:
            return super().fractional(whole, number)
        decimals = [self.cardinal(0)] * zeros + [self.cardinal(int(rest))]
        return f"{whole} {self.point} {' '.join(decimals)}"

    def phone_group(self, digits: str) -> str:
        """In pairs; a group of three is one number."""
        if len(digits) == 3 and digits[0] != "0":
            return self.cardinal(int(digits))
        if len(digits) % 2:
            return self.digits(digits)
        pairs = (digits[at : at + 2] for at in range(0, len(digits), 2))
        return ", ".join(self.digits(pair) if pair[0] == "0" else self.cardinal(int(pair)) for pair in pairs)

    def form(self, number: Number, noun: Noun) -> str:
        return noun.one if (number.whole.lstrip("0") or "0") in ("0", "1") else noun.other

    def counted(self, number: Number, noun: Noun) -> str:
        words = self.number(number, noun.gender)
        if self.spells and not number.fraction and re.fullmatch(r"\d*[1-9]\d*0{6}", number.whole):
            return f"{words} {_of(noun.other)}"
        return f"{words} {self.form(number, noun)}"

    def scaled(self, number: Number, scale: str) -> str:
        one, other = self.scales[scale]
        if one == self.thousand:
            return super().scaled(number, scale)
        return f"{self.number(number, self.scale_gender)} {self.form(number, Noun(one, other))}"

    def scaled_money(self, number: Number, scale: str, currency: str) -> str:
        unit = self.currencies[currency][0].other
        name = unit if self.scales[scale][0] == self.thousand else _of(unit)
        return f"{self.scaled(number, scale)} {name}"

    def with_cents(self, whole: str, cents: Number, noun: Noun) -> str:
        return f"{whole} {self.number(cents)}"

    def fraction(self, numerator: int, denominator: int) -> str:
        if denominator in self._DENOMINATORS:
            one, other = self._DENOMINATORS[denominator]
        elif not self.spells or not 4 < denominator <= 100:
            return f"{self.cardinal(numerator)} {self.over} {self.cardinal(denominator)}"
        else:
            one = self.ordinal(denominator)
            other = one + "s"
        return f"{self.cardinal(numerator)} {one if numerator == 1 else other}"

    def fraction_of(self, numerator: int, denominator: int, noun: Noun) -> str:
        words = self.fraction(numerator, denominator)
        if (numerator, denominator) == (1, 2):
            return f"{self.cardinal(1, noun.gender)} demi"
        is_noun = noun.gender == "f" or noun.one != noun.other
        return f"{words} {_of(noun.one).removesuffix(noun.one)}" if is_noun else words

    def mixed_of(self, whole: int, fraction: tuple[int, int], noun: Noun) -> str:
        """ "Deux tasses et demie"."""
        number = Number("", str(whole))
        if whole == 1 and noun.one == noun.other:
            noun = noun._replace(one=noun.one.removesuffix("s"))
        half = "demie" if noun.gender == "f" else "demi"
        return f"{self.counted(number, noun)} et {half if fraction == (1, 2) else self.fraction(*fraction)}"

    def mixed(self, whole: str, fraction: str) -> str:
        return f"{whole} et {fraction.removeprefix('un ') if fraction == 'un demi' else fraction}"

    def date(self, day: int, month: int, year: int | None) -> str:
        words = f"{self.day_before_month(day, '')} {self.months[month - 1]}"
        return f"{words} {self.year(year)}" if year is not None else words

    def day_before_month(self, day: int, before: str) -> str:
        return "premier" if day == 1 else self.cardinal(day)

    def time(self, hour: int, minute: int, second: int | None = None, *, half: str = "") -> str:
        if half:
            hour = hour % 12 + (12 if half == "pm" else 0)
        words = self.counted(Number("", str(hour)), HOUR)
        if minute or second:
            words = f"{words} {self.cardinal(minute, 'f')}"
        if second:
            words = f"{words} et {self.counted(Number('', str(second)), SECOND)}"
        return words


def _of(name: str) -> str:
    return f"d'{name}" if name[0] in "aeiouéèêho" else f"de {name}"
