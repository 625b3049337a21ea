"""Numbers on their own: ordinals, fractions, versions, and plain ones."""

from __future__ import annotations

import re
from functools import lru_cache

from ..languages import Language, Noun, Number
from .numerals import gathered, number_of, number_pattern, unit_behind
from .phrase import Phrase, Reading

__all__ = ["read_fraction", "read_number", "read_ordinal", "read_power_of_ten", "read_version"]

_VERSION = re.compile(r"(v|V(?=\d+\.))?(\d+(?:\.\d+)*)(?:-?([a-z]+)\.?(\d*))?")
_VULGAR = {
    "½": (1, 2),
    "⅓": (1, 3),
    "⅔": (2, 3),
    "¼": (1, 4),
    "¾": (3, 4),
    "⅕": (1, 5),
    "⅖": (2, 5),
    "⅗": (3, 5),
    "⅘": (4, 5),
    "⅙": (1, 6),
    "⅚": (5, 6),
    "⅛": (1, 8),
    "⅜": (3, 8),
    "⅝": (5, 8),
    "⅞": (7, 8),
}
_FRACTION = re.compile(rf"(\d{{1,4}})/(\d{{1,4}})((?:-[^\W\d_]+)*)|([{''.join(_VULGAR)}])")
_SCORE = re.compile(r"(\d{1,3}[.,]\d{1,2})/(\d{1,3})")
_MIXED = re.compile(rf"(\d+)([{''.join(_VULGAR)}])")


def read_version(phrase: Phrase, language: Language) -> Reading | None:
    """ "v2", "1.2.3", "Python 3.12"."""
    found = _VERSION.fullmatch(phrase.first.core)
    if found is None or not language.version:
        return None
    letter, digits, suffix, number = found.groups()
    before = phrase.core_before().lower()
    dots = digits.count(".")
    if not letter and dots < 2 and not (dots == 1 and before in language.versioned):
        return None
    if not letter and re.fullmatch(number_pattern(language), digits) and before not in language.versioned:
        return None  # where full stops part thousands
    parts = [language.number(number_of(part, language)) for part in digits.split(".")]
    words = f" {language.point if language.decimal == '.' else language.dot} ".join(parts)
    if letter and before != language.version:
        words = f"{language.version} {words}"
    if suffix:
        words = f"{words} {suffix} {language.cardinal(int(number)) if number else ''}"
    return Reading(words)


def _terms(text: str) -> tuple[int, int] | None:
    """Numerator and denominator."""
    found = _FRACTION.fullmatch(text)
    if found is None:
        return None
    numerator, denominator, _, vulgar = found.groups()
    if vulgar:
        return _VULGAR[vulgar]
    top, bottom = int(numerator), int(denominator)
    is_one = not numerator.startswith("0") and bottom > 1 and (top < bottom <= 100 or bottom <= 4)
    return (top, bottom) if is_one or (0 < top == bottom) else None


def read_fraction(phrase: Phrase, language: Language) -> Reading | None:
    """ "1/2", "½", "2 1/2", and what they are of: "1/2 kg"."""
    core = phrase.first.core
    if terms := _terms(core):
        if terms[1] in language.best_scores and "/" in core and language.out_of:
            words = f"{language.cardinal(terms[0])} {language.out_of} {language.cardinal(terms[1])}"
        elif (noun := _noun_after(phrase, 0, language)) is None:
            words = language.fraction(*terms)
        else:
            words = language.fraction_of(*terms, noun)
            if unit_behind(phrase, 0, language):
                return Reading(f"{words} {noun.one}", 2)
        _, hyphen, behind = core.partition("-")
        return Reading(f"{words} {behind.replace('-', ' ')}" if hyphen else words)
    score = _SCORE.fullmatch(core)
    if score and language.out_of and re.fullmatch(number_pattern(language), score[1]):
        words = language.number(number_of(score[1], language))
        return Reading(f"{words} {language.out_of} {language.cardinal(int(score[2]))}")
    if found := _MIXED.fullmatch(core):
        return _mixed(int(found[1]), _VULGAR[found[2]], 1, phrase, language)
    if not core.isdigit() or len(core) > 4:
        return None
    after = phrase.core_after()
    terms = _terms(after)
    is_part = terms is not None and ("/" not in after or terms[0] < terms[1] <= 16)
    return _mixed(int(core), terms, 2, phrase, language) if terms and is_part else None


