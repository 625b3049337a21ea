"""What a conversation remembers after an interruption: what was heard, and not what was written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, overload

from langchain_core.messages import AIMessage, AIMessageChunk, message_chunk_to_message

from ...core.roots import BETWEEN
from ...core.timeline import SpokenText
from .listener import Listener

__all__ = ["spoken_message"]


@overload
def spoken_message(message: AIMessage, speech: Listener | SpokenText) -> AIMessage: ...
@overload
def spoken_message(message: None, speech: Listener | SpokenText) -> AIMessage | None: ...


def spoken_message(message: AIMessage | None, speech: Listener | SpokenText) -> AIMessage | None:
    """The message, cut to what was heard of it. It keeps its id, so LangGraph's `add_messages` puts it in the
    place of the whole one.

        speech.interrupt()
        graph.update_state(config, {"messages": [spoken_message(message, speech)]})

    message: as the agent has it; or None, and it is made of what was being said, which was perhaps still
        being written. None is returned if nothing was being said.
    speech: the handler or the middleware that has spoken it, or what its `interrupt()` has returned.

    Text is cut, block by block. Calls of tools stay: they were made, heard or not, and their results need
    them. What else is not text, as reasoning is, stays if it is before the cut or the message has calls.
    A message that was heard to its end comes back whole, and so does one that a handler does not know: it was
    not spoken by it, or long ago. One that `SpokenText` does not hold was not heard at all.
    """
    if message is None:
        return _made_of(speech)
    heard = _heard_of(message, speech)
    whole = message_chunk_to_message(message) if isinstance(message, AIMessageChunk) else message
    assert isinstance(whole, AIMessage)
    if heard is None or heard >= len(message.text):
        return whole.model_copy()
    return whole.model_copy(update={"content": _cut(whole, heard)})


def _made_of(speech: Listener | SpokenText) -> AIMessage | None:
    if isinstance(speech, SpokenText):
        return AIMessage(speech.heard) if speech.text else None
    said = speech.ledger.being_said
    return None if said is None else AIMessage(said.spoken.heard, id=said.message_id)


def _heard_of(message: AIMessage, speech: Listener | SpokenText) -> int | None:
    """Characters of the message's text that were heard; None if it is not known."""
    if isinstance(speech, SpokenText):
        return _place_in(speech, message.text) or 0
    spoken = speech.ledger.spoken(message.id)
    return None if spoken is None else _place_in(spoken, message.text)


def _place_in(spoken: SpokenText, text: str) -> int | None:
    """How much was heard of a text that is one of several which were said, the last of them perhaps in part;
    None if it is none of them."""
    if not spoken.text:
        return 0
    begins = [0, *(at + len(BETWEEN) for at in _places(BETWEEN, spoken.text))]
    whole = [at for at in begins if f"{spoken.text[at:]}{BETWEEN}".startswith(f"{text}{BETWEEN}")]
    partly = [at for at in begins if text.startswith(spoken.text[at:])]
    if not whole and not partly:
        return None
    begin = whole[-1] if whole else partly[0]
    return min(max(spoken.heard_end - begin, 0), len(text))


def _places(part: str, text: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


def _cut(message: AIMessage, heard: int) -> str | list[Any]:
    if isinstance(message.content, str):
        return message.content[:heard]
    kept: list[Any] = []
    for block in message.content:
        text = _text_of(block)
        if text is not None:
            part = text[:heard]
            heard -= len(part)
            if part:
                kept.append(part if isinstance(block, str) else {**block, "text": part})
        elif heard > 0 or message.tool_calls:
            kept.append(block)
    return kept


def _text_of(block: str | dict[str, Any]) -> str | None:
    if isinstance(block, str):
        return block
    return block["text"] if block.get("type") == "text" and isinstance(block.get("text"), str) else None
