"""Modern Standard Arabic, as it is read aloud with pauses: without case endings but those that are written.

A number of a feminine noun has the short form from three to ten (خمس ساعات), that of a masculine one the long
form (خمسة أيام). The dual and the tens are in the nominative unless a preposition is known to stand before
them. Nothing is vocalised.
"""

from __future__ import annotations

import re

from ..base import Noun, Number, word_set
from .vocabulary import (
    BILLION,
    CELSIUS,
    DEGREE,
    FAHRENHEIT,
    METRE,
    MILLION,
    MINUTE,
    SCALE_NOUNS,
    SECOND,
    THOUSAND,
    TRILLION,
    ArabicVocabulary,
)

__all__ = ["Arabic"]

_LARGEST = 10**15 - 1
_LONG = ("", "واحد", "اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة")
_SHORT = ("", "واحدة", "اثنتان", "ثلاث", "أربع", "خمس", "ست", "سبع", "ثماني", "تسع", "عشر")
_TENS = ("", "", "عشرون", "ثلاثون", "أربعون", "خمسون", "ستون", "سبعون", "ثمانون", "تسعون")
_HUNDREDS = (
    "",
    "مئة",
    "مئتان",
    "ثلاثمئة",
    "أربعمئة",
    "خمسمئة",
    "ستمئة",
    "سبعمئة",
    "ثمانمئة",
    "تسعمئة",
)
_ORDINALS = ("", "أول", "ثاني", "ثالث", "رابع", "خامس", "سادس", "سابع", "ثامن", "تاسع", "عاشر")
_PARTS = {
    2: ("نصف", "نصفان", "أنصاف"),
    3: ("ثلث", "ثلثان", "أثلاث"),
    4: ("ربع", "ربعان", "أرباع"),
    5: ("خمس", "خمسان", "أخماس"),
    6: ("سدس", "سدسان", "أسداس"),
    7: ("سبع", "سبعان", "أسباع"),
    8: ("ثمن", "ثمنان", "أثمان"),
    9: ("تسع", "تسعان", "أتساع"),
    10: ("عشر", "عشران", "أعشار"),
}
_POWERS = ((10**12, TRILLION), (10**9, BILLION), (10**6, MILLION), (10**3, THOUSAND))
_ORDINAL_HEADS = word_set(
    "القرن المركز المرتبة الدورة الفصل الجزء الباب الحلقة الطابق الذكرى المادة الصف الدرس الأسبوع"
    " المستوى المرحلة الدور المجلد السؤال البند الخطوة اليوم المرة الجولة الدقيقة الموسم"
)


