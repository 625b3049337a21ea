"""Prose as it is written in, prose as it is said out: feed() → pieces, flush() → what was held back.

Characters that no voice can say are dropped, typographic variants become the plain ones. A break stays a
break, and every piece keeps the span of the original text that it stands for.

It knows nothing of Markdown (that is gone by now), nor where a word or a sentence ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .piece import Piece, TextOptions

__all__ = ["Normalizer"]

_PLAIN = {
    **dict.fromkeys("‘’‚‛", "'"),
    **dict.fromkeys("“”„‟", '"'),
    **dict.fromkeys("\u2010\u2011", "-"),
    **dict.fromkeys("\t\v\f\x85\u2028\u2029\u00a0\u1680\u202f\u205f\u3000", " "),
    **dict.fromkeys(map(chr, range(0x2000, 0x200B)), " "),
}
_UNSAYABLE = "".join(
    (
        "\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f",  # control characters
        "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff",  # zero-width and bidi marks
        "\ufe00-\ufe0f\U000e0100-\U000e01ef",  # variation selectors
        "\ufff9-\uffff\U000e0000-\U000e007f",  # annotations, the replacement character, tags
        "\ud800-\udfff",  # lone surrogates
        "\ue000-\uf8ff\U000f0000-\U0010ffff",  # private use
        "\u20e3\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff",  # emoji and pictographs
    )
)
_TRANSLATION = str.maketrans(_PLAIN)
_TO_CHANGE = re.compile(f"[{''.join(_PLAIN)}{_UNSAYABLE}]")
_SAYABLE_RUN = re.compile(f"[^{_UNSAYABLE}]+")


class Normalizer:
    """One text's way from what is written to what is said.

    options: whose language and switches decide what is rewritten; so far nothing depends on them.
    """

    def __init__(self, options: TextOptions) -> None:
        self._options = options

    def feed(self, pieces: Iterable[Piece]) -> list[Piece]:
        """Take the pieces that follow, and return what can be said for certain by now."""
        said: list[Piece] = []
        for piece in pieces:
            if _TO_CHANGE.search(piece.text):
                said += _without_unsayable(piece)
            else:
                said.append(piece)
        return said

    def flush(self) -> list[Piece]:
        """Return what was held back, as if the text ended here."""
        return []


def _without_unsayable(piece: Piece) -> Iterator[Piece]:
    text = piece.text.translate(_TRANSLATION)  # letter for letter, so spans hold
    for run in _SAYABLE_RUN.finditer(text):
        yield Piece(run.group(), _span_within(piece, run), piece.verbatim)


def _span_within(piece: Piece, run: re.Match[str]) -> tuple[int, int]:
    if not piece.verbatim:
        return piece.span
    begin = piece.span[0]
    return begin + run.start(), begin + run.end()
