"""Scripts for the Agents SDK's own scripted model: answers that stream, break off, or come late."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from agents.testing import ModelStep, assistant_message
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseCreatedEvent,
    ResponseOutputItemAddedEvent,
    ResponseOutputItemDoneEvent,
    ResponseTextDeltaEvent,
)

__all__ = ["silent", "streams"]


def streams(*parts: str | float | Exception | Any, done: bool = True) -> ModelStep:
    """An answer of these deltas; a number is a pause, an exception is raised, an item is a call of a tool."""

    async def events(call: Any) -> AsyncIterator[Any]:
        items: list[Any] = []
        text = ""
        yield _created()
        for part in parts:
            if isinstance(part, Exception):
                raise part
            if isinstance(part, float):
                await asyncio.sleep(part)
            elif isinstance(part, str):
                if not text:
                    yield _added(assistant_message(""), len(items))
                text += part
                yield ResponseTextDeltaEvent(
                    type="response.output_text.delta",
                    content_index=0,
                    delta=part,
                    item_id="message",
                    logprobs=[],
                    output_index=len(items),
                    sequence_number=0,
                )
            else:
                if text:
                    items.append(assistant_message(text))
                    yield _done(items)
                    text = ""
                items.append(part)
                yield _done(items)
        if text:
            items.append(assistant_message(text))
            yield _done(items)
        if done:
            yield _completed(items)

    return ModelStep.stream(events)


def silent(*items: Any) -> ModelStep:
    """An answer that comes as a whole."""

    async def events(call: Any) -> AsyncIterator[Any]:
        yield _completed(list(items))

    return ModelStep.stream(events)


def _response(items: list[Any], status: Any) -> Response:
    return Response(
        id="response",
        created_at=0,
        model="scripted",
        object="response",
        output=items,
        parallel_tool_calls=True,
        tool_choice="auto",
        tools=[],
        status=status,
    )


def _created() -> ResponseCreatedEvent:
    response = _response([], "in_progress")
    return ResponseCreatedEvent(type="response.created", response=response, sequence_number=0)


def _completed(items: list[Any]) -> ResponseCompletedEvent:
    response = _response(items, "completed")
    return ResponseCompletedEvent(type="response.completed", response=response, sequence_number=0)


def _added(item: Any, place: int) -> ResponseOutputItemAddedEvent:
    return ResponseOutputItemAddedEvent(
        type="response.output_item.added", item=item, output_index=place, sequence_number=0
    )


def _done(items: list[Any]) -> ResponseOutputItemDoneEvent:
    return ResponseOutputItemDoneEvent(
        type="response.output_item.done", item=items[-1], output_index=len(items) - 1, sequence_number=0
    )
