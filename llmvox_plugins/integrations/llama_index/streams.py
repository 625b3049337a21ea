"""Answers that are being written, by the span that writes them: a model's, or a chat engine's writer."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import claims
from .answers import Answer
from .results import calls_tools, delta_of, text_of

__all__ = ["Streams"]


@dataclass(slots=True, eq=False)
class _Stream:
    """source: the generator that a model has returned; once it is gone, nobody reads on."""

    answer: Answer
    source: weakref.ref[Any] | None = None
    last: str = ""  # the id of the event that came last


class Streams:
    """final_only: what calls tools is void."""

    def __init__(self, *, final_only: bool) -> None:
        self._final_only = final_only
        self._open: dict[str | None, _Stream] = {}
        self.hooks: dict[str, Callable[[Any], None]] = {
            "LLMChatInProgressEvent": self._goes_on,
            "LLMCompletionInProgressEvent": self._goes_on,
            "LLMChatEndEvent": self._ends,
            "LLMCompletionEndEvent": self._ends,
            "StreamChatDeltaReceivedEvent": self._is_written_down,
            "StreamChatEndEvent": self._ends,
            "StreamChatErrorEvent": self._breaks_off,
            "ExceptionEvent": self._breaks_off,
        }
        """By the names of LlamaIndex's events."""

    def __len__(self) -> int:
        return len(self._open)

    def open(self, span_id: str, answer: Answer) -> None:
        self._open[span_id] = _Stream(answer)

    def returns(self, span_id: str, generator: Any) -> None:
        """The model's call is over, and its answer comes as somebody reads it."""
        stream = self._open.get(span_id)
        if stream is not None:
            stream.source = weakref.ref(generator)

    def close(self, span_id: str, result: Any) -> None:
        """The call is over; if its end has not been told, its result is the answer."""
        stream = self._open.pop(span_id, None)
        if stream is not None:
            stream.answer.end(text_of(result))

    def drop(self, span_id: str | None) -> None:
        """It has failed, or was left: void."""
        stream = self._open.pop(span_id, None)
        if stream is not None:
            stream.answer.drop()

    def forget_abandoned(self) -> None:
        """Those that nobody has begun to read tell nothing when they are given up."""
        for span_id, stream in list(self._open.items()):
            if stream.source is not None and stream.source() is None:
                self.drop(span_id)

    def end_all(self) -> None:
        for stream in list(self._open.values()):
            stream.answer.end()
        self._open.clear()

    # what LlamaIndex's events tell

    def _goes_on(self, event: Any) -> None:
        stream = self._open.get(event.span_id)
        if stream is None or stream.last == event.id_:
            return
        if claims.elsewhere.get():
            self.drop(event.span_id)
            return
        stream.last = event.id_
        stream.answer.write(delta_of(event.response))

    def _is_written_down(self, event: Any) -> None:
        stream = self._open.get(event.span_id)
        if stream is not None and stream.last != event.id_:
            stream.last = event.id_
            stream.answer.write(event.delta)

    def _ends(self, event: Any) -> None:
        stream = self._open.pop(event.span_id, None)
        if stream is None:
            return
        response = getattr(event, "response", None)
        if claims.elsewhere.get() or (self._final_only and calls_tools(response)):
            stream.answer.drop()
            return
        stream.answer.end(text_of(response))
        if stream.source is None:
            claims.offer(response, stream.answer.drop)

    def _breaks_off(self, event: Any) -> None:
        self.drop(event.span_id)
