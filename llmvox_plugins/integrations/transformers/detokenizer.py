"""Tokens in, text out, as they come: feed() → what is certain, flush() → the rest.

A token's text may depend on the one before it (a space), and a character may take several tokens. So each new
token is decoded together with the few before it, and a character waits until it is complete. The cost of a
token does not grow with the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

__all__ = ["Detokenizer"]

INCOMPLETE = "\ufffd"  # what tokenizers write for the bytes of half a character
MOST_WAITING = 16  # tokens; no character takes that many


class Detokenizer:
    """decode: tokens to text, as a tokenizer does it."""

    def __init__(self, decode: Callable[[list[int]], str]) -> None:
        self._decode = decode
        self._before: list[int] = []  # tokens whose text is out, and that the next ones are decoded with
        self._waiting: list[int] = []

    def feed(self, tokens: Iterable[int]) -> str:
        return "".join([self._take(token) for token in tokens])

    def _take(self, token: int) -> str:
        self._waiting.append(token)
        text = self._decoded()
        if text and not text.endswith(INCOMPLETE):
            self._before, self._waiting = self._waiting, []
            return text
        return self.flush() if len(self._waiting) > MOST_WAITING else ""

    def flush(self) -> str:
        """The text is complete, and so must its characters be."""
        text = self._decoded().rstrip(INCOMPLETE)
        self._before, self._waiting = self._waiting or self._before, []
        return text

    def _decoded(self) -> str:
        """The text of those that wait."""
        return self._decode(self._before + self._waiting)[len(self._decode(self._before)) :]
