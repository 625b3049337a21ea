"""Numbers in words, by CLDR's rules for some 70 languages (the unicode-rbnf package)."""

from __future__ import annotations

from functools import lru_cache

from unicode_rbnf import RbnfEngine

__all__ = ["LARGEST", "spell"]

LARGEST = 10**15 - 1  # larger ones are read digit by digit


@lru_cache(maxsize=16)
def _engine(tag: str) -> RbnfEngine:
    return RbnfEngine.for_language(tag)


@lru_cache(maxsize=4096)
def spell(tag: str, number: int, rules: str) -> str:
    """The number, 0 to LARGEST, in words.

    rules: the name of one of CLDR's rule sets, such as "spellout-ordinal".
    """
    return " ".join(_engine(tag).format_number(number, ruleset_names=[rules]).text.split())
