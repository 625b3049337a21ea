"""The LlamaIndex doorway: whatever a program tells its user through LlamaIndex is heard.

with attach(to="speaker"):
    query_engine.query("Why is the sky blue?")
"""

from __future__ import annotations

from ...core.errors import MissingDependencyError

try:
    import llama_index.core.instrumentation  # noqa: F401
except ImportError as error:
    raise MissingDependencyError(
        'speech for LlamaIndex needs llama-index-core: pip install "llmvox-plugins[llama-index]"'
    ) from error

from .events import speak_events
from .handler import Attached, SpeechEventHandler, attach
from .response import speak_response
from .span_handler import SpeechSpanHandler
from .speech import Speech

__all__ = [
    "Attached",
    "Speech",
    "SpeechEventHandler",
    "SpeechSpanHandler",
    "attach",
    "speak_events",
    "speak_response",
]
