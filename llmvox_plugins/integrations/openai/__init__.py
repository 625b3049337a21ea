"""The OpenAI doorway: a server that any client of OpenAI's speech endpoint can use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ...core.errors import MissingDependencyError

if TYPE_CHECKING:
    from .app import create_app
    from .serving.server import serve

__all__ = ["create_app", "serve"]


_ROOMS = {"create_app": "app", "serve": "serving.server"}


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
