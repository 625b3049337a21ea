"""What a model's answer says to its user: the events of OpenAI's streams, and answers that came whole.

It knows them by what they bear, not by their classes: those of chat completions, of Responses, and of the
SDK's `stream()` helpers. Spoken is the text of the first choice, and of messages: no tool calls, no
reasoning, no refusals, no structured output.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from .structure import is_data

if TYPE_CHECKING:
    from ....core.narrator import Narrator

__all__ = ["Telling"]

_TEXT = "response.output_text.delta"
_BEGINNING = "response.created"
_ENDS = frozenset(["response.completed", "response.incomplete"])
_FAILURES = frozenset(["response.failed", "response.cancelled", "error"])


class Telling:
    """One answer, told to a narrator as it comes. `over` once it has ended, or will not be heard."""

    def __init__(self, narrator: Narrator) -> None:
        self.over = False
        self._narrator = narrator
        self.runs: list[Hashable] = []  # messages, and parts of them, that have begun
        self._part: Hashable = None  # where the text belongs that came last

    def hear(self, event: Any) -> None:
        """The next event of a stream, or all of an answer that does not stream."""
        if self.over:
            return
        if not self.runs:
            self._begin_part()
        kind = getattr(event, "type", None)
        if kind == _TEXT:
            self._say((event.output_index, event.content_index), event.delta)
        elif kind in (None, "chunk"):
            self._hear_object(event.chunk if kind else event)
        elif kind in _ENDS:
            self.finish()
        elif kind in _FAILURES or (kind == _BEGINNING and _is_structured(event.response)):
            self.cancel()

    def finish(self) -> None:
        """It is complete."""
        if not self.over:
            self.over = True
            self._narrator.finish(self)

    def cancel(self) -> None:
        """It has failed, or nobody wants the rest of it: silence."""
        if not self.over:
            self.over = True
            self._narrator.cancel(self)

    def _hear_object(self, answer: Any) -> None:
        """A chunk or a whole answer of chat completions, or a whole response."""
        for choice in getattr(answer, "choices", None) or ():
            if not choice.index:
                self._hear_choice(choice)
        if getattr(answer, "output", None) is not None:
            self._hear_response(answer)

    def _hear_choice(self, choice: Any) -> None:
        message = getattr(choice, "message", None)
        self._say(0, getattr(message or getattr(choice, "delta", None), "content", None))
        if choice.finish_reason or message:
            self.finish()

    def _hear_response(self, response: Any) -> None:
        if _is_structured(response) or response.status in ("failed", "cancelled"):
            self.cancel()
            return
        for number, item in enumerate(response.output):
            is_message = getattr(item, "type", None) == "message"  # what the SDK does not know is a dict
            for place, part in enumerate(item.content if is_message else ()):
                if getattr(part, "type", None) == "output_text":
                    self._say((number, place), part.text)
        self.finish()

    def _say(self, part: Hashable, text: Any) -> None:
        if not isinstance(text, str) or not text:
            return
        if self._part not in (None, part):
            self._narrator.end(self, self.runs[-1])
            self._begin_part()
        self._part = part
        self._narrator.write(self, self.runs[-1], text)

    def _begin_part(self) -> None:
        self.runs.append((self, len(self.runs)))
        self._narrator.begin(self, self.runs[-1])


def _is_structured(response: Any) -> bool:
    """Whether a response says of itself that it is data."""
    return is_data(getattr(getattr(response, "text", None), "format", None))
