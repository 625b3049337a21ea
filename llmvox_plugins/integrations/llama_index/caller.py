"""Who calls a model, told by the call stack at that time.

LlamaIndex's spans tell what belongs to what across tasks and threads. They do not tell which of its own parts
calls: rerankers, memories, extractors and programs ask models for their own ends. And a model's call that
begins inside another one's stream has lost its parent there.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from functools import lru_cache
from types import FrameType

__all__ = ["Caller", "called_by", "is_helper"]

HELPERS = (
    "agent.utils",
    "base.base_retriever",
    "base.base_selector",
    "base.embeddings",
    "embeddings",
    "evaluation",
    "extractors",
    "graph_stores",
    "indices",
    "ingestion",
    "llama_dataset",
    "llms.structured_llm",
    "memory",
    "multi_modal_llms",
    "node_parser",
    "objects",
    "output_parsers",
    "postprocessor",
    "program",
    "question_gen",
    "retrievers",
    "schema",
    "selectors",
    "storage",
    "vector_stores",
)
"""Parts of LlamaIndex, in its core and in packages of its own: models write for them, not for the user."""

TOOLS = ("llama_index.core.tools", "llama_index.core.langchain_helpers", "langchain_core.tools")
AGENTS = "llama_index.core.agent.workflow."
MODEL_CALLS = "llama_index.core.llms.callbacks"  # what wraps every call of a model
MODELS = ("llama_index.core.llms", "llama_index.core.base.llms", "llama_index.llms")
PLUMBING = ("llmvox_plugins", "llama_index_instrumentation", "llama_index.core.instrumentation", "wrapt")


class _Room(enum.Enum):
    """Where a frame is at home."""

    PLUMBING = enum.auto()
    MODEL_CALL = enum.auto()
    HELPER = enum.auto()
    TOOL = enum.auto()
    ANYWHERE = enum.auto()


@dataclass(frozen=True, slots=True)
class Caller:
    """in_model: another model is at work around it, for whom it writes.
    helper: a part of LlamaIndex that asks for its own ends.
    in_tool: a tool is at work around it.
    agent: the module of LlamaIndex's agent that asks; None if it is somebody else.
    """

    in_model: bool
    helper: bool
    in_tool: bool
    agent: str | None


def called_by(frame: FrameType | None) -> Caller:
    """frame: the innermost one; all that are around it are looked at."""
    seen = set()
    asks = None
    while frame is not None:
        module = frame.f_globals.get("__name__") or ""
        room = _room_of(module, frame.f_code.co_name)
        seen.add(room)
        if asks is None and room in (_Room.ANYWHERE, _Room.HELPER, _Room.TOOL):
            asks = module
        frame = frame.f_back
    agent = asks.removeprefix(AGENTS) if asks is not None and asks.startswith(AGENTS) else None
    return Caller(_Room.MODEL_CALL in seen, _Room.HELPER in seen, _Room.TOOL in seen, agent)


@lru_cache(maxsize=4096)
def _room_of(module: str, function: str) -> _Room:
    if module == MODEL_CALLS:
        return _Room.MODEL_CALL
    if is_helper(module) or (module == "llama_index.core.llms.llm" and "structured" in function):
        return _Room.HELPER
    if _within(module, TOOLS):
        return _Room.TOOL
    if _within(module, (*MODELS, *PLUMBING)) or function.endswith("chat_with_tools"):
        return _Room.PLUMBING
    return _Room.ANYWHERE


@lru_cache(maxsize=4096)
def is_helper(module: str) -> bool:
    if not module.startswith("llama_index."):
        return False
    return _within(module.removeprefix("llama_index.").removeprefix("core."), HELPERS)


def _within(module: str, rooms: tuple[str, ...]) -> bool:
    return any(module == room or module.startswith(f"{room}.") for room in rooms)
