"""Prose as it is written in, characters that can be said out: feed() → pieces, flush() → what was held back.

Characters that no voice can say are dropped, typographic variants become the plain ones, emoji are dropped or
named. A break stays a break, and every piece keeps the span of the original text that it stands for.

It knows nothing of Markdown (that is gone by now), nor where a word or a sentence ends.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import chain

from .piece import Piece, TextOptions

__all__ = ["Characters"]


def _plain_forms() -> dict[str, str]:
    """Letter for letter, so that spans hold."""
    forms = {
        **dict.fromkeys("‘’‚‛", "'"),
        **dict.fromkeys("“”„‟", '"'),
        **dict.fromkeys("\u2010\u2011\u2212", "-"),
        **dict.fromkeys("\t\v\f\x85\u2028\u2029\u00a0\u1680\u202f\u205f\u3000", " "),
        **dict.fromkeys(map(chr, range(0x2000, 0x200B)), " "),
        "\u066a": "%",
        "\u066b": ".",
        "\u066c": ",",
    }
    # Digits of all scripts, and the mathematical and full-width alphabets.
    for char in map(chr, chain(range(0x660, 0xFF10), range(0x1D400, 0x1D800), range(0x1E950, 0x1E95A))):
        if char.isdecimal():
            forms[char] = str(unicodedata.decimal(char))
    for char in map(
        chr,
        chain(range(0x2080, 0x208A), range(0xFF01, 0xFF5F), range(0xFFE0, 0xFFE7), range(0x1D400, 0x1D800)),
    ):
        plain = unicodedata.normalize("NFKC", char)
        if len(plain) == 1 and plain not in "!,.:;?()[]{}":
            forms[char] = plain
    return forms


_PLAIN = _plain_forms()
_EMOJI = (  # and what is drawn with: boxes, blocks, braille
    "\u20e3\u2300-\u23ff\u2460-\u24ff\u2500-\u25ff\u2600-\u27bf\u2800-\u28ff\u2b00-\u2bff"
    "\U0001f000-\U0001faff"
)
_JOINERS = "\u200d\ufe0e\ufe0f\U000e0020-\U000e007f"
_UNSAYABLE = "".join(
    (
        "\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f",  # control characters
        "\u00ad\u061c\u0640\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff",  # zero-width and bidi marks
        "\ufe00-\ufe0f\U000e0100-\U000e01ef",  # variation selectors
        "\ufff9-\uffff\U000e0000-\U000e007f",  # annotations, the replacement character, tags
        "\ud800-\udfff",  # lone surrogates
        "\ue000-\uf8ff\U000f0000-\U0010ffff",  # private use
        _EMOJI,
    )
)
_TRANSLATION = str.maketrans(_PLAIN)
# Most text is of these, and quickly known to be; the rest is looked at one by one.
_PERHAPS_TO_CHANGE = re.compile("[^\n -~¡-¬®-ͯΑ-ωА-яء-ؿف-ي一-鿿、。！，：；？—–…€]")
_SAYABLE_RUN = re.compile(f"[^{_UNSAYABLE}]+")
_LONGEST_CLUSTER = 32


class Characters:
    """One text's way to characters that can be said."""

    def __init__(self, options: TextOptions) -> None:
        self._names = _emoji_names(options.language) if options.emoji == "name" else None
        self._cluster: Piece | None = None  # emoji that may go on

    def feed(self, pieces: Iterable[Piece]) -> list[Piece]:
        """Take the pieces that follow, and return what can be said for certain by now."""
        said: list[Piece] = []
        for piece in pieces:
            if self._names is not None:
                said += self._with_names(piece, self._names)
            elif _PERHAPS_TO_CHANGE.search(piece.text):
                said += _sayable(piece)
            else:
                said.append(piece)
        return said

    def flush(self) -> list[Piece]:
        """Return what was held back, as if the text ended here."""
        return [] if self._names is None else self._named(self._names)

    def _with_names(self, piece: Piece, names: dict[str, str]) -> Iterator[Piece]:
        at = 0
        while at < len(piece.text):
            pattern = _IN_CLUSTER if self._cluster else _CLUSTER_START
            end = at
            while end < len(piece.text) and pattern.match(piece.text[end]) and end - at < _LONGEST_CLUSTER:
                end, pattern = end + 1, _IN_CLUSTER
            if end > at:
                self._cluster = _joined(self._cluster, _part(piece, at, end))
                if len(self._cluster.text) >= _LONGEST_CLUSTER:
                    yield from self._named(names)
            else:
                yield from self._named(names)
                found = _CLUSTER_START.search(piece.text, at)
                end = found.start() if found else len(piece.text)
                yield from _sayable(_part(piece, at, end))
            at = end

    def _named(self, names: dict[str, str]) -> list[Piece]:
        cluster, self._cluster = self._cluster, None
        if cluster is None:
            return []
        return [Piece(f" {_name(cluster.text, names)} ", cluster.span, verbatim=False)]


_SKIN_TONE = re.compile("[\U0001f3fb-\U0001f3ff]")
_CLUSTER_START = re.compile(f"[{_EMOJI}]")
_IN_CLUSTER = re.compile(f"[{_EMOJI}{_JOINERS}]")


def _emoji_names(language: str) -> dict[str, str]:
    """Emoji and what they show, in the language if the `emoji` package knows it."""
    import emoji

    code = language.partition("-")[0].lower()
    code = code if code in emoji.LANGUAGES else "en"
    emoji.config.load_language(code)
    return {
        char: data[code].strip(":").replace("_", " ")
        for char, data in emoji.EMOJI_DATA.items()
        if code in data
    }


def _name(cluster: str, names: dict[str, str]) -> str:
    """The names of the emoji in a cluster, the longest first; of their skin nothing is said."""
    cluster = _SKIN_TONE.sub("", cluster)
    said: list[str] = []
    at = 0
    while at < len(cluster):
        end = next((end for end in range(len(cluster), at, -1) if cluster[at:end] in names), at + 1)
        said.append(names.get(cluster[at:end], ""))
        at = end
    return ", ".join(dict.fromkeys(filter(None, said)))


def _joined(first: Piece | None, second: Piece) -> Piece:
    if first is None:
        return second
    return Piece(first.text + second.text, (first.span[0], second.span[1]), verbatim=False)


def _part(piece: Piece, start: int, end: int) -> Piece:
    return Piece(piece.text[start:end], _span(piece, start, end), piece.verbatim)


def _sayable(piece: Piece) -> Iterator[Piece]:
    text = piece.text.translate(_TRANSLATION)
    for run in _SAYABLE_RUN.finditer(text):
        yield Piece(run.group(), _span(piece, *run.span()), piece.verbatim)


def _span(piece: Piece, start: int, end: int) -> tuple[int, int]:
    if not piece.verbatim:
        return piece.span
    begin = piece.span[0]
    return begin + start, begin + end
