"""What an answer of the LLM says to its user: feed() → texts, as its bytes come; flush() → the rest.

No reasoning, no calls of tools, no refusals. Answers come from afar: no shape of theirs is certain.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import APIError
from ..llm.chunks import Chunk
from ..llm.sse import Event, EventReader

__all__ = ["PATHS", "Answering", "reader_of"]

MOST_BYTES = 4 * 2**20
"""Of an answer that is not streamed: JSON is read in one go, in which nobody else has a turn."""

BETWEEN = "\n\n"  # two messages of one answer


class Answering(ABC):
    """One answer, as its bytes come. complete: it has come to its end. failed: it has none."""

    def __init__(self) -> None:
        self.complete = self.failed = False

    @abstractmethod
    def feed(self, part: bytes) -> Iterator[str]:
        """The texts that are complete."""

    @abstractmethod
    def flush(self) -> Iterator[str]:
        """The bytes have ended."""


class _Dialect(ABC):
    """How one of the endpoints tells an answer."""

    complete = failed = False

    @abstractmethod
    def of_event(self, event: Event) -> str:
        """What an event adds."""

    @abstractmethod
    def of_whole(self, fields: dict[str, Any]) -> str:
        """What an answer says that is not streamed."""


class _Streamed(Answering):
    def __init__(self, dialect: _Dialect) -> None:
        super().__init__()
        self._dialect = dialect
        self._events = EventReader()

    def feed(self, part: bytes) -> Iterator[str]:
        try:
            yield from self._texts(self._events.feed(part))
        except APIError:  # an event without end
            self.failed = True

    def flush(self) -> Iterator[str]:
        yield from self._texts(self._events.flush())
        self.failed = self.failed or not self.complete

    def _texts(self, events: list[Event]) -> Iterator[str]:
        for event in events:
            if self.complete or self.failed:
                return
            text = self._dialect.of_event(event)
            self.complete, self.failed = self._dialect.complete, self._dialect.failed
            if text:
                yield text


class _Whole(Answering):
    def __init__(self, dialect: _Dialect) -> None:
        super().__init__()
        self._dialect = dialect
        self._bytes = bytearray()

    def feed(self, part: bytes) -> Iterator[str]:
        if len(self._bytes) + len(part) > MOST_BYTES:
            self.failed = True
            self._bytes.clear()
        elif not self.failed:
            self._bytes += part
        yield from ()

    def flush(self) -> Iterator[str]:
        text = "" if self.failed else self._dialect.of_whole(_object(self._bytes))
        self.failed = self.failed or self._dialect.failed
        self.complete = not self.failed
        if text:
            yield text


class _Chat(_Dialect):
    def of_event(self, event: Event) -> str:
        chunk = Chunk(event)
        self.failed = bool(chunk.error)
        self.complete = chunk.finishes or chunk.is_done
        return "" if self.failed else chunk.text

    def of_whole(self, fields: dict[str, Any]) -> str:
        message = _mapping(_first_choice(fields).get("message"))
        return _text(message.get("content"))


class _Completion(_Dialect):
    def of_event(self, event: Event) -> str:
        fields = _object(event.data)
        choice = _first_choice(fields)
        self.failed = bool(fields.get("error"))
        self.complete = choice.get("finish_reason") is not None or event.data.strip() == "[DONE]"
        return "" if self.failed else _text(choice.get("text"))

    def of_whole(self, fields: dict[str, Any]) -> str:
        return _text(_first_choice(fields).get("text"))


class _Response(_Dialect):
    """Its messages are told as one text, an empty line between them."""

    def __init__(self) -> None:
        self._told: set[tuple[str, str]] = set()

    def of_event(self, event: Event) -> str:
        fields = _object(event.data)
        match fields.get("type"):
            case "response.output_text.delta":
                return self._add(fields, fields.get("delta"))
            case "response.output_text.done" if _part(fields) not in self._told:
                return self._add(fields, fields.get("text"))
            case "response.completed" | "response.incomplete":
                self.complete = True
                return "" if self._told else self.of_whole(_mapping(fields.get("response")))
            case "response.failed" | "response.cancelled" | "error":
                self.failed = True
        return ""

    def of_whole(self, fields: dict[str, Any]) -> str:
        self.failed = fields.get("status") in ("failed", "cancelled")
        messages = [item for item in _list(fields.get("output")) if item.get("type") == "message"]
        parts = [part for message in messages for part in _list(message.get("content"))]
        texts = [_text(part.get("text")) for part in parts if part.get("type") == "output_text"]
        return "" if self.failed else BETWEEN.join(text for text in texts if text)

    def _add(self, fields: Mapping[str, Any], text: object) -> str:
        added, part = _text(text), _part(fields)
        if not added:
            return ""
        begins = part not in self._told and bool(self._told)
        self._told.add(part)
        return BETWEEN + added if begins else added


PATHS: Mapping[str, type[_Dialect]] = {
    "/v1/chat/completions": _Chat,
    "/v1/completions": _Completion,
    "/v1/responses": _Response,
}
"""Where answers come from that are for a listener."""


def reader_of(path: str, headers: Mapping[str, str]) -> Answering | None:
    """path: one of PATHS. headers: of the answer; None if it is nothing that could be read."""
    if headers.get("content-encoding", "identity") != "identity":
        return None
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    readers = {"text/event-stream": _Streamed, "application/json": _Whole}
    return readers[kind](PATHS[path]()) if kind in readers else None


def _part(fields: Mapping[str, Any]) -> tuple[str, str]:
    """Which text of a response it is."""
    return str(fields.get("item_id") or fields.get("output_index")), str(fields.get("content_index"))


def _first_choice(fields: Mapping[str, Any]) -> dict[str, Any]:
    return next((choice for choice in _list(fields.get("choices")) if not choice.get("index")), {})


def _object(data: str | bytearray) -> dict[str, Any]:
    try:
        return _mapping(json.loads(data))
    except (ValueError, RecursionError):
        return {}


def _mapping(found: object) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _list(found: object) -> list[dict[str, Any]]:
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _text(found: object) -> str:
    return found if isinstance(found, str) else ""
