"""Abbreviations, acronyms and Roman numerals."""

from __future__ import annotations

import re

from ..languages import Language
from .phrase import Phrase, Reading

__all__ = ["read_abbreviation", "read_acronym", "read_roman", "spelled_out"]

_INITIALS = re.compile(r"[^\W\d_](?:\.[^\W\d_])+")
_CAPITALS = re.compile(r"([A-ZÀ-ÖØ-Þ]{2,6})('?s)?")
_ELIDED = re.compile(r"([cdjlmnst]'|qu')(.+)", re.IGNORECASE)  # "l'ONU"
_VOWEL = re.compile(r"[AEIOUYÄÖÜÉÈÀÁÍÓÚ]")
_ROMAN = re.compile(r"(X{0,3})(IX|IV|V?I{0,3})|(X?L(?:X{0,3})(?:IX|IV|V?I{0,3}))")
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50}
_SIZES = frozenset(("XL", "XXL", "XXXL", "LL", "LI"))


def read_abbreviation(phrase: Phrase, language: Language) -> Reading | None:
    """ "Dr.", "e.g.", "U.S."."""
    first = phrase.first
    name = first.core.lower()
    if not language.is_written_alike(first.core) or _is_name(phrase, language):
        return None
    is_dotless = not first.trail and first.core.istitle() and name in language.dotless
    if not is_dotless and not first.trail.startswith(".") and "." not in name:
        return None
    if name in language.abbreviation_heads and (reading := _in_parts(phrase, language)):
        return reading
    if name in language.homographs:
        return _homograph(phrase, language)
    if name in language.before_number:
        after = phrase[1]
        said = language.before_number[name]
        is_one = after is not None and not first.word.ends_sentence and after.core[:1].isalnum()
        is_one = is_one and after is not None and (after.core[0].isdigit() or _roman(after.core) > 0)
        if said and is_one:
            return Reading(said)
    for known in (language.abbreviations, language.endings, language.name_endings):
        if name in known:
            return Reading(known[name]) if known[name] else None
    for end, said in language.shortened_ends.items():
        if name.endswith(end) and name != end:
            return Reading(first.core[: -len(end)] + said)
    if _INITIALS.fullmatch(first.core):
        return Reading(" ".join(first.core.replace(".", "").upper()))
    return None


def _is_name(phrase: Phrase, language: Language) -> bool:
    """ "I talked to Jan." """
    name = phrase.first.core.lower()
    is_calendar = name in language.month_abbreviations or name in language.weekday_abbreviations
    if not is_calendar or phrase.is_first or not phrase.first.word.ends_sentence:
        return False
    before = phrase.core_before().lower()
    return before == "to" or not (before in language.year_heads or before == "on" or before[-1:].isdigit())


def _in_parts(phrase: Phrase, language: Language) -> Reading | None:
    """ "z. B.", "p. ej.", "av. J.-C."."""
    name, size = phrase.first.core.lower(), 1
    best: Reading | None = None
    while name in language.abbreviation_heads:
        earlier, word = phrase[size - 1], phrase[size]
        if earlier is None or earlier.trail != "." or word is None:
            break
        name, size = f"{name}.{word.core.lower()}", size + 1
        for known in (language.abbreviations, language.endings, language.name_endings):
            if word.trail.startswith(".") and known.get(name):
                best = Reading(known[name], size)
    return best


def _homograph(phrase: Phrase, language: Language) -> Reading:
    """ "St. Petersburg", "Main St."."""
    before_name, otherwise = language.homographs[phrase.first.core.lower()]
    if phrase.first.word.ends_sentence:
        return Reading(otherwise if phrase.core_before()[:1].isupper() else before_name)
    after = phrase[1]
    if after is not None and after.core[:1].isupper():
        return Reading(before_name)
    return Reading(otherwise if phrase.core_before()[:1].isupper() else before_name)


def read_acronym(phrase: Phrase, language: Language) -> Reading | None:
    """ "FBI", "PDFs"; "NASA" is read as it stands."""
    core, before = phrase.first.core, phrase.core_before()
    is_shouted = before.isalpha() and before.isupper() and len(before) > 1
    if is_shouted and spelled_out(before, language) == before and _VOWEL.search(core):
        return None  # "DO IT NOW"
    parts = core.split("-")
    said = " ".join(spelled_out(part, language) for part in parts)
    return Reading(said) if said != " ".join(parts) else None


def spelled_out(part: str, language: Language) -> str:
    """Letters and digits as they are said: capitals perhaps one by one, digits as a number."""
    if part.isdecimal():
        if len(part) > 1 and (part.startswith("0") or len(part) > 6):
            return language.digits(part)
        return language.cardinal(int(part))
    if elided := _ELIDED.fullmatch(part):
        return elided[1] + spelled_out(elided[2], language)
    found = _CAPITALS.fullmatch(part)
    if found is None:
        return part
    capitals, plural = found[1], found[2] or ""
    if capitals in language.acronyms_read:
        return part
    is_short = 0 < len(capitals) <= 3 and bool(language.short_words) and capitals not in language.short_words
    if capitals in language.acronyms_spelled or is_short or not _VOWEL.search(capitals):
        return " ".join(capitals) + plural
    return part


def read_roman(phrase: Phrase, language: Language) -> Reading | None:
    """ "Louis XIV", "World War II", "Chapter IV"."""
    core = phrase.first.core
    if (found := language.roman_ordinal.fullmatch(core)) and (value := _roman(found[1])):
        words = language.ordinal(value, language.ordinal_suffixes[found[2].lower()])
        return Reading(words) if words else None
    value = _roman(core)
    if not value:
        return None
    before = phrase.core_before()
    is_numeral = len(core) > 1 or core in language.roman_letters
    is_ordinal = is_numeral and language.ordinal_stop and phrase.first.trail.startswith(".")
    is_named = before[:1].isupper() and not before.isupper() and before.lower() not in language.starters
    if before.lower() in language.regnal_names and is_numeral:
        words = language.regnal_of(value, before.lower())
    elif before.lower() in language.roman_heads:
        words = language.roman(value, before.lower())
    elif is_ordinal and not phrase.first.word.ends_sentence and not phrase.is_first:
        if is_named:
            words = language.regnal_of(value, before.lower())
        else:
            words = language.ordinal_before(value, before.lower())
    elif is_named and len(core) > 1 and core not in _SIZES:
        words = language.cardinal(value)
    else:
        words = language.roman_alone(value, phrase.core_after()) if is_numeral else ""
    return Reading(words) if words else None


def _roman(text: str) -> int:
    """The value of a Roman numeral up to 89, or 0 if it is none."""
    if not text or not _ROMAN.fullmatch(text):
        return 0
    values = [_VALUES[letter] for letter in text]
    return sum(-value if value < max(values[at:]) else value for at, value in enumerate(values))
