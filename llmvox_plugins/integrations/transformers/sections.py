"""Which of an answer's tokens are said to the user: not the reasoning, and not the calls of tools.

Models mark these by tokens of their own. Many of the marks are special tokens, which decoding drops: what
stands between them would be read out as if it were the answer. So they are known here by their numbers.
A chat template may have written a mark at the prompt's end already. What a model writes without marks (calls
as bare JSON) is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

__all__ = ["Marks", "Sections"]

_REASONING = {
    "<think>": "</think>",
    "[THINK]": "[/THINK]",
    "<seed:think>": "</seed:think>",
    "<|START_THINKING|>": "<|END_THINKING|>",
    "<|inner_prefix|>": "<|inner_suffix|>",
    "<|channel>": "<channel|>",
}
_CALLS = {  # the end of the answer closes them too
    "<tool_call>": "</tool_call>",
    "<tool_calls>": "</tool_calls>",
    "<function_call>": "</function_call>",
    "<seed:tool_call>": "</seed:tool_call>",
    "<minimax:tool_call>": "</minimax:tool_call>",
    "<|tool_call>": "<tool_call|>",
    "<|tool_call|>": "<|/tool_call|>",
    "<|tool_call_start|>": "<|tool_call_end|>",
    "<|tool_calls_section_begin|>": "<|tool_calls_section_end|>",
    "<｜tool▁calls▁begin｜>": "<｜tool▁calls▁end｜>",
    "<start_function_call>": "<end_function_call>",
    "<|START_ACTION|>": "<|END_ACTION|>",
    "<|tools_prefix|>": "<|tools_suffix|>",
    "[TOOL_CALLS]": "",
    "<|python_tag|>": "",
}
_HEADER = ("<|start|>", "<|channel|>")  # a message of gpt-oss: its header says to whom it is written
_BODY = "<|message|>"
_END_OF_BODY = ("<|end|>", "<|return|>", "<|call|>")

LONGEST_PREFILL = 16  # tokens that a template may have written of the answer


class Marks:
    """The marks that a tokenizer has a token of its own for."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self.closed_by: dict[int, frozenset[int]] = {}
        for opens, closes in [*_CALLS.items(), *_REASONING.items(), *_declared(tokenizer)]:
            ends = _tokens(tokenizer, [closes])
            if ends or opens in _CALLS:
                self.closed_by.update(dict.fromkeys(_tokens(tokenizer, [opens]), ends))
        self.body = _tokens(tokenizer, [_BODY])
        self.header = _tokens(tokenizer, _HEADER) if self.body else frozenset()
        self.end_of_body = _tokens(tokenizer, _END_OF_BODY)
        self.all = self.header | self.body | self.end_of_body | self.closed_by.keys()

    def written(self, tokens: list[int]) -> str:
        """Tokens as text, the special ones too."""
        return str(self._tokenizer.decode(tokens, skip_special_tokens=False))


class Sections:
    """One answer's way: feed() → those of its tokens that are said."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._until: frozenset[int] | None = None  # one of these ends what is not said
        self._header: list[int] | None = None  # of a message, while it is written

    @property
    def open(self) -> bool:
        """Whether what comes next is said, unless it is a mark."""
        return self._until is None and self._header is None

    def follow(self, prompt: Sequence[int]) -> None:
        """The answer goes on where the prompt ends."""
        tail = list(prompt[-LONGEST_PREFILL:])
        for at in reversed(range(len(tail))):
            if tail[at] in self._marks.header or tail[at] in self._marks.closed_by:
                self.feed(tail[at:])
                return
            if not self._marks.header and self._marks.written([tail[at]]).strip():
                return

    def feed(self, tokens: Iterable[int]) -> list[int]:
        return [token for token in tokens if self._is_said(token)]

    def _is_said(self, token: int) -> bool:
        marks = self._marks
        if token in marks.header:
            self._header = [*(self._header or ()), token]
        elif self._header is not None:
            if token in marks.body:
                self._until = None if self._is_to_the_user(self._header) else marks.end_of_body
                self._header = None
            else:
                self._header.append(token)
        elif self._until is not None:
            if token in self._until:
                self._until = None
        elif token in marks.closed_by:
            self._until = marks.closed_by[token]
        else:
            return True
        return False

    def _is_to_the_user(self, header: list[int]) -> bool:
        said = self._marks.written(header)
        return "analysis" not in said and " to=" not in said


def _tokens(tokenizer: Any, names: Iterable[str]) -> frozenset[int]:
    """The numbers of those that are tokens."""
    found = set()
    for name in filter(None, names):
        token = tokenizer.convert_tokens_to_ids(name)
        if token is not None and tokenizer.convert_ids_to_tokens(token) == name:
            found.add(int(token))
    return frozenset(found)


def _declared(tokenizer: Any) -> Iterator[tuple[str, str]]:
    """The marks that a tokenizer tells of itself, around whatever is not the content of its answer."""
    template = getattr(tokenizer, "response_template", None)
    fields = template.get("fields", {}) if isinstance(template, dict) else {}
    for name, field in fields.items():
        opens, closes = field.get("open"), field.get("close")
        if name != "content" and isinstance(opens, str) and isinstance(closes, str):
            yield opens, closes
