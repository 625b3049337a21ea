"""Who stands above a call of the SDK: somebody who speaks its answer himself, or for whom it was made.

Seen in the call stack at the time of the call, which is exact for threads, event loops and generators, and
leaves no mark on whoever reads a stream.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

__all__ = ["is_spoken_above"]

_MODELS = ("langchain_core.language_models", "llama_index.core.llms.callbacks")
"""They tell their own doorways what their models write."""

_TOOLS = ("langchain_core.tools", "llama_index.core.tools")
"""What a model writes in a tool is for the agent."""

_EXPLICIT = (f"{__package__}.stream",)
"""The program itself has asked for speech."""

_BY_ITSELF = {"agents.models": "llmvox_plugins.integrations.openai_agents"}
"""Heard through the SDK, unless the program speaks for the framework itself: it has imported its doorway."""

_ABOVE = _MODELS + _TOOLS + _EXPLICIT

_LANGCHAIN = frozenset(["_generate", "_agenerate", "_stream", "_astream", "_call", "_acall"])
"""Methods of LangChain's models. One that knows no event loop is called in a thread, with nobody above it."""


def is_spoken_above() -> bool:
    """Whether somebody above the caller sees to it that what is called here is spoken, or not to be."""
    spoken = (*_ABOVE, *(name for name, doorway in _BY_ITSELF.items() if doorway in sys.modules))
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        module = frame.f_globals.get("__name__") or ""
        if module.startswith(spoken) or (frame.f_code.co_name in _LANGCHAIN and _is_langchain(frame)):
            return True
        frame = frame.f_back
    return False


def _is_langchain(frame: FrameType) -> bool:
    owner: Any = frame.f_locals.get("self")
    return any(kind.__module__.startswith(_MODELS) for kind in type(owner).__mro__)
