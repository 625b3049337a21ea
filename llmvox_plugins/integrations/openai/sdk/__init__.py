"""OpenAI's SDK: a stream's answer is spoken while the program reads it.

    for event in speak_stream(client.chat.completions.create(..., stream=True)):
        ...

`speak_stream` speaks one stream; `attach` makes every answer heard that the SDK gets in this process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .ambient import attach

if TYPE_CHECKING:
    from .stream import SpokenAsyncStream, SpokenStream, speak_stream

__all__ = ["SpokenAsyncStream", "SpokenStream", "attach", "speak_stream"]


def __getattr__(name: str) -> Any:
    """They bring the whole engine with them, which a program under `llmvox run` does not need."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import stream

    return getattr(stream, name)
