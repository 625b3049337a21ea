"""The tree of LlamaIndex's calls: what a span is, what it stands under, and what that means for the user.

A span that has ended is remembered for a while: tasks and threads that it has begun come later, and name it
as their parent.
"""

from __future__ import annotations

import enum
import inspect
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from llama_index.core.agent.workflow import BaseWorkflowAgent
from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.llms.base import BaseLLM
from llama_index.core.chat_engine.types import BaseChatEngine, StreamingAgentChatResponse
from llama_index.core.llms.structured_llm import StructuredLLM
from llama_index.core.response_synthesizers import BaseSynthesizer
from llama_index.core.tools import BaseTool
from llama_index.core.workflow import Workflow
from llama_index_instrumentation.dispatcher import active_instrument_tags

from .caller import is_helper

if TYPE_CHECKING:
    from .answers import Answer, Call

__all__ = ["HANDOFF", "Kind", "Span", "Spans"]

MOST_OPEN = 10_000  # calls whose end is never told are forgotten beyond it
MOST_PAST = 1024
HANDOFF = "handoff"  # the tool by which one agent of an AgentWorkflow makes way for another
ID = 37  # a span's id is its name, a dash, and a UUID


class Kind(enum.Enum):
    """What is at work in a span."""

    MODEL = enum.auto()  # one call of a model
    ENGINE = enum.auto()  # models below it write for it; its response is for the user
    WRITER = enum.auto()  # a chat engine's: what it writes down, the user is told
    WORKFLOW = enum.auto()
    TOOL = enum.auto()
    HELPER = enum.auto()  # models below it write data, or for LlamaIndex itself
    OTHER = enum.auto()


MODEL_METHODS = {f"{a}{b}" for a in ("", "a", "stream_", "astream_") for b in ("chat", "complete")}
CHAT_METHODS = {"chat", "achat", "stream_chat", "astream_chat"}


@lru_cache(maxsize=4096)
def _kind_of(cls: Any, method: str) -> Kind:
    if issubclass(cls, BaseLLM):
        return _kind_of_model_s(cls, method)
    if issubclass(cls, BaseQueryEngine | BaseSynthesizer):
        return Kind.ENGINE
    if issubclass(cls, BaseChatEngine):
        return Kind.ENGINE if method in CHAT_METHODS else Kind.OTHER
    if issubclass(cls, StreamingAgentChatResponse):
        return Kind.WRITER
    if issubclass(cls, BaseTool):
        return Kind.TOOL
    if issubclass(cls, Workflow):
        return Kind.WORKFLOW if method == "run" else Kind.OTHER
    return Kind.HELPER if any(is_helper(each.__module__) for each in cls.__mro__) else Kind.OTHER


def _kind_of_model_s(cls: Any, method: str) -> Kind:
    if "structured" in method or issubclass(cls, StructuredLLM):
        return Kind.HELPER
    if method in ("predict_and_call", "apredict_and_call"):
        return Kind.ENGINE
    return Kind.MODEL if method in MODEL_METHODS else Kind.OTHER


@dataclass(slots=True, eq=False)
class Span:
    """A call at work, or one that has been.

    hidden: whether what models write here is for somebody else than the user, tools aside.
    in_tool, in_workflow: what it stands under.
    """

    id: str
    kind: Kind
    method: str
    parent: Span | None
    names: tuple[str, ...]  # what it is called by
    call: Call  # all spans of one have the same
    hidden: bool = False
    in_tool: bool = False
    in_workflow: bool = False
    answer: Answer | None = None  # an engine's
    withdraw: Callable[[], None] | None = None  # takes back what a workflow was offered as

    @property
    def lineage(self) -> Iterator[Span]:
        """This one and those around it."""
        span: Span | None = self
        while span is not None:
            yield span
            span = span.parent

    @property
    def all_names(self) -> list[str]:
        """The nearest first."""
        return list(dict.fromkeys(name for span in self.lineage for name in span.names))


class Spans:
    """Those at work, by their ids."""

    def __init__(self, new_call: Callable[[], Call]) -> None:
        self._new_call = new_call
        self._open: dict[str, Span] = {}
        self._past: OrderedDict[str, Span] = OrderedDict()

    def __len__(self) -> int:
        return len(self._open)

    def enter(
        self,
        id_: str,
        arguments: inspect.BoundArguments,
        instance: Any,
        parent_id: str | None,
        tags: dict[str, Any] | None,
    ) -> Span | None:
        """None if it is known already."""
        if id_ in self._open:
            return None
        while len(self._open) >= MOST_OPEN:
            self._open.pop(next(iter(self._open)), None)
        method = id_[:-ID].rpartition(".")[2]
        cls: Any = type(instance)
        kind = Kind.OTHER if instance is None else _kind_of(cls, method)
        parent = None if parent_id is None else self.get(parent_id)
        call = self._new_call() if parent is None else parent.call
        span = Span(id_, kind, method, parent, _names(kind, method, arguments, instance, tags), call)
        if parent is not None:
            _inherit(span, parent)
        self._open[id_] = span
        return span

    def get(self, id_: str | None) -> Span | None:
        return None if id_ is None else self._open.get(id_) or self._past.get(id_)

    def leave(self, id_: str) -> Span | None:
        span = self._open.pop(id_, None)
        if span is not None:
            self._past[id_] = span
            while len(self._past) > MOST_PAST:
                self._past.popitem(last=False)
        return span

    @property
    def open(self) -> list[Span]:
        return list(self._open.values())


def _inherit(span: Span, parent: Span) -> None:
    hides = parent.kind in (Kind.MODEL, Kind.ENGINE, Kind.HELPER, Kind.WRITER)
    span.hidden = parent.hidden or (hides and span.kind is not Kind.WRITER)
    span.in_tool = parent.in_tool or parent.kind is Kind.TOOL
    span.in_workflow = parent.in_workflow or parent.kind is Kind.WORKFLOW


def _names(
    kind: Kind, method: str, arguments: inspect.BoundArguments, instance: Any, tags: dict[str, Any] | None
) -> tuple[str, ...]:
    tags = active_instrument_tags.get() if tags is None else tags  # a workflow's run brings none
    given = tuple(value for key, value in tags.items() if isinstance(value, str) and "." not in key)
    return given + tuple(name for name in _own_names(kind, method, arguments, instance) if name)


def _own_names(
    kind: Kind, method: str, arguments: inspect.BoundArguments, instance: Any
) -> tuple[str | None, ...]:
    if instance is None:  # a step of a workflow, or a function of the user's
        agents = (getattr(value, "current_agent_name", None) for value in arguments.arguments.values())
        return (next((name for name in agents if isinstance(name, str)), None), method)
    if kind is Kind.WORKFLOW:
        return (instance.name if isinstance(instance, BaseWorkflowAgent) else None, type(instance).__name__)
    if kind is Kind.TOOL:
        return (instance.metadata.name,)
    return (type(instance).__name__,) if kind is Kind.ENGINE else ()
