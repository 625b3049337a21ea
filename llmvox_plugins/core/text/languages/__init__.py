"""Languages: how they say numbers, money, dates and the like, and where their sentences end."""

from __future__ import annotations

import importlib
from functools import lru_cache

from .base import Language, Noun, Number
from .others import OTHERS

__all__ = ["Language", "Noun", "Number", "language_of"]

_KNOWN = {"ar": "Arabic", "de": "German", "en": "English", "es": "Spanish", "fr": "French", "zh": "Mandarin"}
_OTHER_NAMES = {"cmn": "zh", "yue": "zh"}


@lru_cache(maxsize=64)
def language_of(tag: str, *, spells: bool = True) -> Language:
    """The language of a BCP 47 tag such as "en-us"; one that is not known here says signs as they stand.

    spells: numbers become words.
    """
    code = tag.replace("_", "-").partition("-")[0].lower()
    code = _OTHER_NAMES.get(code, code)
    if code not in _KNOWN or "latn" in tag.lower():  # "cmn-latn-pinyin" has no Chinese characters
        return OTHERS.get(code, Language)(code, spells=spells)
    module = importlib.import_module(f".{code}", __name__)
    language: Language = getattr(module, _KNOWN[code])(spells=spells)
    return language
