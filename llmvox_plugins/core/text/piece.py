"""What flows between the text rooms, `Piece`s and then `Word`s, and how a voice wants them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from ..audio import Span

__all__ = ["Piece", "TextOptions", "Word"]


class Piece(NamedTuple):
    """A run of text on its way to be spoken.

    Verbatim, it maps letter by letter onto its span of the original text; rewritten, all of it stands for
    the whole span. A line feed in `text` is a break: whatever stands before it ends a sentence.
    """

    text: str
    span: Span
    verbatim: bool = True


class Word(NamedTuple):
    """A word as a voice is to say it, its punctuation included.

    span: (begin, end) in code points of the original text. All words of a rewritten group share its span.
    """

    text: str
    span: Span
    ends_sentence: bool


@dataclass(frozen=True, slots=True)
class TextOptions:
    """How a voice wants its text.

    language: BCP 47, such as "en" or "en-us".
    code_blocks: what is said of a fenced code block; "skip" says nothing.
    """

    language: str = "en"
    code_blocks: Literal["skip", "speak"] = "skip"
