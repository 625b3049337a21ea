"""What the user is told: the answers of one call of the program, on their way to the narrator.

They know no spans and no events; a doorway says when an answer begins, goes on, ends, or is void.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...core.doorway import Doorway, harmless
from ...core.narrator import Narrator
from .readers import Prose, Reader

__all__ = ["Answer", "Call", "Telling"]

MOST_ANSWERS = 256  # of one call, that may still turn out to be void


class Answer:
    """One text for the user.

    heard: whether anybody is to hear it; it is kept in mind in any case.
    place: whatever its doorway knows it by.
    """

    def __init__(self, call: Call, reader: Reader, place: Any) -> None:
        self.call = call
        self.place = place
        self.heard = False
        self.over = False
        self.void = False
        self._begun = False  # something of it was given, though perhaps not for the user
        self._told: list[str] = []
        self._reader = reader

    @property
    def text(self) -> str:
        return "".join(self._told)

    def write(self, text: str) -> None:
        if text and not self.over:
            self._begun = True
            self._tell(self._reader.feed(text))

    def end(self, whole: str | None = None) -> None:
        """whole: the text, which is told if nothing of it was given before."""
        if self.over:
            return
        try:
            self.write(whole if whole and not self._begun else "")
            self._tell(self._reader.flush())
        finally:
            self.over = True
            if self.heard:
                self.call.narrator.end(self.call, self)
                self.call.close(self)

    def drop(self) -> None:
        """It is void, also if it has ended."""
        self.over = self.void = True
        if self.heard:
            self.call.narrator.drop(self.call, self)
            self.call.narrator.take_back(self)
            self.call.close(self)

    def _tell(self, text: str) -> None:
        if text:
            self._told.append(text)
            if self.heard:
                self.call.narrator.write(self.call, self, text)


class Call:
    """One call of the program, which is over when it has returned and all its answers have ended.

    For the narrator it is a root, and an answer a run. Tasks and threads of one call may use it at once.
    """

    def __init__(self, narrator: Narrator) -> None:
        self.narrator = narrator
        self.answers: list[Answer] = []
        self.filled = False  # a remark was made while a tool works
        self.silenced = False  # by the listener: nothing more of it is heard
        self._over = False
        self._open: set[Answer] = set()

    def begin(
        self, names: Sequence[str], *, hold: bool = False, reader: Reader | None = None, place: Any = None
    ) -> Answer:
        """hold: it is told once it has ended."""
        answer = Answer(self, reader or Prose(), place)
        self.answers.append(answer)
        del self.answers[:-MOST_ANSWERS]
        self._open.add(answer)
        answer.heard = not self.silenced and self.narrator.begin(self, answer, names, hold=hold)
        if not answer.heard:
            self.close(answer)
        return answer

    def say(self, text: str, names: Sequence[str], *, place: Any = None) -> None:
        """Something that is complete."""
        self.begin(names, place=place).end(text)

    def drop(self) -> None:
        """All its answers are void."""
        for answer in self.answers:
            answer.drop()

    def has_said(self, text: str) -> bool:
        """Whether this was an answer, or part of one, or most of it several, be they heard or not."""
        asked = _plain(text)
        told = [_plain(answer.text) for answer in self.answers if not answer.void]
        parts = sum(len(each) for each in told if each in asked)
        return 2 * parts > len(asked) or any(asked in each for each in told)

    def close(self, answer: Answer) -> None:
        self._open.discard(answer)
        self._finish_if_over()

    def finish(self) -> None:
        """It has returned; some of its answers may go on."""
        self._over = True
        self._finish_if_over()

    def cancel(self) -> None:
        """It has failed: silence."""
        self._over = True
        self._open.clear()
        self.narrator.cancel(self)

    def _finish_if_over(self) -> None:
        if self._over and not self._open:
            self.narrator.finish(self)


class Telling(Doorway):
    """A stream's way to its answer; trouble with speech is its doorway's."""

    def __init__(self, doorway: Doorway, answer: Answer) -> None:
        self._doorway = doorway
        self._narrator = doorway._narrator
        self._answer = answer

    @harmless
    def tell(self, text: str) -> None:
        self._answer.write(text)

    @harmless
    def end(self) -> None:
        self._answer.end()

    @harmless
    def drop(self) -> None:
        self._answer.drop()

    def _note(self, error: Exception) -> None:
        self._doorway._note(error)


def _plain(text: str) -> str:
    return " ".join(text.split())
