"""LangChain and LangGraph: what models write is spoken while they write it.

    chain.invoke(question, config={"callbacks": [SpeechCallbackHandler(to="answer.wav")]})
    chain | SpeechRunnable()                                    # audio comes out
    create_agent(model, tools, middleware=[SpeechMiddleware()])  # this agent speaks, and nobody else

Only what an agent says to its user is heard: no tool calls, no reasoning, no structured output, nothing that
a model writes inside a tool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...core.errors import MissingDependencyError

try:
    import langchain_core  # noqa: F401
except ImportError as error:
    raise MissingDependencyError(
        'speech for LangChain needs langchain-core: pip install "llmvox-plugins[langchain]"'
    ) from error

from .ambient import attach
from .audio import SpokenAudio
from .handler import SpeechCallbackHandler
from .memory import spoken_message
from .runnable import SpeechRunnable

if TYPE_CHECKING:
    from .middleware import SpeechMiddleware

__all__ = [
    "SpeechCallbackHandler",
    "SpeechMiddleware",
    "SpeechRunnable",
    "SpokenAudio",
    "attach",
    "spoken_message",
]


def __getattr__(name: str) -> object:
    if name == "SpeechMiddleware":  # it needs langchain, the others only langchain-core
        from .middleware import SpeechMiddleware

        globals()[name] = SpeechMiddleware
        return SpeechMiddleware
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
