"""Text as the model reads it: bytes, ByT5's ids for them, and a few ids of its own.

The unit is the word: its bytes in UTF-8, then the end that ByT5 puts after whatever it is given. Nothing in
a text can become one of the special ids.
"""

from __future__ import annotations

__all__ = ["END_OF_TEXT", "PAD", "TEXT_ROWS", "VOCABULARY", "sentence_ids", "word_ids"]

VOCABULARY = 384
"""Rows of ByT5's embedding: its special ids, 256 bytes, and ids that no text has."""

PAD = 384
"""Read at every step after the text has run out."""

END_OF_TEXT = 385
"""Read once, where a sentence's text ends."""

TEXT_ROWS = 386

_END_OF_WORD = 1
_FIRST_BYTE = 3


def word_ids(word: str) -> list[int]:
    """The ids of one word; what UTF-8 cannot hold becomes a question mark."""
    return [_FIRST_BYTE + byte for byte in word.encode(errors="replace")] + [_END_OF_WORD]


def sentence_ids(text: str) -> list[int]:
    """The ids of a sentence, split at its single spaces as in training, its end included."""
    return [i for word in text.split(" ") for i in word_ids(word)] + [END_OF_TEXT]
