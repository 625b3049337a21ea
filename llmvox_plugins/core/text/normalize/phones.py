"""Telephone numbers and the like, read digit by digit."""

from __future__ import annotations

import re

from ..languages import Language
from .phrase import Phrase, Reading

__all__ = ["read_phone"]

_MOST_WORDS = 7
_PART = re.compile(r"\(?\+?\(?\d[\d()./-]*")
_ANYWHERE = re.compile(
    r"""
    (?= (?:\D*\d){7} ) \+\d{1,3} (?: [ ./-]? \(?\d{1,5}\)? ){2,6}
  | (?:1[ .-])? \(\d{3}\) [ .-]? \d{3} [ .-] \d{4}
  | (?:1[ .-])? \d{3} ([.-]) \d{3} \1 \d{4}
  | \d{3} [ ] \d{3} [ ] \d{4}
  | \d{3} - \d{4}
  | \d{1,5} (?: - \d{1,7} ){3,5}
    """,
    re.VERBOSE,
)


def read_phone(phrase: Phrase, language: Language) -> Reading | None:
    if re.fullmatch(r"\d{3,}", phrase.first.core) and phrase.core_before().lower() in language.digit_heads:
        return Reading(language.digits(phrase.first.core))
    if re.fullmatch(r"\d{5}", phrase.first.core) and re.fullmatch(r"[A-Z]{2}", phrase.core_before()):
        return Reading(language.digits(phrase.first.core))  # a ZIP code
    if not _may_begin(phrase.first.word.text, language):
        return None
    texts: list[str] = []
    best: Reading | None = None
    for count in range(1, _MOST_WORDS + 1):
        word = phrase[count - 1]
        found = word and _PART.match(word.word.text)
        if not word or not found:
            break
        text = word.word.text.rstrip(".,;:!?\"'")
        if count == 1 and ")" not in text:
            text = text.removeprefix("(")
        texts.append(text)
        number = " ".join(texts)
        if any(pattern.fullmatch(number) for pattern in (_ANYWHERE, language.phone)):
            lead = phrase.first.lead.replace("(", "", number.count("("))
            best = Reading(_said(number, language), count, lead=lead)
        if not word.word.text.endswith(text) or word.word.ends_sentence:
            break
    return best


def _may_begin(text: str, language: Language) -> bool:
    text = text if ")" in text else text.removeprefix("(")
    if re.fullmatch(r"\d{2}", text) and language.phone is not Language.phone:
        return True
    return re.match(r"[+(]?\(?\d{2}|\+\d|1[ .-]?$|\d+-\d+-\d|1[-.]\d{3}|\d{3}[.-]", text) is not None and (
        text[0] in "+(0" or re.match(r"\d{3}(?:[.-]|$)|1-|\d+-\d+-\d+-\d", text) is not None
    )


def _said(number: str, language: Language) -> str:
    groups = [language.phone_group(group) for group in re.findall(r"\d+", number)]
    words = ", ".join(groups)
    return f"{language.plus} {words}" if number.startswith("+") and language.plus else words
