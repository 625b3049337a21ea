"""One answer on its way past: its bytes are dropped into an inbox, and nobody waits for what they become."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from hashlib import sha256
from types import TracebackType
from typing import Literal

from ....core.state import StreamState
from ....core.stream import SpeechStream
from .answers import Answering, reader_of

__all__ = ["Ear", "Edge", "Fate"]

Fate = Literal["heard", "cut", "failed", "repeated", "dropped"]
"""What became of an answer: heard to its end; silenced before it; speech failed; it came again, and had been
heard; too many were waiting."""


class Edge(Enum):
    """Where an answer's bytes begin, and how they end."""

    BEGIN = "its request is on its way"
    END = "they are complete"
    CUT = "the client went, or the LLM broke off"


class Ear:
    """A context in which one answer passes. The loop uses the first part of it, a thread the rest.

    path: one of `answers.PATHS`. asked, headers: the request, its body and its headers.
    request_id: what the log knows it by. inbox: takes what is heard.
    """

    def __init__(
        self,
        path: str,
        asked: bytes,
        headers: Mapping[str, str],
        request_id: str,
        inbox: Callable[[Ear, bytes | Edge], None],
    ) -> None:
        self.deaf = False
        self.request_id = request_id
        self.is_again = headers.get("x-stainless-retry-count", "0") not in ("", "0")
        self.said = self.over = False
        self.unspoken: Fate | None = None  # why, though it said something
        self.streams: list[SpeechStream] = []
        self._path, self._asked, self._inbox = path, asked, inbox
        self._digest = b""
        self._reader: Answering | None = None

    # the event loop

    def __enter__(self) -> Ear:
        self._inbox(self, Edge.BEGIN)
        return self

    def attend(self, status: int, headers: Mapping[str, str]) -> None:
        """The answer's head comes first: whether it is one that says something."""
        if status == 200:
            self._reader = reader_of(self._path, headers)
        self.deaf = self._reader is None

    def hear(self, part: bytes) -> None:
        if not self.deaf:
            self._inbox(self, part)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._inbox(self, Edge.END if kind is None else Edge.CUT)

    # the thread

    def texts(self, part: bytes | Edge) -> list[str]:
        """What the answer says with this part."""
        if self._reader is None or part is Edge.CUT:
            return []
        return list(self._reader.flush() if isinstance(part, Edge) else self._reader.feed(part))

    @property
    def complete(self) -> bool:
        return self._reader is not None and self._reader.complete

    @property
    def failed(self) -> bool:
        return self._reader is None or self._reader.failed

    @property
    def question(self) -> bytes:
        """What was asked, as a fingerprint: a request and its repetition have the same."""
        if not self._digest:
            self._digest, self._asked = sha256(self._path.encode() + b" " + self._asked).digest(), b""
        return self._digest

    @property
    def speaks(self) -> bool:
        """Whether something of it may still be heard."""
        return not self.over or any(not stream.done for stream in self.streams)

    @property
    def fate(self) -> Fate:
        """Once it does not speak any more."""
        states = {stream.state for stream in self.streams}
        if StreamState.FAILED in states:
            return "failed"
        return self.unspoken or ("heard" if states == {StreamState.FINISHED} else "cut")
