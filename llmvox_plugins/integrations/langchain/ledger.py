"""Which answer is which message, and which one was being said when the listener broke in.

It remembers as many answers as the narrator does. Its methods may be called from any thread.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import NamedTuple

from ...core.narrator import MOST_REMEMBERED, Narrator
from ...core.timeline import SpokenText

__all__ = ["Ledger", "Said"]


class Said(NamedTuple):
    """An answer: its message's id, if it has one, and how much of it has been heard."""

    message_id: str | None
    spoken: SpokenText


class Ledger:
    """What a narrator has been told by one handler, or by several that share it."""

    def __init__(self, narrator: Narrator) -> None:
        self._narrator = narrator
        self._lock = threading.Lock()
        self._ids: OrderedDict[int, str | None] = OrderedDict()  # of the answers since the last interruption
        self._answers: OrderedDict[str, int] = OrderedDict()  # by the ids of their messages
        self._cut: Said | None = None

    def begin(self, answer: int) -> None:
        with self._lock:
            self._ids[answer] = None
            if len(self._ids) > MOST_REMEMBERED:
                self._ids.popitem(last=False)

    def name(self, answer: int, message_id: str | None) -> None:
        """The answer's message has that id; it may get another one in the end."""
        if message_id is None:
            return
        with self._lock:
            self._answers[message_id] = answer
            if len(self._answers) > 2 * MOST_REMEMBERED:
                self._answers.popitem(last=False)
            if answer in self._ids:
                self._ids[answer] = message_id

    def forget(self, answer: int) -> None:
        """It was an attempt that failed: no conversation has it."""
        with self._lock:
            self._ids.pop(answer, None)

    def interrupted(self) -> None:
        """The listener has broken in: what was being said is remembered, what was before it is past."""
        self._cut = self.being_said
        with self._lock:
            self._ids.clear()

    def spoken(self, message_id: str | None) -> SpokenText | None:
        """What was heard of a message; None if it is none of these answers, or was not for the listener."""
        answer = None if message_id is None else self._answers.get(message_id)
        return None if answer is None else self._narrator.spoken_of(answer)

    @property
    def being_said(self) -> Said | None:
        """The first answer since the last interruption that was not heard to its end, or else the last one;
        without any, the one that was interrupted."""
        with self._lock:
            answers = list(self._ids.items())
        last = None
        for answer, message_id in answers:
            spoken = self._narrator.spoken_of(answer)
            if spoken is not None and spoken.text:
                last = Said(message_id, spoken)
                if spoken.unheard:
                    break
        return last or self._cut
