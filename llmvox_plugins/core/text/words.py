"""Prose in, the words of it out, as they are written: feed() → words, flush() → what was held back.

A word is released at the white space behind it if it ends a sentence. Otherwise it waits for the next letter:
a dash may follow, or the break that makes it the last of its sentence. Only where the next word decides
whether a full stop ends a sentence is that one waited for.

It knows nothing of Markdown, nor how anything is said; that every letter can be said has been seen to.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..audio import Span
from .languages import language_of
from .piece import Piece, TextOptions, Word
from .sentences import CLOSING, OPENING, PAUSES, TERMINALS, WIDE_STOPS, Need, Sentence

__all__ = ["WordBuffer"]

_LONGEST_WORD = 256

_DASHES = "—–―|←↔•-"
_DECORATION = frozenset("-~^/#")  # on their own; next to others, they may have a name

_TOKEN = re.compile(rf"(?P<space>\s+)|(?P<stops>[{WIDE_STOPS}]+)|[^\s{WIDE_STOPS}]+")
_MARK = re.escape("".join(TERMINALS | PAUSES) + CLOSING)
_MARKS = re.compile(f"[{_MARK}]+")
_MARKS_BUT_QUOTES = re.compile(f"(?:(?![\"'])[{_MARK}])+")
_DETACHED_MARK = re.compile(rf"(?=.*[^\"'()\[\]{{}}])(?:[{_MARK}]|[{_DASHES}])+")
_BEFORE_MINUS = re.compile(r"(?:\d|(?<![^\W\d_])[a-z]|\))$")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_LOWER, _UPPER = "a-zà-öø-ÿα-ωа-я", "A-ZÀ-ÖØ-ÞΑ-ΩА-Я"
_SEAM = re.compile(
    rf"""
    (?<=[{_LOWER}]{{2}}[.]) (?=[{_UPPER}][{_LOWER}]+[^.]*\.?$)     # one.Two
  | (?<=[^\W\d_][!?؟]) (?=[^\W\d_])                                # Hi!You
  | (?<=[^\W\d_]…) (?=[^\W_]) | (?<=[^\W\d_]\.\.\.) (?=[^\W_])     # well...so
  | (?<=[^\W_]—) (?=[^\W_]) | (?<=[^\W\d_]--) (?=[^\W_])
    """,
    re.VERBOSE,
)
_MAY_HAVE_SEAM = re.compile(r"[.!?؟…—–-].")
_UNSEAMED = re.compile(r"[/@\\_()<>=#]|\d—\d")
_DASH_AT_END = re.compile(r"(?:—|--|–)$")


class _Held(NamedTuple):
    text: str
    span: Span
    need: Need


class _Chunk:
    """What stands between two white spaces, in the making."""

    def __init__(self) -> None:
        self.text = ""
        self._parts: list[tuple[int, Span, bool]] = []  # (where it begins, its span, is it verbatim)

    def append(self, piece: Piece, start: int, end: int) -> None:
        begin, _ = span = piece.span
        if piece.verbatim:
            span = begin + start, begin + end
        self._parts.append((len(self.text), span, piece.verbatim))
        self.text += piece.text[start:end]

    def span(self, start: int, end: int) -> Span:
        """Of text[start:end], which is not empty."""
        begin = finish = -1
        for at, (first, last), verbatim in self._parts:
            length = last - first
            if at < end and (not verbatim or at + length > start):
                if begin < 0 or at <= start:
                    begin = first + (max(start - at, 0) if verbatim else 0)
                finish = first + min(end - at, length) if verbatim else last
        return begin, finish


class WordBuffer:
    """One text's words, in the making."""

    def __init__(self, options: TextOptions) -> None:
        self._sentence = Sentence(language_of(options.language))
        self._words: list[Word] = []
        self._chunk = _Chunk()
        self._held: _Held | None = None
        self._still_taken: re.Pattern[str] | None = None  # by a chunk that ends with a stop

    def feed(self, pieces: Iterable[Piece]) -> list[Word]:
        """Take the pieces that follow, and return the words that no further text can change."""
        for piece in pieces:
            for token in _TOKEN.finditer(piece.text):
                self._take(token, piece)
        return self._released()

    def flush(self) -> list[Word]:
        """Return what was held back, as if the text ended here: it ends a sentence."""
        self._break()
        return self._released()

    def _released(self) -> list[Word]:
        words, self._words = self._words, []
        return words

    def _take(self, token: re.Match[str], piece: Piece) -> None:
        kind = token.lastgroup
        start, end = token.span()
        if kind == "space":
            if "\n" in token.group():
                self._break()
            elif self._chunk.text:
                self._complete()
            return
        if self._still_taken is not None and kind != "stops":
            if found := self._still_taken.match(piece.text, start, end):
                self._append(piece, start, found.end())
                start = found.end()
            if start == end:
                return
            self._complete()
        self._append(piece, start, end)
        if kind == "stops":  # behind a pause, a quote is an opening one
            self._still_taken = _MARKS_BUT_QUOTES if piece.text[end - 1] in PAUSES else _MARKS

    def _append(self, piece: Piece, start: int, end: int) -> None:
        """Take piece.text[start:end] into the chunk, which is cut where it grows too long."""
        while len(self._chunk.text) + end - start > _LONGEST_WORD:
            cut = start + _LONGEST_WORD - len(self._chunk.text)
            if cut > start:
                self._chunk.append(piece, start, cut)
            self._complete()
            start = cut
        self._chunk.append(piece, start, end)
        is_asked = self._held is not None and self._held.need is Need.LETTER
        if is_asked and (letter := _LETTER_OR_DIGIT.search(self._chunk.text)):
            self._release(letter.group())

    def _break(self) -> None:
        self._complete()
        if self._held is not None:
            self._say(self._held.text, self._held.span, ends=True)
        self._sentence.is_first = True

    def _complete(self) -> None:
        """The chunk has ended."""
        chunk, self._chunk = self._chunk, _Chunk()
        self._still_taken = None
        if not chunk.text:
            return
        if _LETTER_OR_DIGIT.search(chunk.text) or self._is_symbol(chunk.text):
            for start, end in _parts(chunk.text):
                self._take_word(chunk, start, end)
        elif self._held is not None and _DETACHED_MARK.fullmatch(chunk.text):
            self._attach(chunk)

    def _is_symbol(self, text: str) -> bool:
        """Something that has a name, though it is neither letter nor digit."""
        if text in ("-", "–", "/") and self._held is not None:
            return _BEFORE_MINUS.search(self._held.text) is not None
        text = text.strip(OPENING + CLOSING + "".join(PAUSES) + ".!?")
        if len(text) > 1 and len(set(text)) == 1:
            return text in ("==", "&&", "||")
        return 0 < len(text) <= 3 and all(map(_has_name, text)) and not set(text) <= _DECORATION

    def _take_word(self, chunk: _Chunk, start: int, end: int) -> None:
        text = chunk.text[start:end]
        if self._held is not None:
            self._release(text)
        span = chunk.span(start, end)
        if (dash := _DASH_AT_END.search(text)) and dash.start():
            text = text[: dash.start()] + ","
        self._hold(text, span)

    def _attach(self, chunk: _Chunk) -> None:
        """A mark on its own belongs to the word before it; a dash is a pause."""
        held = self._held
        assert held is not None
        mark = chunk.text.strip(_DASHES)
        if not mark:
            mark = "" if held.text[-1] in PAUSES or held.text[-1] in TERMINALS else ","
        self._held = None
        self._hold(held.text + mark, (held.span[0], chunk.span(0, len(chunk.text))[1]))

    def _hold(self, text: str, span: Span) -> None:
        need = self._sentence.need(text)
        self._held = _Held(text, span, need)
        if need is Need.NOTHING:
            self._release("")

    def _release(self, following: str) -> None:
        held = self._held
        assert held is not None
        self._say(held.text, held.span, self._sentence.ends_at(held.text, following))

    def _say(self, text: str, span: Span, ends: bool) -> None:
        self._held = None
        self._words.append(Word(text, span, ends))
        self._sentence.advance(text, ends)


def _parts(text: str) -> Iterator[tuple[int, int]]:
    """Where words touch: "one.Two", "word—word"."""
    start = 0
    if _MAY_HAVE_SEAM.search(text) and not _UNSEAMED.search(text):
        for seam in _SEAM.finditer(text):
            yield start, seam.start()
            start = seam.start()
    yield start, len(text)


def _has_name(char: str) -> bool:
    return char in "&%@#*§°©®™^/-" or (char not in _DASHES and unicodedata.category(char) in ("Sc", "Sm"))
