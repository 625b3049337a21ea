"""LLM deltas → words worth saying. Machines that are fed and flushed: no threads, no clocks."""

from .characters import Characters
from .normalize import Normalizer
from .piece import ALL_STEPS, CodeBlocks, Emoji, Letters, Piece, Step, TextOptions, Word
from .reader import TextReader, spoken_words
from .speakable import Speakable
from .words import WordBuffer

__all__ = [
    "ALL_STEPS",
    "Characters",
    "CodeBlocks",
    "Emoji",
    "Letters",
    "Normalizer",
    "Piece",
    "Speakable",
    "Step",
    "TextOptions",
    "TextReader",
    "Word",
    "WordBuffer",
    "spoken_words",
]
