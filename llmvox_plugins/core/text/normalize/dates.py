"""Dates, months, years and decades."""

from __future__ import annotations

import re
from functools import lru_cache

from ..languages import Language
from .numerals import unit_behind
from .phrase import Phrase, Reading

__all__ = ["read_calendar_name", "read_date", "read_years"]

_ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:T[\d:.Z+-]*)?")
_MONTH_AND_DAY = re.compile(r"(\d{1,2})/(\d{1,2})")
_NUMERIC = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})")
_DAY = re.compile(r"(\d{1,2})([^\W\d_º]*|[ºª])")
_DAY_BEFORE = re.compile(r"\d{1,2}[^\W\d_]{0,2},")
_YEAR = re.compile(r"((?:[^\W\d_]+-)?)(\d{4})((?:-[^\W\d_]+)*|'s)")
_YEARS = re.compile(r"(\d{3,4})[-–—](\d{4}|\d{2})")
_DAY_AND_MONTH = re.compile(r"(\d{1,2})\.(\d{1,2})")
_WEEKDAYS = re.compile(r"([^\W\d_]{2,5})\.?[-–—]([^\W\d_]{2,5})")
_DECADE = re.compile(r"((?:[^\W\d_]+-)?)(\d{4}|\d0)s")


def _month(name: str, language: Language) -> int:
    """1 to 12, or 0 if it is none."""
    return _months(language).get(name.lower(), 0)


@lru_cache(maxsize=64)
def _months(language: Language) -> dict[str, int]:
    numbers = {month.lower(): number for number, month in enumerate(language.months, start=1)}
    return {short: numbers[name.lower()] for short, name in language.month_abbreviations.items()} | {
        **language.other_months,
        **numbers,
    }


def _is_date(day: int, month: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31


def read_date(phrase: Phrase, language: Language) -> Reading | None:
    """ "2024-01-15", "1/15/2024", and the days of "January 3rd" and "3 January"."""
    core = phrase.first.core
    if not language.months:
        return None
    if found := _ISO.fullmatch(core):
        return _reading(int(found[4]), int(found[3]), int(found[1]), phrase, language)
    if language.month_first and (found := _MONTH_AND_DAY.fullmatch(core)):
        month, day = int(found[1]), int(found[2])
        return _reading(day, month, None, phrase, language) if day > 12 and day != 16 else None
    if (
        not language.month_first
        and (found := _MONTH_AND_DAY.fullmatch(core))
        and "0" in (found[1][0], found[2][0])
    ):
        return _reading(int(found[1]), int(found[2]), None, phrase, language)
    is_shortened = phrase.first.trail.startswith(".") and phrase.core_before().lower() in language.date_heads
    if is_shortened and (found := _DAY_AND_MONTH.fullmatch(core)):
        return _reading(int(found[1]), int(found[2]), None, phrase, language)
    if found := _NUMERIC.fullmatch(core):
        first, second = int(found[1]), int(found[3])
        is_month_first = language.month_first and found[2] != "."
        day, month = (second, first) if is_month_first else (first, second)
        if month > 12 >= day:
            day, month = month, day
        return _reading(day, month, _full_year(found[4]), phrase, language)
    return _day(phrase, language)


def _reading(day: int, month: int, year: int | None, phrase: Phrase, language: Language) -> Reading | None:
    before = phrase.core_before().lower()
    words = language.date_before(day, month, year, before) if _is_date(day, month) else ""
    return Reading(words) if words else None


def _full_year(digits: str) -> int:
    if len(digits) == 4:
        return int(digits)
    return int(digits) + (2000 if int(digits) < 50 else 1900)


def _day(phrase: Phrase, language: Language) -> Reading | None:
    first = phrase.first
    found = _DAY.fullmatch(first.core)
    if found is None or not 1 <= int(found[1]) <= 31:
        return None
    if found[2] and found[2].lower() not in language.ordinal_suffixes:
        return None
    day, before = int(found[1]), phrase.core_before()
    if language.month_first and before and _month(before, language):
        return Reading(language.day_after_month(day))
    if _month(_name_after(phrase, language), language):
        words = language.day_before_month(day, before.lower())
        return Reading(words) if words else None
    return None


def _name_after(phrase: Phrase, language: Language) -> str:
    """The word behind a day, which may have a full stop: "3. Januar"."""
    first = phrase.first
    if first.is_bare_behind:
        return phrase.core_after()
    if language.ordinal_stop and first.trail == "." and (word := phrase[1]) is not None:
        return word.core
    return ""


def read_calendar_name(phrase: Phrase, language: Language) -> Reading | None:
    """ "Jan 3", "Mon, Jan 3"; with a full stop, they are abbreviations like others."""
    first = phrase.first
    if (days := _WEEKDAYS.fullmatch(first.core)) and first.trail in ("", ",", ".", ":"):
        known = language.weekday_abbreviations
        low, high = known.get(days[1].lower()), known.get(days[2].lower())
        return Reading(language.range(low, high)) if low and high else None
    if (weekday := language.weekday_abbreviations.get(first.core.lower())) and first.trail in ("", ","):
        after = phrase[1]
        if after is not None and (after.core[:1].isdigit() or _month(after.core, language)):
            return Reading(weekday)
    month = _month(first.core, language) if first.core.lower() in language.month_abbreviations else 0
    if month and not first.trail and phrase.core_after()[:1].isdigit():
        return Reading(language.months[month - 1])
    return None


def read_years(phrase: Phrase, language: Language) -> Reading | None:
    """ "1984", "1939–1945", "the 1990s", "'90s"."""
    core = phrase.first.core
    if found := _DECADE.fullmatch(core):
        words = language.decade(int(found[2]), short=len(found[2]) == 2)
        lead = phrase.first.lead.removesuffix("'")
        return Reading(found[1] + words, lead=lead) if words else None
    if found := _YEARS.fullmatch(core):
        low, high = found.groups()
        full = high if len(high) == 4 else low[:-2] + high
        if 1000 <= int(low) < int(full) <= 2100:
            end = language.year(int(full)) if len(high) == 4 else language.cardinal(int(high))
            return Reading(language.range(language.year(int(low)), end))
    found = _YEAR.fullmatch(core)
    if found is None or found[2].startswith("0"):
        return None
    year = int(found[2])
    if found[1] or found[3] or _is_year(year, phrase, language):
        return Reading(found[1] + language.year(year) + found[3].replace("-", " "))
    return None


def _is_year(year: int, phrase: Phrase, language: Language) -> bool:
    if not 1000 <= year <= 2100:
        return False
    before = phrase.core_before()
    is_expected = before.lower() in language.year_heads
    if _month(before, language) or _DAY_BEFORE.fullmatch(phrase.before):
        return True
    if not is_expected and not 1900 <= year <= 2099:
        return False
    if unit_behind(phrase, 0, language):
        return False
    after = phrase.core_after()
    return after not in language.currencies and after != "%"
