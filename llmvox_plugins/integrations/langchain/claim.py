"""Who speaks a model's call where several could: a middleware before a handler that the program attaches, and
that before one that attach() has put everywhere.
"""

from __future__ import annotations

import sys
from collections.abc import Hashable
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

from langchain_core.language_models import BaseChatModel, BaseLLM

from .answer import Answer

__all__ = ["Claim", "claimed", "inside_a_model", "taken"]


@dataclass(slots=True, eq=False)
class Claim:
    """The model's call that a middleware is making.

    owner: the handler that speaks it.
    root: the narrator's name for the call of the agent that it belongs to.
    answers: what models have said in it so far, or are saying.
    is_last: whether the agent has answered, and calls no tools.
    """

    owner: object
    root: Hashable
    answers: list[Answer] = field(default_factory=list)
    is_last: bool = False


claimed: ContextVar[Claim | None] = ContextVar("llmvox_claimed", default=None)

taken: WeakValueDictionary[int, UUID] = WeakValueDictionary()
"""The runs of models that a handler of the program itself is attached to, by number."""


def inside_a_model() -> bool:
    """Whether a model that is starting was called by the code of another one, which will say the same.

    The stack tells it exactly, in threads and on event loops, also where no callbacks are handed on.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code in _AT_WORK or (frame.f_code in _STREAMS and "run_manager" in frame.f_locals):
            return True
        frame = frame.f_back
    return False


def _codes(*methods: tuple[Any, str]) -> frozenset[CodeType]:
    found = (getattr(owner, name, None) for owner, name in methods)
    return frozenset(method.__code__ for method in found if method is not None)


_AT_WORK = _codes(
    (BaseChatModel, "_generate_with_cache"),
    (BaseChatModel, "_agenerate_with_cache"),
    (BaseChatModel, "_iter_v2_events"),
    (BaseChatModel, "_aiter_v2_events"),
    (BaseLLM, "_generate_helper"),
    (BaseLLM, "_agenerate_helper"),
)
_STREAMS = _codes(  # these start their own run themselves, and have a run_manager from then on
    (BaseChatModel, "stream"), (BaseChatModel, "astream"), (BaseLLM, "stream"), (BaseLLM, "astream")
)
