"""Every error this package raises, so that one `except LLMVoxError` catches them all.

LLMVoxError
├── ConfigurationError      an argument or a setting that cannot be used   (also a ValueError)
│   └── UnknownVoiceError   no voice of that name; says the nearest ones
├── MissingDependencyError  an optional package or system library is absent   (also an ImportError)
├── CheckpointError         a file of weights cannot be used
├── DownloadError           weights could not be fetched; says what to do
├── VoiceError              a voice failed to make audio
├── SinkError               the place that the audio goes to failed
│   └── SinkStalledError    it stopped taking audio
└── StreamError             a stream was used in a way that its state does not allow
    ├── StreamEndedError    written to after its end
    ├── InboxFullError      more text is waiting than the stream may hold
    └── ForkedError         the stream was opened in the parent of this process
"""

from __future__ import annotations

from typing import TypeVar

__all__ = [
    "CheckpointError",
    "ConfigurationError",
    "DownloadError",
    "ForkedError",
    "InboxFullError",
    "LLMVoxError",
    "MissingDependencyError",
    "SinkError",
    "SinkStalledError",
    "StreamEndedError",
    "StreamError",
    "UnknownVoiceError",
    "VoiceError",
    "foreign",
]


class LLMVoxError(Exception):
    """Anything that goes wrong with speech."""


class ConfigurationError(LLMVoxError, ValueError):
    """An argument or a setting that cannot be used; the message says what would be right."""


class UnknownVoiceError(ConfigurationError):
    """No voice has that name."""


class MissingDependencyError(LLMVoxError, ImportError):
    """An optional package or a system library is absent; the message says how to install it."""


class CheckpointError(LLMVoxError):
    """A file of weights cannot be used; the message names it, and what is wrong with it."""


class DownloadError(LLMVoxError):
    """Weights could not be fetched; the message says what to do."""


class VoiceError(LLMVoxError):
    """A voice failed to make audio."""


class SinkError(LLMVoxError):
    """The place that the audio goes to failed."""


class SinkStalledError(SinkError):
    """A sink stopped taking audio."""


class StreamError(LLMVoxError):
    """A stream was used in a way that its state does not allow."""


class StreamEndedError(StreamError):
    """Text was written after the stream's end."""


class InboxFullError(StreamError):
    """More text is waiting than the stream may hold."""


class ForkedError(StreamError):
    """The stream was opened in the parent of this process."""


E = TypeVar("E", bound=LLMVoxError)


def foreign(error: Exception, kind: type[E], where: str) -> E:
    """Somebody else's error as one of ours. Its text may hold the user's, so only its kind is named."""
    if isinstance(error, kind):
        return error
    ours = kind(f"{where}: {error if isinstance(error, LLMVoxError | OSError) else type(error).__name__}")
    ours.__cause__ = error
    return ours
