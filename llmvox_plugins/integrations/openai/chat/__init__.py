"""A proxy that gives the LLM behind it a voice: POST /v1/chat/completions."""

from .completions import router
from .transcripts import Transcripts

__all__ = ["Transcripts", "router"]
