"""Tells a narrator what models say: their answers, which may be void, and a remark where they say nothing.

It knows no tree of runs and no hooks.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import NamedTuple, TypeAlias

from langchain_core.messages import AIMessage

from ...core.narrator import Narrator
from .answer import Answer, Source
from .claim import taken
from .ledger import Ledger

__all__ = ["Filler", "Teller"]

Filler: TypeAlias = "str | Callable[[str], str | None]"
"""What is said when a tool starts: a text, or a function of the tool's name."""

MOST_CALLS = 256  # calls of tools that are remembered until the tool starts


class _Call(NamedTuple):
    tool: str
    answer: Answer


class Teller:
    """final_only: an answer is spoken once it is complete, and not at all if it calls tools.
    yields: whether handlers of the program itself come first. Then an answer begins with its first text:
        by then every handler has been told of its run.
    """

    def __init__(self, narrator: Narrator, *, final_only: bool, filler: Filler | None, yields: bool) -> None:
        self.ledger = Ledger(narrator)
        self._narrator = narrator
        self._final_only = final_only
        self._filler = filler
        self._yields = yields
        self._calls: OrderedDict[str, _Call] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, answer: Answer) -> None:
        """A model starts to answer."""
        if not self._yields:
            self._begin(answer)

    def say(self, answer: Answer, text: str, message_id: str | None = None) -> None:
        """Its answer goes on."""
        if not answer.begun:
            self._begin(answer)
        if answer.heard:
            if not answer.said:
                answer.said = True
                self.ledger.name(answer.key, message_id)
            self._narrator.write(answer.root, answer.key, text)

    def complete(self, answer: Answer, text: str, message: AIMessage | None) -> None:
        """It has ended; text and message are the whole of it."""
        if text and answer.takes(Source.END):
            self.say(answer, text)
        calls = [] if message is None else [*message.tool_calls, *message.invalid_tool_calls]
        if calls and self._filler is not None and not answer.begun:
            self._begin(answer)  # whether it is heard has to be known when the tool starts
        if message is not None and answer.begun:
            self.ledger.name(answer.key, message.id)
        if self._final_only and calls:
            self.void(answer)
        elif answer.heard:
            self._narrator.end(answer.root, answer.key)
        if self._filler is not None:
            for call in calls:
                self._calls[call["id"] or ""] = _Call(call["name"] or "", answer)
            while len(self._calls) > MOST_CALLS:
                self._calls.popitem(last=False)

    def void(self, answer: Answer, *, cancelled: bool = False) -> None:
        """What of it was not heard will not be. An answer that was cancelled still is one; others were tried
        in vain."""
        answer.said = False
        if answer.heard:
            self._narrator.drop(answer.root, answer.key)
        if not cancelled:
            self.ledger.forget(answer.key)

    def tool_starts(self, root: Hashable, tool: str, call_id: str | None) -> None:
        """Say something, if the model that called it has not."""
        call = self._calls.pop(call_id or "", None) or self._call_of(tool)
        if call is None or not call.answer.heard or call.answer.said:
            return
        text = self._filler(tool) if callable(self._filler) else self._filler
        with self._lock:  # tools of one answer start in several threads at once
            if not text or call.answer.filled:
                return
            call.answer.filled = True
        self._narrator.say(root, text, call.answer.names)

    def _call_of(self, tool: str) -> _Call | None:
        """The latest call of that tool: programs may start it without its id."""
        for call_id, call in reversed(list(self._calls.items())):
            if call.tool == tool:
                return self._calls.pop(call_id, None)
        return None

    def _begin(self, answer: Answer) -> None:
        answer.begun = True
        if self._yields and answer.key in taken:
            return
        answer.heard = self._narrator.begin(answer.root, answer.key, answer.names, hold=self._final_only)
        self.ledger.begin(answer.key)
