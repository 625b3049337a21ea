"""What somebody hears who plays the chunks of one answer in real time, as they come."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from contestants import Said
from scripted_llm import ScriptedLLM

from llmvox_plugins.core.text import spoken_words

__all__ = ["Gap", "Hearing", "gaps_between", "listen", "words_to_speak"]

Gap: TypeAlias = "tuple[float, float]"


@dataclass(frozen=True, slots=True)
class Hearing:
    """All times in seconds after the LLM made its first token.

    tokens: when they came.
    first_audio: when the first chunk came.
    gaps: (begin, end) of each silence after it, in which the listener waited for a chunk.
    speech: seconds of audio.
    words: how many words of the answer were spoken.
    """

    tokens: list[float]
    first_audio: float
    gaps: list[Gap]
    speech: float
    words: int

    @property
    def end(self) -> float:
        """When all has been heard."""
        return self.first_audio + self.silence + self.speech

    @property
    def silence(self) -> float:
        """Seconds of all gaps together."""
        return sum(end - begin for begin, end in self.gaps)


def listen(audio: Iterable[Said], llm: ScriptedLLM) -> Hearing:
    """Take all audio of an answer, which has some."""
    arrivals = [(time.monotonic(), said) for said in audio]
    chunks = [(arrived - llm.began, said.chunk.duration) for arrived, said in arrivals]
    spans = groupby((said.text, said.chunk.text_span) for _, said in arrivals)  # a pause repeats its word's
    return Hearing(
        tokens=[token - llm.began for token in llm.times],
        first_audio=chunks[0][0],
        gaps=gaps_between(chunks),
        speech=sum(duration for _, duration in chunks),
        words=sum(_count_words(text[slice(*span)]) for (text, span), _ in spans),
    )


def gaps_between(chunks: Sequence[tuple[float, float]]) -> list[Gap]:
    """chunks: (arrival, duration); the first is played on arrival, each other after the one before."""
    gaps: list[Gap] = []
    runs_dry = chunks[0][0]
    for arrived, duration in chunks:
        if arrived > runs_dry:
            gaps.append((runs_dry, arrived))
        runs_dry = max(runs_dry, arrived) + duration
    return gaps


def words_to_speak(text: str) -> int:
    """How many words of a text are to be heard; marks of punctuation and Markdown are none."""
    spans = groupby(word.span for word in spoken_words(text))
    return sum(_count_words(text[slice(*span)]) for span, _ in spans)


def _count_words(text: str) -> int:
    return sum(any(char.isalnum() for char in word) for word in text.split())