def _mixed(whole: int, terms: tuple[int, int], size: int, phrase: Phrase, language: Language) -> Reading:
    noun = _noun_after(phrase, size - 1, language)
    if noun is None:
        return Reading(language.mixed(language.cardinal(whole), language.fraction(*terms)), size)
    return Reading(language.mixed_of(whole, terms, noun), size + 1)


def _noun_after(phrase: Phrase, index: int, language: Language) -> Noun | None:
    """What is counted, if that is known."""
    if unit := language.unit(unit_behind(phrase, index, language)):
        return unit
    after = phrase.core_after(index)
    gender = language.gender(Number("", "1"), "", after)
    return Noun(after, after, gender) if gender else None


@lru_cache(maxsize=64)
def _ordinal_pattern(language: Language) -> re.Pattern[str] | None:
    if not language.ordinal_suffixes:
        return None
    suffixes = "|".join(sorted(map(re.escape, language.ordinal_suffixes), key=len, reverse=True))
    group = re.escape(language.group)
    return re.compile(rf"(\d{{1,3}}(?:{group}\d{{3}})*|\d+)({suffixes})((?:-[^\W\d_]+)*)", re.IGNORECASE)


def read_ordinal(phrase: Phrase, language: Language) -> Reading | None:
    """ "21st"; "3." where that is one."""
    first = phrase.first
    pattern = _ordinal_pattern(language)
    if pattern and (found := pattern.fullmatch(first.core)):
        number = int(found[1].replace(language.group, ""))
        words = language.ordinal(number, language.ordinal_suffixes[found[2].lower()])
        return Reading(words + found[3].replace("-", " ")) if words else None
    is_shortened = first.trail == "." and not first.word.ends_sentence and not phrase.is_first
    if language.ordinal_stop and is_shortened and first.core.isdigit() and len(first.core) < 4:
        words = language.ordinal_before(int(first.core), phrase.core_before().lower())
        return Reading(words) if words else None
    return None


def read_number(phrase: Phrase, language: Language) -> Reading | None:
    """A number, and the mark of a list before its item: "1." """
    core, count = gathered(phrase, language)
    found = re.fullmatch(rf"([-+−#]?)({number_pattern(language)})", core)
    if found is None or not language.cardinals:
        return None
    sign, digits = found.groups()
    if not language.spells and sign != "#":
        return None
    number = number_of(digits, language, sign.replace("#", ""))
    after = phrase.core_after(count - 1)
    words = language.number(number, language.gender(number, phrase.core_before(), after))
    if sign == "#":
        words = f"{language.symbols.get('#', '')} {words}".strip()
    first = phrase.first
    if phrase.is_first and first.trail in (".", ")") and not first.word.ends_sentence:
        return Reading(words, trail=",")
    if after in ("-", "–") and not phrase.core_after(count)[:1].isdigit():
        return Reading(words, count + 1, trail=",")
    return Reading(words, count)


def read_power_of_ten(phrase: Phrase, language: Language) -> Reading | None:
    """ "1.5e6"."""
    found = re.fullmatch(rf"([+-]?)({number_pattern(language)})[eE]([+-]?)(\d{{1,3}})", phrase.first.core)
    if found is None or not language.times or "^" not in language.math:
        return None
    factor = language.number(number_of(found[2], language, found[1]))
    exponent = language.number(number_of(found[4], language, found[3]))
    return Reading(f"{factor} {language.times} {language.cardinal(10)} {language.power(exponent)}")