class Arabic(ArabicVocabulary):
    # Numbers

    def cardinal(self, number: int, gender: str = "") -> str:
        if not self.spells:
            return str(number)
        if number > _LARGEST:
            return self.digits(str(number))
        return " و".join(self._parts(number, gender)) if number else "صفر"

    def _parts(self, number: int, gender: str) -> list[str]:
        parts: list[str] = []
        for power, noun in _POWERS:
            times, number = divmod(number, power)
            if times:
                parts.append(self._power(times, noun, is_last=not number))
        return parts + _below_thousand(number, gender)

    def _power(self, times: int, noun: Noun, *, is_last: bool) -> str:
        if times == 1:
            return noun.one
        if times == 2:
            return noun.two
        words = " و".join(_below_thousand(times, "m")) if times < 1000 else self.cardinal(times)
        return f"{_construct(words) if times % 100 == 0 else words} {_agreeing(times, noun)}"

    def ordinal(self, number: int, gender: str = "") -> str:
        if not self.spells or not 0 < number <= _LARGEST:
            return ""
        return f"ال{self._ordinal(number, 'ة' if gender == 'f' else '')}"

    def _ordinal(self, number: int, ending: str) -> str:
        """Without its article. ending: of the feminine."""
        if number >= 100:
            rest = number % 100
            words = self.cardinal(number - rest)
            return f"{words} و{'ال' + self._ordinal(rest, ending)}" if rest else words
        tens, ones = divmod(number, 10)
        if number <= 10:
            return "أولى" if number == 1 and ending else _ORDINALS[number] + ending
        name = f"حادي{ending}" if ones == 1 else _ORDINALS[ones] + ending
        if tens == 1:
            return f"{name} عشر{ending}"
        return f"{name} وال{_TENS[tens]}" if ones else _TENS[tens]

    def roman(self, number: int, head: str) -> str:
        return self.ordinal(number, self._gender_of(head))

    def fractional(self, whole: str, number: Number) -> str:
        digits = number.fraction
        if not self.spells:
            return super().fractional(whole, number)
        is_read_whole = len(digits) <= 2 and not digits.startswith("0")
        return f"{whole} {self.point} {self.cardinal(int(digits)) if is_read_whole else self.digits(digits)}"

    def signed(self, sign: str) -> str:
        return {"-": "سالب", "+": "موجب"}.get(sign, "")

    def year(self, year: int) -> str:
        return self.oblique(self.cardinal(year))

    def fraction(self, numerator: int, denominator: int) -> str:
        if denominator not in _PARTS or not self.spells or numerator > 10:
            return f"{self.cardinal(numerator)} {self.over} {self.cardinal(denominator)}"
        one, two, few = _PARTS[denominator]
        return {1: one, 2: two}.get(numerator) or f"{self.cardinal(numerator)} {few}"

    def mixed(self, whole: str, fraction: str) -> str:
        return f"{whole} و{fraction}"

    def range(self, low: str, high: str) -> str:
        return f"{low} {self.range_word} {self.oblique(high)}"

    def gender(self, number: Number, before: str, after: str) -> str:
        head = re.sub("^(?:[بك]?ال|لل)", "ال", before.removeprefix("و"))
        if head in _ORDINAL_HEADS and not number.fraction:
            return f"ordinal {self._gender_of(head)}"
        return self._gender_of(after) if after.isalpha() or "ً" in after else ""

    def number(self, number: Number, gender: str = "") -> str:
        head, _, gender_of_ordinal = gender.partition(" ")
        if head != "ordinal":
            return super().number(number, gender)
        words = "" if number.sign else self.ordinal(int(number.whole), gender_of_ordinal)
        return self.oblique(words) or super().number(number)

    def _gender_of(self, noun: str) -> str:
        bare = noun.replace("ً", "").removeprefix("ال")
        if known := self.units.get(noun):
            return known.gender
        if bare.endswith(("ة", "ى")):
            return "f"
        is_verbal = re.fullmatch(r"(?:ا|إ).*ا.ات|ت..ي.ات|قرارات|مطارات|.*(?:تر|لار|رام|يار|يت)ات", bare)
        return "f" if bare.endswith("ات") and not is_verbal else "m"

    def oblique(self, said: str) -> str:
        """Behind a preposition or a verb: the tens and the dual have another ending."""

        def of(found: re.Match[str]) -> str:
            word = found[2]
            return found[1] + (f"{word[:-1]}ي" if word.endswith("ا") else f"{word[:-2]}ين")

        return _NOMINATIVE.sub(of, said)

    def attach(self, prefix: str, said: str, number: int | None, before: str) -> str:
        is_definite = prefix.endswith(("ال", "لل"))
        if is_definite and number is not None:
            gender = self._gender_of(before) if before else ""
            words = self.oblique(self.ordinal(number, gender)) or f"ال{said}"
            if prefix.endswith("لل"):
                return f"{prefix}{words.removeprefix('ال')}"
            return prefix.removesuffix("ال") + words
        return prefix + (self.oblique(said) if prefix[-1] in "بلك" else said)

    # Counted things

    def form(self, number: Number, noun: Noun) -> str:
        if number.fraction or (number.whole == "2" and not self.spells):
            return noun.one
        return _agreeing(int(number.whole or "0"), noun)

    def counted(self, number: Number, noun: Noun) -> str:
        count = int(number.whole or "0")
        if not noun.two:
            return f"{self.number(number, noun.gender)} {noun.one}".strip()
        if noun is METRE and not number.sign and not number.fraction and 1900 <= count <= 2100:
            return f"{self.year(count)} ميلادي"  # "م" behind a year
        if number.sign == "-" and noun in (CELSIUS, FAHRENHEIT, DEGREE):
            return f"{self.counted(number._replace(sign=''), noun)} تحت الصفر"
        sign = self.signed(number.sign)
        if not self.spells or number.fraction:
            return f"{self.number(number, noun.gender)} {self.form(number, noun)}"
        if count == 1:
            name, per, time = noun.one.partition(" في ")
            words = f"{name} {'واحدة' if noun.gender == 'f' else 'واحد'}{per}{time}"
        elif count == 2:
            words = noun.two.replace("2", "اثنتان" if noun.gender == "f" else "اثنان")
        else:
            words = self.cardinal(count, noun.gender)
            words = f"{_construct(words) if count % 100 == 0 else words} {_agreeing(count, noun)}"
        return f"{sign} {words}".strip()

    def scaled(self, number: Number, scale: str) -> str:
        noun = SCALE_NOUNS[scale]
        count = int(number.whole or "0")
        if number.fraction or not self.spells:
            return f"{self.number(number)} {self.form(number, noun).removesuffix('ا')}"
        if count in (1, 2):
            words = {1: noun.one, 2: noun.two}[count]
        else:
            words = self.counted(Number("", number.whole), noun).removesuffix("ا")  # a noun follows
        return f"{self.signed(number.sign)} {words}".strip()

    def with_cents(self, whole: str, cents: Number, noun: Noun) -> str:
        return f"{whole} و{self.counted(cents, noun)}"

    def scaled_money(self, number: Number, scale: str, currency: str) -> str:
        return f"{_construct(self.scaled(number, scale))} {self.currencies[currency][0].one}"

    # Dates and times

    def date(self, day: int, month: int, year: int | None) -> str:
        words = f"{self.day_before_month(day, '') or day} {self.months[month - 1]}"
        return words if year is None else f"{words} {self.year(year)}"

    def day_before_month(self, day: int, before: str) -> str:
        return f"{self.oblique(self.ordinal(day))} من" if self.spells else ""

    def time(self, hour: int, minute: int, second: int | None = None, *, half: str = "") -> str:
        end = {"am": " صباحا", "pm": " مساء"}.get(half, "")
        if not self.spells:
            return f"{hour}:{minute:02}" + (f":{second:02}" if second else "") + end
        if minute == 45 and not second:
            return f"{self._hour(hour + 1)} إلا ربعا{end}"
        words = self._hour(hour)
        if minute:
            words += f" و{self._minutes(minute)}"
        if second:
            words += f" و{self.counted(Number('', str(second)), SECOND)}"
        return words + end

    def _hour(self, hour: int) -> str:
        hour = hour % 24 or 12
        return "الواحدة" if hour == 1 else self.ordinal(hour, "f")

    def _minutes(self, minute: int) -> str:
        part = {15: "الربع", 20: "الثلث", 30: "النصف"}.get(minute)
        return part or self.counted(Number("", str(minute)), MINUTE)


