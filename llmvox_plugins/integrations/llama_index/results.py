"""What LlamaIndex's responses, results and deltas say to the user."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from llama_index.core.agent.workflow import AgentOutput
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse, ToolCallBlock
from llama_index.core.base.response.schema import AsyncStreamingResponse, Response, StreamingResponse
from llama_index.core.chat_engine.types import AgentChatResponse, StreamingAgentChatResponse
from llama_index.core.workflow import StopEvent

__all__ = ["calls_tools", "delta_of", "text_of"]

ANSWERS = ("response", "answer", "result", "output")
"""Where in a result of several values the one for the user is looked for."""


def text_of(value: Any) -> str:
    """A text for the user; "" if there is none, or none yet, or it is data for a program."""
    text = _text_of(value)
    return text if isinstance(text, str) and not _is_data(text) else ""


def delta_of(value: Any) -> str:
    """What a stream's item adds to the text."""
    if isinstance(value, str):
        return value
    delta = getattr(value, "delta", None)
    return delta if isinstance(delta, str) else ""


def calls_tools(response: Any) -> bool:
    message = getattr(response, "message", response)
    if not isinstance(message, ChatMessage):
        return False
    if message.additional_kwargs.get("tool_calls"):
        return True
    return any(isinstance(block, ToolCallBlock) for block in message.blocks)


def _text_of(value: Any) -> Any:
    if isinstance(value, Response | AgentChatResponse | StreamingAgentChatResponse):
        return value.response
    if isinstance(value, StreamingResponse | AsyncStreamingResponse):
        return value.response_txt
    if isinstance(value, CompletionResponse):
        return value.text
    if isinstance(value, ChatResponse):
        return value.message.content
    if isinstance(value, ChatMessage):
        return value.content
    if isinstance(value, AgentOutput):
        return value.response.content
    if type(value) is StopEvent:
        return _text_of(value.result)
    if isinstance(value, Mapping):
        return next((text_of(value[name]) for name in ANSWERS if name in value), None)
    if isinstance(value, StopEvent):
        named = (getattr(value, name, None) for name in ANSWERS)
        return next((text_of(each) for each in named if each is not None and each is not value), None)
    return value


def _is_data(text: str) -> bool:
    """Whether it is a JSON object or array."""
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
