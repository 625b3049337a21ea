"""The OpenAI doorway: a server that any client of OpenAI's speech endpoint can use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...core.errors import MissingDependencyError

if TYPE_CHECKING:
    from .app import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    if name != "create_app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from .app import create_app
    except ImportError as error:
        raise MissingDependencyError(
            'the speech server needs FastAPI: pip install "llmvox-plugins[server]"'
        ) from error
    return create_app
