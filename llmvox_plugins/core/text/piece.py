"""What flows between the text rooms, `Piece`s and then `Word`s, and how a voice wants them."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, NamedTuple, get_args

from ..audio import Span
from ..errors import ConfigurationError

__all__ = ["ALL_STEPS", "CodeBlocks", "Emoji", "Letters", "Piece", "Step", "TextOptions", "Word"]

CodeBlocks = Literal["skip", "announce", "speak"]
Emoji = Literal["drop", "name"]
Letters = Literal["apart", "dotted"]

Step = Literal["addresses", "numbers", "money", "dates", "units", "symbols", "abbreviations", "acronyms"]
"""What may be rewritten. Without "numbers", digits stay digits, also where others put words around them."""

ALL_STEPS: frozenset[Step] = frozenset(get_args(Step))


class Piece(NamedTuple):
    """A run of text on its way to be spoken.

    Verbatim, it maps letter by letter onto its span of the original text; rewritten, all of it stands for
    the whole span. A line feed in `text` is a break: whatever stands before it ends a sentence.
    """

    text: str
    span: Span
    verbatim: bool = True


class Word(NamedTuple):
    """A word, first as it is written and then as a voice is to say it, its punctuation included.

    span: (begin, end) in code points of the original text. All words of a rewritten group share its span.
    """

    text: str
    span: Span
    ends_sentence: bool


@dataclass(frozen=True, slots=True)
class TextOptions:
    """How a voice wants its text.

    language: BCP 47, such as "en" or "en-us".
    code_blocks: what is said of a fenced code block; "skip" says nothing, "announce" that there is one.
    emoji: "drop" says nothing of them, "name" what they show.
    letters: how those are written that are said one by one: "F B I" or, for a voice that takes a lone "A" for
        the article, "F.B.I".
    steps: what is rewritten into words.
    Raises ConfigurationError for values that there are not.
    """

    language: str = "en"
    code_blocks: CodeBlocks = "skip"
    emoji: Emoji = "drop"
    letters: Letters = "apart"
    steps: frozenset[Step] = ALL_STEPS

    def __post_init__(self) -> None:
        _check("code_blocks", self.code_blocks, get_args(CodeBlocks))
        _check("emoji", self.emoji, get_args(Emoji))
        _check("letters", self.letters, get_args(Letters))
        for step in self.steps:
            _check("steps", step, get_args(Step))


def _check(option: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        nearest = get_close_matches(str(value), known, n=1, cutoff=0)[0]
        raise ConfigurationError(
            f"{option} knows {', '.join(map(repr, known))}, not {value!r}; did you mean {nearest!r}?"
        )
