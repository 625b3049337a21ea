"""Any agent's token stream becomes speech while it is being written. Names load when they are used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .core.audio import AudioChunk
    from .core.errors import LLMVoxError
    from .core.sinks import SpeakerSink, WavSink
    from .core.state import StreamLimits, StreamState
    from .core.stream import SpeechStream, speak
    from .core.timeline import SpokenText
    from .core.voices import list_voices, load_voice

__all__ = [
    "AudioChunk",
    "LLMVoxError",
    "SpeakerSink",
    "SpeechStream",
    "SpokenText",
    "StreamLimits",
    "StreamState",
    "WavSink",
    "list_voices",
    "load_voice",
    "speak",
]

_ROOMS = {
    "AudioChunk": "audio",
    "LLMVoxError": "errors",
    "SpeakerSink": "sinks",
    "SpeechStream": "stream",
    "SpokenText": "timeline",
    "StreamLimits": "state",
    "StreamState": "state",
    "WavSink": "sinks",
    "list_voices": "voices",
    "load_voice": "voices",
    "speak": "stream",
}


def __getattr__(name: str) -> object:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f".core.{_ROOMS[name]}", __name__), name)
    return value
