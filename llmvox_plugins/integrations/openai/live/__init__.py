"""Text goes in while it is being written, audio and marks come out: the WebSocket /v1/audio/speech/stream."""

from .conversation import router

__all__ = ["router"]
