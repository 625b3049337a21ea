"""Fakes for tests, yours too: a voice whose audio can be read back as text, and a sink that remembers.

    voice, sink = ScriptedVoice(), MemorySink()
    run_my_agent(callbacks=[SpeechCallbackHandler(voice=voice, to=sink)])
    assert voice.voiced == "Hello world."
    assert ScriptedVoice.read(sink.samples) == "Hello world."

They stand in for the audio at the far edge only: words, threads, queues and states are the real ones.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Sequence

import numpy as np

from .audio import AudioChunk, Samples
from .errors import VoiceError
from .sinks import MemorySink
from .text import Step, TextOptions, Word
from .voices.base import Utterance

__all__ = ["MemorySink", "ScriptedVoice"]

RATE = 16_000
TONE = 160  # samples for each byte: 10 ms, in which multiples of 100 Hz do not disturb each other
_TIME = np.arange(TONE) / RATE
_LOW = np.sin(2 * np.pi * np.outer(500 + 200 * np.arange(16), _TIME)).astype(np.float32)  # the low half-byte
_HIGH = np.sin(2 * np.pi * np.outer(4000 + 200 * np.arange(16), _TIME)).astype(np.float32)


class ScriptedVoice:
    """Sounds a chord of 10 ms for each byte of UTF-8, a space between words included.

    steps: what is rewritten for it; by default it says what is written, digits as digits.
    delay: seconds that each word takes to make, as a slow model would.
    fails_after: this many words, in all, are voiced; then the voice breaks.
    """

    sample_rate = RATE

    def __init__(
        self,
        *,
        language: str = "en",
        steps: frozenset[Step] = frozenset(),
        delay: float = 0.0,
        fails_after: float = math.inf,
    ) -> None:
        self.name = "scripted"
        self.text = TextOptions(language=language, steps=steps)
        self.engine = _ScriptedEngine(delay, fails_after)
        self._said: list[list[Word]] = []

    def utterance(self) -> Utterance:
        self._said.append([])
        return _ScriptedUtterance(self._said[-1])

    @property
    def words(self) -> list[Word]:
        """All words voiced so far, one stream after another, in the order in which they were opened."""
        return [word for said in self._said for word in said]

    @property
    def voiced(self) -> str:
        """The text voiced so far, its words joined by spaces; streams follow each other as in `words`."""
        return " ".join(word.text for word in self.words)

    @staticmethod
    def read(samples: Samples) -> str:
        """The text that this voice says in samples, (N,), of whole chords."""
        chords = samples[: len(samples) // TONE * TONE].reshape(-1, TONE)
        low, high = (chords @ _LOW.T).argmax(axis=1), (chords @ _HIGH.T).argmax(axis=1)
        return bytes((high * 16 + low).astype(np.uint8)).decode(errors="replace")


def _sound(text: str) -> Samples:
    data = np.frombuffer(text.encode(errors="replace"), np.uint8)
    chords: Samples = 0.4 * (_LOW[data % 16] + _HIGH[data // 16])
    return chords.reshape(-1)


class _ScriptedUtterance(Utterance):
    def __init__(self, said: list[Word]) -> None:
        self._said = said
        self._waiting: deque[Word] = deque()
        self._position = 0  # samples made so far

    def feed(self, words: Sequence[Word]) -> None:
        self._waiting.extend(words)

    def flush(self) -> None:
        pass  # every word is said as soon as it is there

    @property
    def backlog(self) -> int:
        return len(self._waiting)

    def due(self, buffered: float) -> float:
        return 0.0 if self._waiting else math.inf

    def say(self) -> AudioChunk:
        word = self._waiting.popleft()
        self._said.append(word)
        samples = _sound(" " + word.text if self._position else word.text)
        chunk = AudioChunk(samples, RATE, self._position / RATE, word.span)
        self._position += len(samples)
        return chunk


class _ScriptedEngine:
    batch_size = 1

    def __init__(self, delay: float, fails_after: float) -> None:
        self._words = 0
        self._delay = delay
        self._fails_after = fails_after

    def advance(self, utterances: Sequence[Utterance]) -> list[list[AudioChunk]]:
        (utterance,) = utterances
        assert isinstance(utterance, _ScriptedUtterance)
        if self._words >= self._fails_after:
            raise VoiceError(f"the scripted voice fails after {self._fails_after} words, as it was told to")
        self._words += 1
        time.sleep(self._delay)
        return [[utterance.say()]]
