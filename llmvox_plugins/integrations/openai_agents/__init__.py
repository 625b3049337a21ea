"""The doorway to OpenAI's Agents SDK: runs that are heard, a voice for its voice pipeline."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ...core.errors import MissingDependencyError

if TYPE_CHECKING:
    from .run import SpokenRun, speak_run
    from .tts import LLMVoxTTSModel, LLMVoxVoiceModelProvider

__all__ = ["LLMVoxTTSModel", "LLMVoxVoiceModelProvider", "SpokenRun", "speak_run"]

_ROOMS = {
    "speak_run": "run",
    "SpokenRun": "run",
    "LLMVoxTTSModel": "tts",
    "LLMVoxVoiceModelProvider": "tts",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        room = import_module(f".{_ROOMS[name]}", __name__)
    except ImportError as error:
        raise MissingDependencyError(
            'speech for the Agents SDK needs openai-agents: pip install "llmvox-plugins[agents]"'
        ) from error
    return getattr(room, name)
