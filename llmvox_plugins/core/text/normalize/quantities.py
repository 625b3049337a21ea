"""Numbers with what they count: "$5 million", "10–20%", "5 km", "60 km/h", "20 °C", "2x"."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from ..languages import Language, Noun, Number
from .numerals import gathered, number_of, number_pattern, unit_behind
from .phrase import Phrase, Reading

__all__ = ["read_code_and_amount", "read_feet_and_inches", "read_measure", "read_money"]

_DASHES = "-–—~"
_SCALES = ("K", "k", "M", "B", "T", "bn", "mn")  # also without money
_FEET_AND_INCHES = re.compile(r"(\d)['′](\d{1,2})[\"″]")


class _Quantity(NamedTuple):
    """currency, scale, rest: "" where there is none. high: the other end of a range."""

    prefix: str
    currency: str
    low: Number
    high: Number | None
    scale: str
    rest: str
    size: int


@lru_cache(maxsize=64)
def _pattern(language: Language) -> re.Pattern[str]:
    number = number_pattern(language)
    signs = "|".join(sorted(map(re.escape, language.currencies), key=len, reverse=True)) or r"(?!)"
    return re.compile(
        rf"""
        (?P<prefix>(?:[~≈<>≤≥±]=?)?)
        (?P<sign>[-+−]?) (?P<currency>(?:{signs})?) (?P<inner>-?) (?P<low>{number})
        (?: (?:[KkMBT]|bn|mn)? [{_DASHES}] (?P<sign_of_high>[-−]?) (?:{signs})? (?P<high>{number}) )?
        (?P<rest>(?:[^\d].*)?)
        """,
        re.VERBOSE | re.DOTALL,
    )


def _quantity(phrase: Phrase, language: Language) -> _Quantity | None:
    core, count = gathered(phrase, language)
    found = _pattern(language).fullmatch(core)
    if found is None or (found["sign"] and found["inner"]):
        return None
    low = number_of(found["low"], language, found["sign"] or found["inner"])
    high = number_of(found["high"], language, found["sign_of_high"]) if found["high"] else None
    if high is not None and high.value < low.value and low.value >= 200:
        return None  # "747-400" is a name
    scale, rest = _scale(found["rest"], bool(found["currency"]), phrase, language)
    if not rest and not scale:
        after = phrase.core_after(count - 1)
        if after in language.scales and len(after) > 1:
            scale, count = after, count + 1
    return _Quantity(found["prefix"], found["currency"], low, high, scale, rest, count)


def _scale(rest: str, is_money: bool, phrase: Phrase, language: Language) -> tuple[str, str]:
    """The scale behind a number, and the rest: "5M", "$5bn/year", but not "221B Baker"."""
    for scale in (rest[:2], rest[:1]):
        if scale not in language.scales or rest[len(scale) : len(scale) + 1].isalpha():
            continue
        if phrase.core_before().lower() in language.labels:
            break
        if is_money or (scale in _SCALES and not phrase.core_after()[:1].isupper()):
            return scale, rest[len(scale) :]
    return "", rest


def read_code_and_amount(phrase: Phrase, language: Language) -> Reading | None:
    """ "USD 50"."""
    code = phrase.first.core
    if code not in language.currencies or phrase.first.trail:
        return None
    after = phrase.core_after()
    if not re.fullmatch(number_pattern(language), after):
        return None
    return Reading(language.money(number_of(after, language), code), 2)


def read_feet_and_inches(phrase: Phrase, language: Language) -> Reading | None:
    """5'10\"."""
    found = _FEET_AND_INCHES.match(phrase.first.word.text)
    if found is None or "ft" not in language.units or "in" not in language.units:
        return None
    feet = language.counted(Number("", found[1]), language.units["ft"])
    inches = language.counted(Number("", found[2]), language.units["in"])
    return Reading(f"{feet} {inches}", lead="", trail=phrase.first.trail.lstrip('"'))


def read_money(phrase: Phrase, language: Language) -> Reading | None:
    if not language.currencies or (quantity := _quantity(phrase, language)) is None:
        return None
    if not quantity.currency:
        quantity = _with_currency_behind(quantity, phrase, language)
        if quantity is None:
            return None
    tail = _tail(quantity.rest, language)
    if tail is None:
        return None
    words = _money(quantity, language)
    if not tail and _is_attributive(quantity.size, phrase, language):
        words = _in_singular(words, language.currencies[quantity.currency][0])
    if phrase.core_after(quantity.size - 1).lower() == language.currencies[quantity.currency][0].other:
        quantity = quantity._replace(size=quantity.size + 1)  # "$5 million dollars"
    return _reading(quantity, words, tail, phrase, language)


def _with_currency_behind(quantity: _Quantity, phrase: Phrase, language: Language) -> _Quantity | None:
    """ "20€", "20 €", "5 million USD"."""
    currency, slash, unit = quantity.rest.partition("/")
    if currency in language.currencies:
        return quantity._replace(currency=currency, rest=slash + unit)
    if not quantity.rest:
        after = phrase.core_after(quantity.size - 1)
        if quantity.scale and not after:
            after = _behind_stop(quantity.size - 1, phrase)
        currency, slash, unit = after.partition("/")
        if currency in language.currencies:
            return quantity._replace(currency=currency, rest=slash + unit, size=quantity.size + 1)
    return None


