"""One answer's way from tokens to the text that is said; a batch has several."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from transformers import PreTrainedTokenizerFast

from .detokenizer import Detokenizer
from .sections import Marks, Sections

__all__ = ["Row", "special_tokens"]


class Row:
    """skipped: tokens that are no text. `over` once its end was written."""

    def __init__(self, tokenizer: Any, marks: Marks, skipped: frozenset[int]) -> None:
        self.over = False
        self._sections = Sections(marks)
        self._text = Detokenizer(_decoder(tokenizer))
        self._end = tokenizer.eos_token_id
        self._skipped = skipped
        self._special = skipped | marks.all | {self._end}

    def follow(self, prompt: list[int], *, aloud: bool) -> str:
        self._sections.follow(prompt)
        return self._decoded(prompt) if aloud else ""

    def feed(self, tokens: list[int]) -> str:
        if self._sections.open and self._special.isdisjoint(tokens):
            return self._text.feed(tokens)  # as nearly always
        if self._end in tokens:  # padding follows, until the longest answer of the batch has ended
            tokens, self.over = tokens[: tokens.index(self._end)], True
        return self._decoded(self._sections.feed(tokens))

    def flush(self) -> str:
        return self._text.flush()

    def _decoded(self, tokens: Iterable[int]) -> str:
        return self._text.feed([token for token in tokens if token not in self._skipped])


def special_tokens(tokenizer: Any) -> frozenset[int]:
    added = getattr(tokenizer, "added_tokens_decoder", {})
    return frozenset(tokenizer.all_special_ids) | {number for number, token in added.items() if token.special}


def _decoder(tokenizer: Any) -> Callable[[list[int]], str]:
    """A tokenizer's way from tokens to text; where it has no way of its own, without the one around it, which
    takes longer than the decoding."""
    if getattr(type(tokenizer), "_decode", None) is PreTrainedTokenizerFast._decode:
        return partial(tokenizer.backend_tokenizer.decode, skip_special_tokens=False)
    return partial(tokenizer.decode, skip_special_tokens=False)
