"""Times of day: "10:30 AM", "5pm", "5 p.m.", "14h30", "9am-5pm"."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..languages import Language
from .numerals import unit_behind
from .phrase import Phrase, Reading

__all__ = ["read_time"]

_TIME = re.compile(r"(\d{1,2})(?:([:h.])(\d{2}))?(?::(\d{2}))?(h?)([ap]\.?m)?", re.IGNORECASE)
_HALVES = {"am": "am", "pm": "pm", "a.m": "am", "p.m": "pm"}
_HALF_AND_TIME = re.compile(r"([ap]\.?m)\.?[-–—](\d.*)", re.IGNORECASE)
_RATIO = re.compile(r"(\d{1,4}):(\d{1,4})")


class _Time(NamedTuple):
    hour: int
    minute: int
    second: int | None
    half: str
    has_minutes: bool
    is_marked: bool  # by a colon, an "h" or a half: it is a time, whatever follows


def _time(text: str, language: Language) -> _Time | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hour, sign, minute, second, h, half = found.groups()
    if (sign == "h" or h) and "h" not in language.time_signs:
        return None
    if sign == "." and not half and "." not in language.time_signs:
        return None
    if int(hour) > 24 or int(minute or 0) > 59 or int(second or 0) > 59:
        return None
    return _Time(
        int(hour),
        int(minute or 0),
        int(second) if second else None,
        _HALVES.get((half or "").lower(), ""),
        minute is not None,
        bool((sign and sign != ".") or h or half),
    )


def read_time(phrase: Phrase, language: Language) -> Reading | None:
    core = phrase.first.core
    if not language.time(1, 0):
        return None
    low, dash, high = re.sub("[–—]", "-", core).partition("-")
    time = _time(low, language)
    if time is None:
        return _ratio(core, language)
    if phrase.core_before().lower() in language.hour_heads:
        time = time._replace(has_minutes=True, is_marked=True)
    if dash:
        return _times(time, high, phrase, language)
    after = phrase.core_after() if len(low) < 9 else ""
    half, size = _half_behind(phrase, after.lower()) if language.has_halves else ("", 0)
    if language.has_halves and (found := _HALF_AND_TIME.fullmatch(after)):
        start = time._replace(half=_HALVES[found[1].lower()], is_marked=True)
        return _times(start, found[2], phrase, language, 2)
    if half and not time.half:
        return Reading(_said(time._replace(half=half), language), 1 + size)
    if after.lower() in language.clock_words:
        if not time.has_minutes and (minute := _minute_behind(phrase, language)):
            return Reading(_said(time._replace(minute=minute), language), 3)
        return Reading(_said(time, language), 2)
    if time.is_marked and time.has_minutes and (tail := language.clock_tails.get(after.lower())):
        return Reading(f"{_said(time, language)} {tail}", 2)
    if not time.is_marked:
        return None
    if after.isdigit() and len(after) == 2 and core.endswith("h"):
        return Reading(_said(time._replace(minute=int(after)), language), 2)
    return Reading(_said(time, language))


def _minute_behind(phrase: Phrase, language: Language) -> int:
    """Of "14 h 30", or 0."""
    minute = phrase.core_after(1)
    if not re.fullmatch(r"[0-5]\d", minute) or unit_behind(phrase, 2, language):
        return 0
    return int(minute)


def _half_behind(phrase: Phrase, after: str) -> tuple[str, int]:
    """The half behind a time, or "", and of how many words it is: "p.m.", "p. m."."""
    if after in _HALVES:
        return _HALVES[after], 1
    if after in ("a", "p") and (letter := phrase[1]) is not None and letter.trail == ".":
        last = phrase[2]
        if last is not None and last.core.lower() == "m":
            return after + "m", 2
    return "", 0


def _times(low: _Time, text: str, phrase: Phrase, language: Language, count: int = 1) -> Reading | None:
    """From one time to another. count: how many words the first and `text` are made of."""
    high = _time(text, language)
    if high is None:
        return None
    after = phrase.core_after(count - 1)
    half = _HALVES.get(after.lower(), "") if language.has_halves and not high.half else ""
    is_followed = bool(half) or after.lower() in language.clock_words
    if not (low.is_marked or high.is_marked or is_followed):
        return None
    count += is_followed
    if low.has_minutes and not (low.half or high.is_marked or is_followed):
        return Reading(language.range(_said(low, language), language.cardinal(high.hour)), count)  # a verse
    high = high._replace(half=high.half or half)
    start = _said(low, language) if low.half or low.has_minutes else language.cardinal(low.hour)
    return Reading(language.range(start, _said(high, language)), count)


def _said(time: _Time, language: Language) -> str:
    return language.time(time.hour, time.minute, time.second, half=time.half)


def _ratio(core: str, language: Language) -> Reading | None:
    """ "16:9"."""
    found = _RATIO.fullmatch(core)
    words = language.ratio(int(found[1]), int(found[2])) if found else ""
    return Reading(words) if words else None
