"""Words as they are written in, words as they are said out: feed() → words, flush() → what was held back.

The first rule that knows how the words at the head are said has its way; what no rule knows stays as it is.
All words of a group that was rewritten share its span.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..languages import language_of
from ..piece import TextOptions, Word
from .attached import read_attached
from .phrase import MARKS, NotYet, Phrase, Reading, Written
from .rules import rules_for
from .unspaced import closed_up, holds_letters_of_both, read_unspaced

__all__ = ["Normalizer"]

_LETTER = rf"[^\W\d_¹²³⁰-ₜ½¼¾⅐-⅞][{MARKS}]*"
_STOPS = ",;:!?…،؛؟，。！？；：、"  # those that never shorten a word
_LETTERS = re.compile(rf"(?:{_LETTER})+(?:['-](?:{_LETTER})+)*[{_STOPS}]?")

_SPELLED = re.compile(r"(?<!\S)((?:[A-Z] )+[A-Z])('?s)?(?!\S)")


class Normalizer:
    """One text's way from what is written to what is said.

    options: the language, and which steps are taken.
    """

    def __init__(self, options: TextOptions) -> None:
        self._language = language_of(options.language, spells="numbers" in options.steps)
        self._rules = rules_for(self._language, options.steps)
        self._dots_letters = options.letters == "dotted"
        self._waiting: list[Written] = []  # as many as a rule looks ahead
        self._before: Word | None = None

    def feed(self, words: Iterable[Word]) -> list[Word]:
        """Take the words that follow, and return what can be said for certain by now."""
        said: list[Word] = []
        for word in words:
            if not self._waiting and self._is_plain(word.text):
                said.append(word)
                self._before = None if word.ends_sentence else word
            else:
                self._waiting.append(Written.of(word))
                self._say(said, final=False)
        return said

    def flush(self) -> list[Word]:
        """Return what was held back, as if the text ended here."""
        said: list[Word] = []
        self._say(said, final=True)
        return said

    def _is_plain(self, text: str) -> bool:
        """Nothing but letters, which are read as they stand."""
        if self._language.is_known:
            return (
                _LETTERS.fullmatch(text) is not None
                and not text[1:2].isupper()
                and not text.rpartition("'")[2][1:2].isupper()  # "l'ONU"
                and text.rstrip(_STOPS) not in self._language.known_forms
                and not (self._language.unspaced and holds_letters_of_both(text))  # "用AI"
            )
        return True

    def _say(self, said: list[Word], *, final: bool) -> None:
        try:
            while self._waiting:
                said += self._next(final=final)
        except NotYet:
            pass

    def _next(self, *, final: bool) -> list[Word]:
        phrase = Phrase(self._waiting, self._before, final=final)
        reading = None if self._is_plain(phrase.first.word.text) else self._reading(phrase)
        group = self._waiting[: reading.size if reading else 1]
        del self._waiting[: len(group)]
        last = group[-1].word
        self._before = None if last.ends_sentence else last
        if reading is None:
            return [last]
        said = _SPELLED.sub(_dotted, reading.said) if self._dots_letters else reading.said
        return _said_instead(group, reading._replace(said=said))

    def _reading(self, phrase: Phrase) -> Reading | None:
        language = self._language
        if phrase.first.core.isdecimal() and phrase.first.is_bare_behind:
            phrase[1]  # all that reads a number looks at what it may count: no rule need be asked before
        reading: Reading | None = None
        if language.unspaced:
            reading = read_unspaced(phrase, language, self._by_rules)
        elif language.attached:
            reading = read_attached(phrase, language, self._by_rules)
        reading = reading or self._by_rules(phrase)
        if reading is None:
            return None
        if language.oblique_after and phrase.core_before() in language.oblique_after:
            return reading._replace(said=language.oblique(reading.said))
        return reading._replace(said=closed_up(reading.said)) if language.unspaced else reading

    def _by_rules(self, phrase: Phrase) -> Reading | None:
        for rule in self._rules.of(phrase.first.core):
            reading = rule(phrase, self._language)
            if reading is not None:
                return reading
        return None


def _dotted(spelled: re.Match[str]) -> str:
    return spelled[1].replace(" ", ".") + ("'s" if spelled[2] else "")


def _said_instead(group: list[Written], reading: Reading) -> list[Word]:
    first, last = group[0], group[-1]
    texts = reading.said.split()
    if not texts:
        return []
    ends = last.word.ends_sentence
    trail = last.trail if reading.trail is None else reading.trail
    if trail[:1] == "." and (trail[1:2] in tuple(",;:") if ends else trail[1:2] != "."):
        trail = trail[1:]  # it only shortened the word
    texts[0] = (first.lead if reading.lead is None else reading.lead) + texts[0]
    texts[-1] += trail
    span = (first.word.span[0], last.word.span[1])
    return [Word(text, span, ends and at == len(texts)) for at, text in enumerate(texts, start=1)]
