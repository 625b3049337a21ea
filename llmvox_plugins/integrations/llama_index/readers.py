"""What of a model's text is for the user: machines, fed and flushed. A mark may be cut anywhere.

They know no framework. What stands in a text's Markdown or in <think> is the voice's business.
"""

from __future__ import annotations

from typing import Protocol

__all__ = ["Code", "Prose", "Reader", "Thoughts"]

THOUGHT, ACTION, ANSWER = "Thought:", "Action:", "Answer:"
CODE, CODE_END = "<execute>", "</execute>"
LONGEST_HEAD = 64  # characters in which a text tells that it begins with a thought


class Reader(Protocol):
    def feed(self, text: str) -> str:
        """Take a delta; returns what can be told by now."""

    def flush(self) -> str:
        """The text is complete; returns the rest."""


class Thoughts:
    """A ReAct agent's step: what follows "Answer:", as LlamaIndex's own parser finds it.

    That is the first one behind the first "Thought:". A step that names an action before it answers is not an
    answer; one that has no mark at all is one as a whole.
    """

    def __init__(self) -> None:
        self._text = ""  # since the last mark
        self._looked_at = 0
        self._awaited: tuple[str, ...] = (ACTION, ANSWER)  # the marks that tell; none if all is known
        self._answers = False
        self._begins = False  # the next words are the first of the answer

    def feed(self, text: str) -> str:
        if self._awaited:
            self._text += text
            text = ""
            while self._awaited and (mark := self._find()):
                text = self._pass(*mark)
        return self._told(text) if self._answers else ""

    def flush(self) -> str:
        rest, self._text = self._text, ""
        return rest if ACTION in self._awaited and THOUGHT not in rest else ""

    def _find(self) -> tuple[int, str] | None:
        """The first of the marks that are awaited, and where it is."""
        found = [(at, mark) for mark in self._awaited if (at := self._text.find(mark, self._looked_at)) >= 0]
        self._looked_at = max(0, len(self._text) - len(THOUGHT))
        return min(found, default=None)

    def _pass(self, at: int, mark: str) -> str:
        """A mark has been found; returns what follows it."""
        before, rest = self._text[:at], self._text[at + len(mark) :]
        if mark == THOUGHT or (mark == ANSWER and ACTION in self._awaited and THOUGHT not in before):
            self._awaited = (ANSWER,) if mark == THOUGHT else (THOUGHT,)
            self._text, self._looked_at = rest, 0
            return ""
        self._answers = self._begins = mark == ANSWER
        self._awaited, self._text = (), ""
        return rest

    def _told(self, text: str) -> str:
        if self._begins:
            text = text.lstrip()
            self._begins = not text
        return text


class Prose:
    """Any other model's text: all of it, unless it begins with a thought, as that of ReAct agents does."""

    def __init__(self) -> None:
        self._head = ""
        self._reader: Thoughts | None = None
        self._begun = False

    def feed(self, text: str) -> str:
        if self._begun:
            return text if self._reader is None else self._reader.feed(text)
        self._head += text
        start = self._head.lstrip()
        if len(start) < len(THOUGHT) and THOUGHT.startswith(start) and len(self._head) < LONGEST_HEAD:
            return ""
        head, self._head, self._begun = self._head, "", True
        if start.startswith(THOUGHT):
            self._reader = Thoughts()
            return self._reader.feed(head)
        return head

    def flush(self) -> str:
        if self._reader is not None:
            return self._reader.flush()
        rest, self._head = self._head, ""
        return rest


class Code:
    """A CodeAct agent's step: all but the code that it has run, which stands in <execute>."""

    def __init__(self) -> None:
        self._text = ""
        self._in_code = False

    def feed(self, text: str) -> str:
        self._text += text
        told = ""
        while True:
            mark = CODE_END if self._in_code else CODE
            before, found, after = self._text.partition(mark)
            if not found:
                break
            told += "" if self._in_code else before
            self._text, self._in_code = after, not self._in_code
        kept = _cut(self._text, mark)
        told += "" if self._in_code else self._text[: len(self._text) - kept]
        self._text = self._text[len(self._text) - kept :]
        return told

    def flush(self) -> str:
        rest, self._text = self._text, ""
        return "" if self._in_code else rest


def _cut(text: str, mark: str) -> int:
    """How many characters at the end of a text may be the beginning of a mark."""
    return next((n for n in range(min(len(mark) - 1, len(text)), 0, -1) if mark.startswith(text[-n:])), 0)
