"""What a voice is to the rest of the engine: words go in, audio comes out.

A `Voice` is a value: a name, a language, a rate. Its `Engine` does the work, and may be shared by many. An
`Utterance` is what one stream says. Engines and utterances are called from one worker thread only and hold
no locks; they know nothing of streams, queues or sinks.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from ..audio import AudioChunk, Span
from ..text import TextOptions, Word

__all__ = ["Engine", "Notice", "Utterance", "Voice"]


class Notice(NamedTuple):
    """Speech went on, but not all is well: what happened, to which part of the text."""

    span: Span
    message: str


class Utterance(ABC):
    """One stream's speech in the making.

    `cancelled` is the one thing that may be set from another thread: nobody listens any more, so an engine
    that is at work on this utterance may drop it at once. `notices` are what the listener should know of.
    """

    cancelled: bool = False
    notices: Sequence[Notice] = ()

    @abstractmethod
    def feed(self, words: Sequence[Word]) -> None:
        """Take more words; they follow those before."""

    @abstractmethod
    def flush(self) -> None:
        """No more text is to be expected for now: what has been fed may be spoken as it stands."""

    @property
    @abstractmethod
    def backlog(self) -> int:
        """How many words have been fed and not yet voiced."""

    @abstractmethod
    def due(self, buffered: float) -> float:
        """Seconds until more audio should be made if no text comes; 0 is now, `inf` not before more text.

        buffered: seconds of audio that the listener still has to hear; 0 once he has run dry, and before
            the first chunk.
        """


class Engine(Protocol):
    """Makes the audio of every stream that speaks with its voices."""

    @property
    def batch_size(self) -> int:
        """How many utterances one call of advance() may take."""

    def advance(self, utterances: Sequence[Utterance]) -> list[list[AudioChunk]]:
        """Do one bounded piece of work for utterances that are due, the most urgent first.

        Returns the chunks made for each, in the order of `utterances`; an empty list is no error. The call
        should take no longer than a few tens of milliseconds, for everybody else is waiting. Raises
        VoiceError, which fails these utterances and no others.
        """


class Voice(Protocol):
    """A way to turn words into audio."""

    @property
    def name(self) -> str:
        """The name that `load_voice` knows it by."""

    @property
    def sample_rate(self) -> int:
        """Hz."""

    @property
    def text(self) -> TextOptions:
        """How text is to be prepared for this voice, its language included."""

    @property
    def engine(self) -> Engine: ...

    def utterance(self) -> Utterance:
        """Begin what one stream says."""
