"""LLM deltas → words worth saying. Machines that are fed and flushed: no threads, no clocks."""

from .normalize import Normalizer
from .piece import Piece, TextOptions, Word
from .reader import TextReader, spoken_words
from .speakable import Speakable
from .words import WordBuffer

__all__ = [
    "Normalizer",
    "Piece",
    "Speakable",
    "TextOptions",
    "TextReader",
    "Word",
    "WordBuffer",
    "spoken_words",
]
