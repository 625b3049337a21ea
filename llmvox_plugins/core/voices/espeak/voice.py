"""espeak-ng as a voice: formant speech in over 100 languages, hundreds of times faster than real time.

Words are spoken clause by clause; where a clause is long in coming, what there is of it is spoken before the
listener runs dry. Each chunk is a word, and its span is exact.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from math import inf
from typing import cast

import numpy as np

from ...audio import AudioChunk, Samples
from ...errors import ConfigurationError, UnknownVoiceError
from ...text import ALL_STEPS, CodeBlocks, Emoji, Step, TextOptions, Word
from ..base import Engine, Utterance
from .clause import LONGEST_CLAUSE, Clause, Stretch, is_ready, next_clause, parts, stretches
from .data import Language, find_language, languages, variants
from .helper import SAMPLE_RATE
from .process import EspeakCrashedError, Setting, Speech, ensure_running, synthesize

__all__ = ["EspeakEngine", "EspeakUtterance", "EspeakVoice"]

log = logging.getLogger("llmvox_plugins")

_FRAGMENT = 3  # words from which on a clause may be begun before it is complete
_RESERVE = 0.25  # seconds of audio that the listener should still have when a fragment is made
_FADE = np.linspace(1, 0, 64, dtype=np.float32)  # 3 ms, for a cut within a clause may be at a loud place


@dataclass(frozen=True)
class EspeakVoice:
    """A language of espeak-ng, and how it is spoken.

    language: espeak's or a BCP 47 tag, perhaps with one of its voice variants: "en-us", "pt_BR", "de+f3".
    rate: words per minute, 80 to 450; None is 175.
    pitch: 0 to 99; None is 50, the voice's own.
    code_blocks, emoji, steps: how text is prepared for it, see TextOptions.
    Raises UnknownVoiceError, ConfigurationError, and MissingDependencyError without espeak-ng.
    """

    language: str = "en-us"
    rate: int | None = field(default=None, kw_only=True)
    pitch: int | None = field(default=None, kw_only=True)
    code_blocks: CodeBlocks = field(default="skip", kw_only=True)
    emoji: Emoji = field(default="drop", kw_only=True)
    steps: frozenset[Step] = field(default=ALL_STEPS, kw_only=True)
    text: TextOptions = field(init=False, repr=False, compare=False)
    setting: Setting = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        wanted = self.language.strip().lower().replace("_", "-").replace(" ", "-")
        tag, plus, variant = wanted.partition("+")
        tag, language = _known_language(tag)
        variant_file = _known_variant(variant) if plus else ""
        rate = 175 if self.rate is None else _within("rate", 80, 450, self.rate)
        pitch = 50 if self.pitch is None else _within("pitch", 0, 99, self.pitch)
        object.__setattr__(self, "language", tag + plus + variant)
        text = TextOptions(tag, self.code_blocks, self.emoji, "dotted", frozenset(self.steps))
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "setting", Setting(language.voice + plus + variant_file, rate, pitch))
        ensure_running()

    @property
    def name(self) -> str:
        return f"espeak:{self.language}"

    @property
    def sample_rate(self) -> int:
        return SAMPLE_RATE

    @property
    def engine(self) -> Engine:
        return _ENGINE

    def utterance(self) -> EspeakUtterance:
        return EspeakUtterance(self.setting)


def _known_language(tag: str) -> tuple[str, Language]:
    if found := find_language(tag):
        return found
    raise UnknownVoiceError(
        f"espeak-ng does not speak {tag!r}{_suggestion(_nearest(tag))}; `llmvox voices` lists the languages"
    )


def _nearest(tag: str) -> list[str]:
    """Tags like this one, or of languages whose English names are: "germn" is near "de"."""
    by_tag_length = sorted(languages(), key=lambda language: len(language.tag), reverse=True)
    tags = {language.title.partition(" (")[0].lower(): language.tag for language in by_tag_length}
    tags |= {language.tag: language.tag for language in by_tag_length}
    return list(dict.fromkeys(tags[name] for name in get_close_matches(tag, tags)))


def _known_variant(name: str) -> str:
    known = variants()
    if name in known:
        return known[name]
    nearest = get_close_matches(name, known, cutoff=0.5)
    raise UnknownVoiceError(f"espeak-ng has no voice variant {name!r}{_suggestion(nearest)}")


def _suggestion(nearest: Sequence[str]) -> str:
    return f"; the nearest: {', '.join(nearest)}" if nearest else ""


def _within(what: str, lowest: int, highest: int, value: int) -> int:
    if type(value) is int and lowest <= value <= highest:
        return value
    raise ConfigurationError(
        f"an espeak voice's {what} is a whole number from {lowest} to {highest}, not {value!r}"
    )


class EspeakEngine:
    """The engine of all espeak voices; its state is that of the one espeak-ng."""

    batch_size = 1

    def advance(self, utterances: Sequence[Utterance]) -> list[list[AudioChunk]]:
        return [cast(EspeakUtterance, utterance).speak() for utterance in utterances]


_ENGINE = EspeakEngine()


class EspeakUtterance(Utterance):
    """What one stream says with espeak-ng."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._waiting: list[Word] = []
        self._is_ready = False  # a whole clause waits
        self._flushed = False
        self._samples = 0  # made so far
        self._most = LONGEST_CLAUSE  # words that are tried at once

    def feed(self, words: Sequence[Word]) -> None:
        if words:
            self._waiting += (part for word in words for part in parts(word))
            self._is_ready = is_ready(self._waiting)
            self._flushed = False

    def flush(self) -> None:
        self._flushed = True

    @property
    def backlog(self) -> int:
        return len(self._waiting)

    def due(self, buffered: float) -> float:
        if self._is_ready or (self._flushed and self._waiting):
            return 0.0
        return max(0.0, buffered - _RESERVE) if len(self._waiting) >= _FRAGMENT else inf

    def speak(self) -> list[AudioChunk]:
        """The next clause, or what there is of it: a chunk a word. Raises VoiceError."""
        chunks = self._speak() if self._waiting else []
        self._is_ready = is_ready(self._waiting)
        return chunks

    def _speak(self) -> list[AudioChunk]:
        words = self._waiting[: self._most]
        clause = next_clause(words, is_all=self._flushed and len(words) == len(self._waiting))
        try:
            speech = self._synthesize(clause)
        except EspeakCrashedError:
            return self._try_less(clause)
        if self.cancelled:
            return []
        self._most = min(2 * self._most, LONGEST_CLAUSE)
        spoken = stretches(clause, speech.words, len(speech.samples))
        del self._waiting[: spoken[-1].next if spoken else len(clause.words) - clause.continues]
        if spoken and clause.continues:
            _fade_out(speech.samples[: spoken[-1].end])
        return [self._chunk(clause, speech.samples, stretch) for stretch in spoken]

    def _synthesize(self, clause: Clause) -> Speech:
        return synthesize(
            clause.text, self._setting, pause=not clause.continues, cancelled=lambda: self.cancelled
        )

    def _try_less(self, clause: Clause) -> list[AudioChunk]:
        """Halve what is tried at once, until it is known which word to leave out."""
        self._most = max(1, len(clause.words) // 2)
        if len(clause.words) == 1:
            word = self._waiting.pop(0)
            log.warning("espeak-ng crashed on a word, which is left out")
            log.debug("the word is %r", word.text)
        return []

    def _chunk(self, clause: Clause, samples: Samples, stretch: Stretch) -> AudioChunk:
        start = self._samples / SAMPLE_RATE
        self._samples += stretch.end - stretch.begin
        span = (clause.words[stretch.first].span[0], clause.words[stretch.next - 1].span[1])
        return AudioChunk(samples[stretch.begin : stretch.end], SAMPLE_RATE, start, span)


def _fade_out(samples: Samples) -> None:
    count = min(len(samples), len(_FADE))
    samples[len(samples) - count :] *= _FADE[len(_FADE) - count :]
