"""Numbers in words, by CLDR's rules for some 70 languages (the unicode-rbnf package)."""

from __future__ import annotations

from functools import lru_cache

from unicode_rbnf import RbnfEngine

__all__ = ["LARGEST", "knows", "spell"]

LARGEST = 10**15 - 1  # larger ones are read digit by digit


@lru_cache(maxsize=16)
def _engine(tag: str) -> RbnfEngine | None:
    return RbnfEngine.for_language(tag) if tag in RbnfEngine.get_supported_languages() else None


def knows(tag: str) -> bool:
    """Whether numbers can be spelled in the language, such as "en"."""
    return _engine(tag) is not None


@lru_cache(maxsize=4096)
def spell(tag: str, number: int, rules: str) -> str:
    """The number, 0 to LARGEST, in words.

    rules: the name of one of CLDR's rule sets, such as "spellout-ordinal".
    """
    engine = _engine(tag)
    assert engine is not None
    return " ".join(engine.format_number(number, ruleset_names=[rules]).text.split())
