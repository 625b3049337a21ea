"""The OpenAI doorway: a server for clients of OpenAI's speech endpoint, and speech for streams of its SDK."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ...core.errors import MissingDependencyError

if TYPE_CHECKING:
    from .app import create_app
    from .sdk import speak_stream
    from .serving.server import serve

__all__ = ["create_app", "serve", "speak_stream"]


_ROOMS = {"create_app": "app", "serve": "serving.server", "speak_stream": "sdk"}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        room = import_module(f".{_ROOMS[name]}", __name__)
    except ImportError as error:
        raise MissingDependencyError(
            'the speech server needs FastAPI and uvicorn: pip install "llmvox-plugins[server]"'
        ) from error
    return getattr(room, name)
