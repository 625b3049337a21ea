"""How fast text comes, and how long a sentence must wait for it before it may be begun.

The model reads a byte of text with each frame of speech, 75 a second, and says about 15. From an LLM that
writes more slowly than that, speech would run dry in the middle of a sentence, unless it starts with as much
in hand as will be lacking.
"""

from __future__ import annotations

from .costs import FRAME

__all__ = ["Pace"]

_USUAL_SENTENCE = 80.0  # bytes


class Pace:
    """Of one stream's text; times in seconds of any clock."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._last = 0.0
        self._bytes = 0
        self._usual = _USUAL_SENTENCE
        self._seconds_a_byte = 0.0  # as it was in the sentences before

    def wrote(self, text_bytes: int, now: float) -> None:
        """So much came. What comes first tells nothing: nobody knows how long it took."""
        if self._since is None:
            self._since = now
        else:
            self._bytes += text_bytes
        self._last = now

    def rest(self, sentence_bytes: int) -> None:
        """A sentence is complete: the next begins, and the writer may pause before it."""
        self._usual += 0.3 * (sentence_bytes - self._usual)
        if self._bytes:
            self._seconds_a_byte = self._measured
        self._since, self._bytes = None, 0

    @property
    def _measured(self) -> float:
        return (self._last - (self._since or 0.0)) / self._bytes

    def codes_needed(self, sentence_bytes: int) -> float:
        """Codes to have in hand before a sentence may be heard of which that much text has come.

        As much is taken to be missing as usual, and at least half as much as has come.
        """
        seconds_a_byte = self._measured if self._bytes else self._seconds_a_byte
        missing = max(self._usual - sentence_bytes, 0.5 * sentence_bytes)
        return missing * max(0.0, seconds_a_byte / FRAME - 1)
