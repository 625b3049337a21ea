"""LlamaIndex's far edge, scripted: models that answer with their scripts, one item after another.

A script is a list: a string is a delta, a float a pause in seconds, an exception is raised, `Tool` is a call
of a tool, `Thinking` is reasoning. Each call of a model takes the next script, whoever calls.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
import uuid
from collections.abc import AsyncGenerator, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from llama_index.core import VectorStoreIndex
from llama_index.core.base.llms.generic_utils import (
    achat_to_completion_decorator,
    astream_chat_to_completion_decorator,
    chat_to_completion_decorator,
    stream_chat_to_completion_decorator,
)
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CompletionResponse,
    ContentBlock,
    LLMMetadata,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)
from llama_index.core.embeddings import MockEmbedding
from llama_index.core.llms import CustomLLM
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.schema import TextNode
from pydantic import PrivateAttr

__all__ = ["ChatModel", "PlainModel", "Thinking", "Tool", "index_of", "notes"]


@dataclass
class Tool:
    name: str
    kwargs: dict[str, Any] = field(default_factory=dict)


@dataclass
class Thinking:
    text: str


Script = list[Any]


class _Scripts:
    """Hands out scripts, in turn, to any number of threads; remembers what was asked."""

    def __init__(self, scripts: Sequence[Script]) -> None:
        self._scripts: Iterator[Script] = iter(scripts)
        self._lock = threading.Lock()
        self.asked: list[str] = []

    def next(self, question: str) -> Script:
        with self._lock:
            self.asked.append(question)
            return next(self._scripts)


class ChatModel(FunctionCallingLLM):
    """A chat model of its own, as those of OpenAI or Anthropic are."""

    model: str = "scripted"
    _scripts: _Scripts = PrivateAttr()

    def __init__(self, *scripts: Script, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._scripts = _Scripts(scripts)

    @property
    def asked(self) -> list[str]:
        return self._scripts.asked

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(is_chat_model=True, is_function_calling_model=True, model_name=self.model)

    # chat

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        responses = list(self._responses(messages))
        return responses[-1] if responses else _Written().response("")

    @llm_chat_callback()
    def stream_chat(
        self, messages: Sequence[ChatMessage], **kwargs: Any
    ) -> Generator[ChatResponse, None, None]:
        return self._responses(messages)

    @llm_chat_callback()
    async def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        responses = [response async for response in self._aresponses(messages)]
        return responses[-1] if responses else _Written().response("")

    @llm_chat_callback()
    async def astream_chat(
        self, messages: Sequence[ChatMessage], **kwargs: Any
    ) -> AsyncGenerator[ChatResponse, None]:
        return self._aresponses(messages)

    def _responses(self, messages: Sequence[ChatMessage]) -> Generator[ChatResponse, None, None]:
        written = _Written()
        for item in self._scripts.next(_text(messages)):
            if isinstance(item, float):
                time.sleep(item)
            else:
                yield written.add(item)

    async def _aresponses(self, messages: Sequence[ChatMessage]) -> AsyncGenerator[ChatResponse, None]:
        written = _Written()
        for item in self._scripts.next(_text(messages)):
            if isinstance(item, float):
                await asyncio.sleep(item)
            else:
                yield written.add(item)

    # completion, by way of chat, as such models have it

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        return chat_to_completion_decorator(self.chat)(prompt, **kwargs)

    @llm_completion_callback()
    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
        return stream_chat_to_completion_decorator(self.stream_chat)(prompt, **kwargs)

    @llm_completion_callback()
    async def acomplete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        return await achat_to_completion_decorator(self.achat)(prompt, **kwargs)

    @llm_completion_callback()
    async def astream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
        return await astream_chat_to_completion_decorator(self.astream_chat)(prompt, **kwargs)

    # tools

    def _prepare_chat_with_tools(
        self,
        tools: Any,
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        tool_required: bool = False,
        **kwargs: Any,
    ) -> dict[str, Any]:
        messages = list(chat_history or [])
        if user_msg is not None:
            messages.append(ChatMessage(content=user_msg) if isinstance(user_msg, str) else user_msg)
        return {"messages": messages, "tools": [tool.metadata.name for tool in tools]}

    def get_tool_calls_from_response(
        self, response: ChatResponse, error_on_no_tool_call: bool = True, **kwargs: Any
    ) -> list[ToolSelection]:
        calls = [block for block in response.message.blocks if isinstance(block, ToolCallBlock)]
        if not calls and error_on_no_tool_call:
            raise ValueError("no tool was called")
        return [
            ToolSelection(
                tool_id=call.tool_call_id or "",
                tool_name=call.tool_name,
                tool_kwargs=json.loads(call.tool_kwargs)
                if isinstance(call.tool_kwargs, str)
                else call.tool_kwargs,
            )
            for call in calls
        ]


class PlainModel(CustomLLM):
    """A model that completes a text; LlamaIndex makes a chat model of it."""

    model: str = "scripted"
    is_chat_model: bool = False
    context_window: int = 4096
    _scripts: _Scripts = PrivateAttr()

    def __init__(self, *scripts: Script, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._scripts = _Scripts(scripts)

    @property
    def asked(self) -> list[str]:
        return self._scripts.asked

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(
            model_name=self.model, is_chat_model=self.is_chat_model, context_window=self.context_window
        )

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        text = ""
        for delta in self._deltas(prompt):
            text += delta
        return CompletionResponse(text=text)

    @llm_completion_callback()
    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> Generator[CompletionResponse, None, None]:
        def responses() -> Generator[CompletionResponse, None, None]:
            text = ""
            for delta in self._deltas(prompt):
                text += delta
                yield CompletionResponse(text=text, delta=delta)

        return responses()

    def _deltas(self, prompt: str) -> Iterator[str]:
        for item in self._scripts.next(prompt):
            if isinstance(item, BaseException):
                raise item
            if isinstance(item, float):
                time.sleep(item)
            else:
                yield item


class _Written:
    """What a model has written so far, as its next response has it."""

    def __init__(self) -> None:
        self._text = ""
        self._others: list[ContentBlock] = []

    def add(self, item: Any) -> ChatResponse:
        if isinstance(item, BaseException):
            raise item
        if isinstance(item, Tool):
            id_ = uuid.uuid4().hex
            self._others.append(
                ToolCallBlock(tool_call_id=id_, tool_name=item.name, tool_kwargs=json.dumps(item.kwargs))
            )
            return self.response("")
        if isinstance(item, Thinking):
            self._others.append(ThinkingBlock(content=item.text))
            return self.response("", thinking_delta=item.text)
        self._text += item
        return self.response(item)

    def response(self, delta: str, **more: Any) -> ChatResponse:
        text = [TextBlock(text=self._text)] if self._text else []
        message = ChatMessage(role=MessageRole.ASSISTANT, blocks=[*self._others, *text])
        return ChatResponse(message=message, delta=delta, additional_kwargs=more)


def _text(messages: Sequence[ChatMessage]) -> str:
    return "\n".join(f"{message.role.value}: {message.content}" for message in messages)


def notes(*history: ChatMessage) -> ChatMemoryBuffer:
    """A memory that needs no tokenizer and no database."""
    return ChatMemoryBuffer.from_defaults(
        chat_history=list(history), token_limit=1000, tokenizer_fn=str.split
    )


def index_of(*texts: str) -> VectorStoreIndex:
    """In memory, one node for each text, so that nothing has to be split."""
    return VectorStoreIndex(
        nodes=[TextNode(text=text) for text in texts], embed_model=MockEmbedding(embed_dim=4)
    )