_NOMINATIVE = re.compile(
    r"(?<!\w)(و?)((?:ال)?(?:"
    + "|".join(
        {
            *filter(None, _TENS),
            *("اثنان", "اثنتان", "اثنا(?= عشر)", "اثنتا(?= عشر)", "مئتان", "ألفان", "مليونان", "ملياران"),
            *(
                noun.two
                for noun in (*Arabic.units.values(), *(unit for unit, _ in Arabic.currencies.values()))
                if noun.two.endswith("ان") and " " not in noun.two
            ),
        }
    )
    + r"))(?!\w)"
)


def _below_thousand(number: int, gender: str) -> list[str]:
    """The words of 0 to 999 that are joined by و."""
    hundreds, rest = divmod(number, 100)
    parts = [_HUNDREDS[hundreds]] if hundreds else []
    names = _SHORT if gender == "f" else _LONG
    tens, ones = divmod(rest, 10)
    if rest <= 10:
        parts += [names[rest]] if rest else []
    elif rest < 20:
        ten = "عشرة" if gender == "f" else "عشر"
        first = {1: ("أحد", "إحدى"), 2: ("اثنا", "اثنتا")}.get(ones, (_LONG[ones], _SHORT[ones]))
        parts.append(f"{first[gender == 'f']} {ten}")
    else:
        if ones:
            compound = {1: "إحدى", 8: "ثمان"} if gender == "f" else {}
            parts.append(compound.get(ones, names[ones]))
        parts.append(_TENS[tens])
    return parts


def _agreeing(count: int, noun: Noun) -> str:
    """The form of a noun behind a number."""
    rest = count % 100
    if count == 2:
        return noun.two if "2" not in noun.two else noun.one
    if 3 <= rest <= 10:
        return noun.few
    return noun.other if 11 <= rest <= 99 else noun.one


def _construct(words: str) -> str:
    """A number right before what it counts: the dual loses its last letter (مئتا دولار), ألفًا its ending."""
    return re.sub(r"((?:مئت|ألف|مليون|مليار|تريليون)ا)ن$|(?<=[فنر])ا$", r"\1", words)
