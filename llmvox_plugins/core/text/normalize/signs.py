"""Signs that have a name, and words that are made of letters, digits and signs."""

from __future__ import annotations

import re

from ..languages import Language
from .letters import spelled_out
from .numerals import number_of
from .phrase import MARKS, Phrase, Reading

__all__ = ["read_by", "read_compound", "read_known_form", "read_option", "read_symbol"]

_LETTERS = rf"(?:[^\W\d_²³][{MARKS}]*)+"
_PART = re.compile(rf"{_LETTERS}(?:'{_LETTERS})?|\d+(?:\.\d+)*|[=!<>]=+|[-=]>|[^\w\s]|[_²³]")
_BEFORE_NUMBER = re.compile(r"(\D*[^\w\s]|\D*º)(\d+)")  # "n°5"
_TERM_BEFORE = re.compile(r"(?:\d|(?<![^\W\d_])[a-z]|\))$")
_TERM = re.compile(r"\d|\(|[a-z]\b")
_OPTION = re.compile(r"(--?)([^\W\d_][\w-]*)")
_HANDLE = re.compile(r"@(\w[\w.-]*)")
_HASHTAG = re.compile(r"#([^\W\d]\w*)")
_SAID_ANYWHERE = "&+%@#$€£°©®™§"
_SAID_BETWEEN = frozenset((*"=<>≤≥≠≈×÷±^*→", "==", "!=", "<=", ">=", "->", "=>"))


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
    if core == ">" and phrase.core_before()[:1].isupper() and phrase.core_after()[1:2].islower():
        return Reading("")  # "Settings > Privacy"
    if core == "/" and phrase.core_before()[-1:].isdigit():
        return Reading(language.symbols.get("÷", "") if phrase.core_after()[:1].isdigit() else "")
    if core in language.comparisons and not phrase.core_before() and phrase.core_after()[:1].isdigit():
        return Reading(language.comparisons[core])  # "(≥ 5 times)"
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


def read_by(phrase: Phrase, language: Language) -> Reading | None:
    """ "3 x 4 m"."""
    if phrase.first.core != "x" or not language.by:
        return None
    before = phrase.core_before()
    is_size = before[-1:].isdigit() or before in language.units
    return Reading(language.by) if is_size and phrase.core_after()[:1].isdigit() else None


def read_option(phrase: Phrase, language: Language) -> Reading | None:
    """ "-i", "--help"."""
    found = _OPTION.fullmatch(phrase.first.core)
    if found and phrase.core_before() in language.symbols:
        return Reading(f"{language.minus} {_compound(found[2], language)}")  # "x = -b"
    if found is None or not language.dash:
        return None
    return Reading(" ".join([language.dash] * len(found[1]) + [_compound(found[2], language)]))


def _dash(core: str, phrase: Phrase, language: Language) -> Reading:
    """Between two numbers; behind another, it was read with that."""
    if _TERM_BEFORE.search(phrase.before) and _TERM.match(phrase.core_after()):
        return Reading(language.minus if core == "-" else language.range_word)
    return Reading("")


def read_compound(phrase: Phrase, language: Language) -> Reading | None:
    """ "GPT-4o", "H2O", "snake_case", "x=5"."""
    core, trail = phrase.first.core, phrase.first.trail
    said = _compound(core, language)
    if not said or said == core:
        return None
    for opening, closing in ("()", "[]", "{}"):
        trail = trail.replace(closing, "", core.count(opening))
    return Reading(said, trail=trail)


def _compound(text: str, language: Language) -> str:
    parts = _PART.findall(text)
    said = " ".join(filter(None, (_part(part, at, parts, language) for at, part in enumerate(parts))))
    return said.replace(" ,", ",")


def _between(parts: list[str], at: int, language: Language) -> str:
    """An en dash: "Monday–Friday" is a range, "so–but" a pause."""
    is_range = all(not part[0].islower() for part in (parts[at - 1], parts[at + 1]))
    return language.range_word if is_range else ","


def _is_minus(parts: list[str], at: int) -> bool:
    """ "F(n-1)", "10-3=7", "10^-3", "UTC-5", but not "GPT-4"."""
    before, after = parts[at - 1], parts[at + 1]
    if before in "^=<>*{(" or before in ("UTC", "GMT"):
        return True
    is_formula = any(part in "()[]=+*/" for part in parts) or (len(before) == 1 and before.islower())
    return is_formula and all(term[0].isdigit() or len(term) == 1 for term in (before, after))


def _part(part: str, at: int, parts: list[str], language: Language) -> str:
    if part in "²³":
        return language.math.get(part, "")
    if part[0].isdigit():
        if language.decimal == "." and part.count(".") == 1:
            return language.number(number_of(part, language))
        point = language.point if language.decimal == "." else language.dot
        return f" {point} ".join(spelled_out(number, language) for number in part.split("."))
    if part == "x" and 0 < at < len(parts) - 1 and parts[at - 1][-1].isdigit() and parts[at + 1][0].isdigit():
        return language.by
    if part[0].isalpha():
        if part.isupper() and len(part) < 4 and "&" in parts:
            return " ".join(part)  # "AT&T"
        return language.words.get(part.lower()) or spelled_out(part, language)
    is_between = 0 < at < len(parts) - 1
    if part == "-" and is_between and _is_minus(parts, at):
        return language.minus
    if part == "–":
        return _between(parts, at, language) if is_between else ""
    if part == "." and is_between:
        return language.dot
    if part == "~" and is_between:
        return language.tilde
    if part == "/" and is_between and language.over and parts[at - 1].isdigit() and parts[at + 1].isdigit():
        return language.over
    if part == "/" and is_between:
        return language.slash
    if part in _SAID_ANYWHERE or (is_between and part in _SAID_BETWEEN):
        return language.symbols.get(part, "")
    return ""
