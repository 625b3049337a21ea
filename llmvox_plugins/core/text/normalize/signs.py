"""Signs that have a name, and words that are made of letters, digits and signs."""

from __future__ import annotations

import re

from ..languages import Language
from .letters import spelled_out
from .numerals import number_of
from .phrase import MARKS, Phrase, Reading

__all__ = ["read_compound", "read_known_form", "read_symbol"]

_LETTERS = rf"(?:[^\W\d_²³][{MARKS}]*)+"
_PART = re.compile(rf"{_LETTERS}(?:'{_LETTERS})?|\d+(?:\.\d+)?|[^\w\s]|[_²³]")
_BEFORE_NUMBER = re.compile(r"(\D*[^\w\s]|\D*º)(\d+)")  # "n°5"
_HANDLE = re.compile(r"@(\w[\w.-]*)")
_HASHTAG = re.compile(r"#([^\W\d]\w*)")
_SAID_ANYWHERE = "&+%@#$€£°©®™§"
_SAID_BETWEEN = "=<>≤≥≠≈×÷±^*→"


def read_known_form(phrase: Phrase, language: Language) -> Reading | None:
    """ "C++", "w/o", "24/7"."""
    said = language.words.get(phrase.first.core) or language.words.get(phrase.first.core.lower())
    if not said and (found := _BEFORE_NUMBER.fullmatch(phrase.first.core)):
        said = language.words.get(found[1].lower())
        return Reading(f"{said} {spelled_out(found[2], language)}") if said else None
    return Reading(said) if said else None


def read_symbol(phrase: Phrase, language: Language) -> Reading | None:
    core = phrase.first.core
    if core in ("-", "–"):
        return _dash(core, phrase, language)
    if core == "/" and phrase.core_before()[-1:].isdigit():
        return Reading(language.symbols.get("÷", ""))
    if core in language.symbols:
        return Reading(language.symbols[core])
    whole = phrase.first.word.text
    if whole in language.symbols:  # "!="
        return Reading(language.symbols[whole])
    if found := _HANDLE.fullmatch(core):
        return Reading(f"{language.at} {_compound(found[1], language)}")
    if language.hash and (found := _HASHTAG.fullmatch(core)):
        return Reading(f"{language.hash} {_compound(found[1], language)}")
    return None


def _dash(core: str, phrase: Phrase, language: Language) -> Reading:
    """Between two numbers; behind another, it was read with that."""
    if phrase.core_before()[-1:].isdigit() and phrase.core_after()[:1].isdigit():
        return Reading(language.minus if core == "-" else language.range_word)
    return Reading("")


def read_compound(phrase: Phrase, language: Language) -> Reading | None:
    """ "GPT-4o", "H2O", "snake_case", "x=5"."""
    core, trail = phrase.first.core, phrase.first.trail
    said = _compound(core, language)
    if not said or said == core:
        return None
    return Reading(said, trail=trail.replace(")", "", core.count("(")))


def _compound(text: str, language: Language) -> str:
    parts = _PART.findall(text)
    said = " ".join(filter(None, (_part(part, at, parts, language) for at, part in enumerate(parts))))
    return said.replace(" ,", ",")


def _between(parts: list[str], at: int, language: Language) -> str:
    """An en dash: "Monday–Friday" is a range, "so–but" a pause."""
    is_range = all(not part[0].islower() for part in (parts[at - 1], parts[at + 1]))
    return language.range_word if is_range else ","


def _part(part: str, at: int, parts: list[str], language: Language) -> str:
    if part in "²³":
        return language.math.get(part, "")
    if part[0].isdigit():
        if language.decimal != ".":  # "GPT-3.5" is a version then
            return f" {language.dot} ".join(spelled_out(number, language) for number in part.split("."))
        return language.number(number_of(part, language)) if "." in part else spelled_out(part, language)
    if part[0].isalpha():
        if part.isupper() and len(part) < 4 and "&" in parts:
            return " ".join(part)  # "AT&T"
        return language.words.get(part.lower()) or spelled_out(part, language)
    is_between = 0 < at < len(parts) - 1
    if part == "-" and is_between and parts[at - 1] in ("^", "=", "<", ">", "*"):
        return language.minus
    if part == "–":
        return _between(parts, at, language) if is_between else ""
    if part == "." and is_between:
        return language.dot
    if part == "/" and is_between:
        return language.slash
    if part in _SAID_ANYWHERE or (is_between and part in _SAID_BETWEEN):
        return language.symbols.get(part, "")
    return ""
