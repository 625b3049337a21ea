"""The LLM's answers, spoken by the server itself while they pass: its programs know nothing of speech."""

from .aloud import Aloud
from .ear import Ear

__all__ = ["Aloud", "Ear"]
