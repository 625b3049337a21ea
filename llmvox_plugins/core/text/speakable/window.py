"""The text that has not been read yet, and the constructs that are looked for at its head.

A construct is decided only when no further text can change it: a match that runs into the end of what is
there, and might go on, asks for more. So where the text was cut never matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import regex

from ...audio import Span

__all__ = ["Construct", "Grammar", "Undecided", "Window", "grammar"]


_KEPT = 4  # characters that have been read, for patterns that look behind


class Construct(NamedTuple):
    """name: what it is. pattern: it looks ahead for something, as the end of the text is no answer."""

    name: str
    pattern: regex.Pattern[str]


Grammar = Mapping[str, tuple[Construct, ...]]
"""The constructs that may begin with a character, first come first served; "" has those for any other."""


class Undecided(Exception):  # noqa: N818  (no error: reading goes on later)
    """More text has to come first."""


def grammar(rows: Iterable[tuple[str, str, str]]) -> Grammar:
    """rows: (name, characters that it may begin with or "" for any, verbose pattern)."""
    constructs = [
        (starts, Construct(name, regex.compile(pattern, regex.VERBOSE | regex.DOTALL)))
        for name, starts, pattern in rows
    ]
    characters = {char for starts, _ in constructs for char in starts} | {""}
    return {
        char: tuple(construct for starts, construct in constructs if not starts or (char and char in starts))
        for char in characters
    }


class Window:
    """The text not read yet, behind the few characters before it: marks are judged by their neighbours."""

    def __init__(self) -> None:
        self.text = "\n"
        self.at = 1
        self.final = False
        self._begin = -1

    def extend(self, delta: str) -> None:
        self.text += delta

    def conclude(self) -> None:
        """Read on as if the text ended here; it ends as a line does."""
        self.text += "\n"
        self.final = True

    def forget(self) -> None:
        """Let go of what has been read, and of the end that was only supposed."""
        if self.final:
            self.text = self.text[:-1]
            self.final = False
        read = max(0, self.at - _KEPT)
        self._begin += read
        self.text = self.text[read:]
        self.at -= read

    @property
    def has_more(self) -> bool:
        return self.at < len(self.text) - self.final

    def next(self, grammar: Grammar) -> tuple[str, regex.Match[str]]:
        """The construct at the head, which is not read by that. Raises Undecided."""
        text, at = self.text, self.at
        for name, pattern in grammar.get(text[at]) or grammar[""]:
            found = pattern.match(text, at, partial=not self.final)
            if found is not None:
                if found.partial:
                    raise Undecided
                return name, found
        raise AssertionError(f"the grammar has nothing for {text[at]!r}")

    def span(self, found: regex.Match[str], group: str | int = 0) -> Span:
        return self._begin + found.start(group), self._begin + found.end(group)
