"""Models at the far edge of LangChain: they say what scripts say, and everything around them is real."""

import asyncio
import json
import threading
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable, RunnableLambda
from langchain_core.tools import tool
from langgraph.graph import END, START, MessagesState, StateGraph
from pydantic import PrivateAttr

__all__ = [
    "QUESTION",
    "WHY",
    "ScriptedModel",
    "SilentModel",
    "calling",
    "chain",
    "failing",
    "graph_of",
    "look_up",
    "reasoning",
    "saying",
    "tool_call",
]

QUESTION = {"question": "?"}
WHY: Any = {"messages": [("user", "why?")]}


class ScriptedModel(BaseChatModel):
    """Answers with its scripts, one after another, piece by piece: text, lists of content blocks or chunks; a
    float is a pause, an exception is raised.

    reports: whether it tells of its tokens itself, too, as models of other packages do.
    """

    scripts: list[list[Any]]
    reports: bool = True
    _turn: Iterator[list[Any]] = PrivateAttr()
    _lock: Any = PrivateAttr(default_factory=threading.Lock)

    def model_post_init(self, context: Any, /) -> None:
        self._turn = iter(self.scripts)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Runnable[Any, Any]:
        return self.bind(**kwargs)

    def _pieces(self) -> Iterator[AIMessageChunk | float]:
        with self._lock:
            script = next(self._turn)
        for item in script:
            if isinstance(item, BaseException):
                raise item
            yield AIMessageChunk(content=item) if isinstance(item, str | list) else item
        usage: Any = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
        yield AIMessageChunk(content="", usage_metadata=usage)  # as many models end

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        whole = AIMessageChunk(content="")
        for piece in self._pieces():
            if isinstance(piece, AIMessageChunk):
                whole += piece
            else:
                time.sleep(piece)
        message = AIMessage(
            content=whole.content, tool_calls=whole.tool_calls, usage_metadata=whole.usage_metadata
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        run_manager = kwargs.get("run_manager") or (args[1] if len(args) > 1 else None)
        for piece in self._pieces():
            if not isinstance(piece, AIMessageChunk):
                time.sleep(piece)
                continue
            generation = ChatGenerationChunk(message=piece)
            if run_manager and self.reports:
                run_manager.on_llm_new_token(str(piece.text), chunk=generation)
            yield generation

    async def _astream(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        run_manager = kwargs.get("run_manager") or (args[1] if len(args) > 1 else None)
        for piece in self._pieces():
            if not isinstance(piece, AIMessageChunk):
                await asyncio.sleep(piece)
                continue
            generation = ChatGenerationChunk(message=piece)
            if run_manager and self.reports:
                await run_manager.on_llm_new_token(str(piece.text), chunk=generation)
            yield generation


class SilentModel(ScriptedModel):
    """A model that cannot stream."""

    _stream = BaseChatModel._stream
    _astream = BaseChatModel._astream


def tool_call(name: str, *, index: int = 0, **args: Any) -> AIMessageChunk:
    """The part of an answer that calls a tool; each of its calls has an index of its own."""
    call: Any = {"name": name, "args": json.dumps(args), "id": uuid.uuid4().hex, "index": index}
    return AIMessageChunk(content="", tool_call_chunks=[call])


def reasoning(thoughts: str) -> list[Any]:
    """The part of an answer that is not for the user."""
    return [{"type": "reasoning", "reasoning": thoughts}]


@tool
def look_up(word: str) -> str:
    """Look a word up."""
    return f"{word}: a word"


def chain(*scripts: list[Any], **options: Any) -> Any:
    """A prompt and a model."""
    return ChatPromptTemplate.from_template("{question}") | ScriptedModel(scripts=list(scripts), **options)


def failing(times: int) -> RunnableLambda[Any, Any]:
    """A step that fails so many times, and then hands on what it gets."""
    left = iter(range(times))

    def step(given: Any) -> Any:
        if next(left, None) is not None:
            raise ValueError("not what I asked for")
        return given

    return RunnableLambda(step)


def saying(*pieces: Any, **config: Any) -> Any:
    """A node that asks a model, once."""

    def node(state: Any) -> dict[str, Any]:
        model = ScriptedModel(scripts=[list(pieces)]).with_config(**config)
        return {"messages": [model.invoke(state["messages"])]}

    return node


def graph_of(*nodes: tuple[str, Any], **options: Any) -> Any:
    """A graph whose nodes follow one another."""
    builder = StateGraph(MessagesState)
    for name, node in nodes:
        builder.add_node(name, node)
    names = [name for name, _ in nodes]
    for begin, end in zip([START, *names], [*names, END], strict=True):
        builder.add_edge(begin, end)
    return builder.compile(**options)


def calling(handler: Any, **more: Any) -> Any:
    """A run's config."""
    return {"callbacks": [handler], **more}
