"""Written text and how it is read out: the cases of a file, and whether a reading is right."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

__all__ = ["Case", "load_cases", "same"]

_COLUMNS = ["language", "kind", "written", "spoken"]
_NOTHING = "∅"
_ESCAPES = {r"\n": "\n", r"\\": "\\"}
_LANGUAGES_WITHOUT_SPACES = frozenset({"zh"})

_GAPS = re.compile(r"[/\u2215\u2044]")
_APOSTROPHE_WITHIN = re.compile(r"(?<=\w)['’](?=\w)")
_SPOKEN_MARKS = frozenset("#%&*@\\_")
"""Unicode calls them punctuation, but a voice that gets one says its name."""


class Case(NamedTuple):
    """spoken: the right readings, the best first; "" where nothing is to be said."""

    language: str
    kind: str
    written: str
    spoken: tuple[str, ...]


def load_cases(path: Path) -> list[Case]:
    """The cases of a file of tab-separated columns, which a line with their names opens.

    Lines that begin with "# " are comments.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    head, *rows = [line.split("\t") for line in lines if line and not line.startswith("# ")]
    if head != _COLUMNS:
        raise ValueError(f"{path}: the columns are {head}, not {_COLUMNS}")
    return [_case(*row) for row in rows]


def _case(language: str, kind: str, written: str, spoken: str) -> Case:
    alternatives = tuple("" if said == _NOTHING else said for said in spoken.split(" | "))
    return Case(language, kind, re.sub(r"\\[n\\]", lambda escape: _ESCAPES[escape[0]], written), alternatives)


def same(spoken: str, alternatives: Iterable[str], language: str, *, but_for_spaces: bool = False) -> bool:
    """Whether a reading is one of the alternatives, but for case, punctuation and hyphens.

    but_for_spaces: "A M" is the same as "AM", too, and so it always is in a language that has no spaces.
    """
    gap = "" if but_for_spaces or language.partition("-")[0] in _LANGUAGES_WITHOUT_SPACES else " "
    return _plain(spoken, gap) in {_plain(alternative, gap) for alternative in alternatives}


def _plain(text: str, gap: str) -> str:
    text = unicodedata.normalize("NFC", text).casefold()
    text = _APOSTROPHE_WITHIN.sub("\0", _GAPS.sub(" ", text))
    return gap.join("".join(_heard(text)).replace("\0", "'").split())


def _heard(text: str) -> Iterator[str]:
    """The text without its punctuation."""
    for char in text:
        category = unicodedata.category(char)
        if category == "Pd":
            yield " "
        elif char in _SPOKEN_MARKS or not category.startswith("P"):
            yield char
