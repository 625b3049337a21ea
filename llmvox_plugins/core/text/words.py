"""Pieces in, the words that a voice says out: feed() → words, flush() → the one that was held back.

A word is released at the white space that ends it. It waits for the next character only where that decides
what the word is: after "No." and the like, in languages that put a space before "!", and after "。" in those
that put none anywhere.

It knows nothing of Markdown or numbers; that every letter can be said has been seen to.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from .piece import Piece, TextOptions, Word

__all__ = ["WordBuffer"]

_LONGEST_WORD = 256

_OPENING = "\"'([{«「『（【《〈¿¡"
_CLOSING = "\"')]}»」』）】》〉"
_WIDE_STOPS = "。！？，、；：｡"
_TERMINALS = frozenset(".!?…。！？｡؟۔।॥։።")

_TOKEN = re.compile(rf"(?P<space>\s+)|(?P<stops>[{_WIDE_STOPS}]+)|[^\s{_WIDE_STOPS}]+")
_MARKS = "!?;:…,." + re.escape(_CLOSING)
_AFTER_SPACE = re.compile(f"[!?;:…»][{_MARKS}]*")
_AFTER_MARK = re.compile(f"[{_MARKS}]+")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_INITIALS = re.compile(r"[^\W\d_](?:\.-?[^\W\d_])*")
_LIST_NUMBER = re.compile(r"\d{1,3}")

_LANGUAGES_WITH_SPACED_MARKS = frozenset({"fr"})
_ABBREVIATIONS = {
    "en": "dr mr mrs ms mx messrs prof st gen col capt lt sgt rev hon gov sen pres co vs viz cf al approx est"
    " dept vol pp ch eq jan feb aug sept oct nov dec mt ave blvd",
    "de": "dr prof hr fr frl nr st abs bd bzw ca dgl evtl ggf inkl exkl bspw vgl sog tel zzgl hrsg mio mrd",
    "fr": "dr m mm mme mlle mgr pr st ste p ex cf env chap av boul tél",
    "es": "dr dra sr sra srta d ud uds prof pág núm vol aprox av gral",
    "it": "dr dott sig prof avv ing pag vol cfr ca",
    "pt": "dr dra sr sra prof pág vol av aprox exmo",
    "nl": "dr dhr mevr mr prof ir ing nr blz ca bijv evt incl excl",
}
_ABBREVIATIONS_THAT_MAY_END = {
    "en": "no nos etc jr sr inc ltd a.m p.m",
    "de": "usw etc",
    "fr": "etc",
    "es": "etc no",
    "it": "ecc",
    "pt": "etc",
    "nl": "enz etc",
}


class WordBuffer:
    """One text's words, in the making."""

    def __init__(self, options: TextOptions) -> None:
        language = options.language.partition("-")[0].lower()
        self._abbreviations = frozenset(_ABBREVIATIONS.get(language, "").split())
        self._may_end = frozenset(_ABBREVIATIONS_THAT_MAY_END.get(language, "").split())
        self._has_spaced_marks = language in _LANGUAGES_WITH_SPACED_MARKS
        self._words: list[Word] = []
        self._text = ""
        self._begin = self._end = 0
        self._still_taken: re.Pattern[str] | None = None  # what a word that waits would take in
        self._is_first = True  # no word since the last break

    def feed(self, pieces: Iterable[Piece]) -> list[Word]:
        """Take the pieces that follow, and return the words that no further text can change."""
        for piece in pieces:
            for token in _TOKEN.finditer(piece.text):
                self._take(token, piece)
        return self._released()

    def flush(self) -> list[Word]:
        """Return the word that was held back, as if the text ended here: it ends a sentence."""
        self._break()
        return self._released()

    def _released(self) -> list[Word]:
        words, self._words = self._words, []
        return words

    def _take(self, token: re.Match[str], piece: Piece) -> None:
        kind = token.lastgroup
        if kind == "space":
            self._take_space(token.group())
        elif kind is None and self._still_taken is not None:
            self._take_after(self._still_taken, token, piece)
        else:
            self._append(piece, token.start(), token.end())
            if kind == "stops":
                self._still_taken = _AFTER_MARK

    def _take_space(self, space: str) -> None:
        if "\n" in space:
            self._break()
        elif self._text:
            self._complete()

    def _take_after(self, still_taken: re.Pattern[str], token: re.Match[str], piece: Piece) -> None:
        """Take what belongs to the word that waits; the first character that does not releases it."""
        start, end = token.span()
        if found := still_taken.match(piece.text, start, end):
            self._append(piece, start, found.end())
            self._still_taken = _AFTER_MARK
            start = found.end()
        if start < end:
            self._release(self._ends_sentence(followed_by=piece.text[start]))
            self._append(piece, start, end)

    def _append(self, piece: Piece, start: int, end: int) -> None:
        """Take piece.text[start:end] into the word, which is cut where it grows too long."""
        while len(self._text) + end - start > _LONGEST_WORD:
            cut = start + _LONGEST_WORD - len(self._text)
            if cut > start:
                self._join(piece, start, cut)
            self._release(ends_sentence=False)
            start = cut
        self._join(piece, start, end)

    def _join(self, piece: Piece, start: int, end: int) -> None:
        begin, _ = span = piece.span
        if piece.verbatim:
            span = begin + start, begin + end
        if not self._text:
            self._begin = span[0]
        self._end = span[1]
        self._text += piece.text[start:end]

    def _complete(self) -> None:
        """White space has come."""
        if self._has_spaced_marks or self._depends_on_next():
            self._still_taken = _AFTER_SPACE
        else:
            self._release(self._ends_sentence())

    def _break(self) -> None:
        self._release(ends_sentence=True)
        self._is_first = True

    def _release(self, ends_sentence: bool) -> None:
        if _is_worth_saying(self._text):
            self._words.append(Word(self._text, (self._begin, self._end), ends_sentence))
            self._is_first = False
        self._text = ""
        self._still_taken = None

    # Where a sentence ends

    def _ends_sentence(self, followed_by: str = "") -> bool:
        stem = self._text.rstrip(_CLOSING)
        if not stem or stem[-1] not in _TERMINALS:
            return False
        if not stem.endswith(".") or stem.endswith(".."):
            return True
        if self._depends_on_next():
            return not (followed_by.isdigit() or followed_by.islower())
        return not self._is_abbreviation(stem[:-1].lstrip(_OPENING))

    def _depends_on_next(self) -> bool:
        text = self._text.rstrip(_CLOSING)
        return text.endswith(".") and text[:-1].lstrip(_OPENING).lower() in self._may_end

    def _is_abbreviation(self, name: str) -> bool:
        """Whether a full stop after `name` only shortens it, or makes an ordinal of a list's number."""
        if self._is_first and _LIST_NUMBER.fullmatch(name):
            return True
        return name.lower() in self._abbreviations or _INITIALS.fullmatch(name) is not None


def _is_worth_saying(text: str) -> bool:
    """A letter, a digit or a symbol with a name; a mere "—" or "|" would be read out or choked on."""
    return _LETTER_OR_DIGIT.search(text) is not None or text == "*" or any(map(_is_symbol, text))


def _is_symbol(char: str) -> bool:
    return char in "&%@§°©®™" or (char not in "|~" and unicodedata.category(char) in ("Sc", "Sm"))