def _behind_stop(index: int, phrase: Phrase) -> str:
    """The core behind an abbreviated scale: "5 Mio. €"."""
    scale = phrase[index]
    if scale is None or scale.trail != ".":
        return ""
    word = phrase[index + 1]
    return "" if word is None else word.core


def _money(quantity: _Quantity, language: Language) -> str:
    def said(number: Number) -> str:
        if quantity.scale:
            return language.scaled_money(number, quantity.scale, quantity.currency)
        return language.money(number, quantity.currency)

    if quantity.high is None:
        return said(quantity.low)
    return language.range(language.number(quantity.low), said(quantity.high))


def read_measure(phrase: Phrase, language: Language) -> Reading | None:
    quantity = _quantity(phrase, language)
    if quantity is None or quantity.rest == "B":  # "221B", and not bytes
        return None
    if not quantity.scale and (reading := _with_unit(quantity, phrase, language)):
        return reading
    if not (quantity.rest or quantity.scale or quantity.high or quantity.prefix):
        return None  # a mere number
    tail = _tail(quantity.rest, language)
    if tail is None or (quantity.rest == "x" and phrase.core_after() in language.symbols):
        return None  # "2x + 1"
    words = _scaled(quantity, language) if quantity.scale else _amount(quantity, language)
    if quantity.rest.startswith("-"):
        words, tail = language.with_tail(words, tail), ""
    return _reading(quantity, words, tail, phrase, language)


def _with_unit(quantity: _Quantity, phrase: Phrase, language: Language) -> Reading | None:
    """ "5kg", "5 kg", "5-kg", "5 %", "40.8° N"."""
    unit = quantity.rest
    if not unit:
        last = quantity.size - 1
        unit = "%" if phrase.core_after(last) == "%" else unit_behind(phrase, last, language)
        quantity = quantity._replace(size=quantity.size + 1)
    if unit == "%" and language.percent:
        return _reading(quantity, language.percentage(_amount(quantity, language)), "", phrase, language)
    if (
        unit.startswith("-")
        and unit[1:] not in language.units_that_are_words
        and not re.match("-[A-Z]$", unit)
    ):
        noun = language.units.get(unit[1:])
        return (
            _reading(quantity, f"{_amount(quantity, language)} {noun.one}", "", phrase, language)
            if noun
            else None
        )
    noun = language.unit(unit.replace("^2", "²").replace("^3", "³").replace("º", "°"))
    if noun is None:
        return None
    words = _measured(quantity, noun, language)
    if _is_attributive(quantity.size, phrase, language):
        words = _in_singular(words, noun)
    if unit == "°" and (direction := language.directions.get(phrase.core_after(quantity.size - 1))):
        return _reading(quantity._replace(size=quantity.size + 1), words, direction, phrase, language)
    return _reading(quantity, words, "", phrase, language)


def _is_attributive(count: int, phrase: Phrase, language: Language) -> bool:
    """ "a $5 bill"."""
    if phrase.core_before().lower() not in language.attributive_after:
        return False
    after = phrase.core_after(count - 1)
    return after.isalpha() and after.lower() not in language.joiners


def _in_singular(words: str, noun: Noun) -> str:
    return words.removesuffix(noun.other) + noun.one if words.endswith(noun.other) else words


def _amount(quantity: _Quantity, language: Language) -> str:
    low = language.number(quantity.low)
    return low if quantity.high is None else language.range(low, language.number(quantity.high))


def _scaled(quantity: _Quantity, language: Language) -> str:
    if quantity.high is None:
        return language.scaled(quantity.low, quantity.scale)
    return language.range(language.number(quantity.low), language.scaled(quantity.high, quantity.scale))


def _measured(quantity: _Quantity, noun: Noun, language: Language) -> str:
    if quantity.high is None:
        return language.counted(quantity.low, noun)
    return language.range(language.number(quantity.low, noun.gender), language.counted(quantity.high, noun))


def _tail(rest: str, language: Language) -> str | None:
    """What is said of signs behind a quantity: "+", "x", "/month", "-year-old"; None if they are no such."""
    if not rest:
        return ""
    if rest == "+":
        return language.plus
    if rest in ("x", "×", "X"):
        return language.times
    if rest == "%":
        return language.percent
    if found := re.fullmatch(r"/([^\W\d_]+)", rest):
        noun = language.units.get(found[1])
        return f"{language.per} {noun.one if noun else found[1]}" if language.per else None
    if re.fullmatch(r"(?:-[^\W\d_]+)+", rest):
        head, *others = rest[1:].split("-")
        if others and head in language.units and head not in language.units_that_are_words:
            head = language.units[head].one  # "100-m-Lauf"
        return " ".join((head, *others))
    return None


def _reading(quantity: _Quantity, words: str, tail: str, phrase: Phrase, language: Language) -> Reading:
    prefix = language.symbols.get(quantity.prefix, "") if quantity.prefix else ""
    prefix = language.comparisons.get(quantity.prefix, prefix)
    if prefix == phrase.core_before().lower():
        prefix = ""
    return Reading(f"{prefix} {words} {tail}".strip(), quantity.size)
