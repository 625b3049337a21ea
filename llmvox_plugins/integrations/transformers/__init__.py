"""The transformers doorway: `model.generate(streamer=SpeechStreamer(tokenizer))` speaks."""

from __future__ import annotations

from ...core.errors import MissingDependencyError

try:
    from .streamer import SpeechStreamer
except ImportError as error:
    raise MissingDependencyError(
        'speech for transformers needs transformers: pip install "llmvox-plugins[transformers]"'
    ) from error

__all__ = ["SpeechStreamer"]
