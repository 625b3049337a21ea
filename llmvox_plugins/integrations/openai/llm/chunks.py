"""What the events of a streamed chat completion say. They come from afar: no shape of theirs is certain."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from ..errors import APIError
from .base import Answer
from .sse import Event, events

__all__ = ["Chunk", "broken_off", "chunks", "deltas"]


class Chunk:
    """One event. fields: its JSON object; empty where it has none, as a comment and [DONE]."""

    def __init__(self, event: Event) -> None:
        self.raw = event.raw
        self.is_done = event.data.strip() == "[DONE]"
        self.fields = _object(event.data)
        choices = self.fields.get("choices")
        self._choice: dict[str, Any] = (
            next((each for each in choices if isinstance(each, dict) and not each.get("index")), {})
            if isinstance(choices, list)
            else {}
        )

    @property
    def text(self) -> str:
        """What it adds to the message: no reasoning, no refusal, no call of a tool."""
        delta = self._choice.get("delta")
        content = delta.get("content") if isinstance(delta, dict) else None
        return content if isinstance(content, str) else ""

    @property
    def finishes(self) -> bool:
        """Whether the message is complete with it."""
        return self._choice.get("finish_reason") is not None

    @property
    def error(self) -> dict[str, Any] | None:
        """Why the LLM failed, as it tells it in the stream."""
        error = self.fields.get("error")
        if not error:
            return None
        return error if isinstance(error, dict) else {"message": str(error)}

    def split(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """One chunk with the text, and one with the end and all that belongs to it."""
        text = {**self._choice, "finish_reason": None}
        end = {**self._choice, "delta": {}}
        beginning = {name: value for name, value in self.fields.items() if name != "usage"}
        return {**beginning, "choices": [text]}, {**self.fields, "choices": [end]}


def _object(data: str) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def broken_off(why: str = "its answer has no end") -> APIError:
    return APIError(502, f"the LLM broke off: {why}", type="server_error", code="llm_failed")


def _name(error: dict[str, Any]) -> str:
    """Of an error; its message may repeat the user's text, and this goes into logs."""
    return ascii(error.get("code") or error.get("type"))[:80]


async def chunks(answer: Answer) -> AsyncGenerator[Chunk, None]:
    """The events of an answer. Raises APIError if it is not streamed, or ends before the message does."""
    if not answer.headers.get("content-type", "").startswith("text/event-stream"):
        raise broken_off("it was asked to stream and does not")
    complete = False
    async with aclosing(events(answer.parts)) as found:
        async for event in found:
            chunk = Chunk(event)
            complete = complete or chunk.finishes or chunk.is_done
            yield chunk
    if not complete:
        raise broken_off()


async def deltas(answer: Answer) -> AsyncGenerator[str, None]:
    """The text of a streamed answer, as it is written. Raises APIError if the LLM fails."""
    async with aclosing(chunks(answer)) as found:
        async for chunk in found:
            if chunk.error:
                raise broken_off(f"it tells of an error, {_name(chunk.error)}")
            if chunk.text:
                yield chunk.text
