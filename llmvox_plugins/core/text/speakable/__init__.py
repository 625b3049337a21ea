"""LLM deltas → prose: Markdown, HTML, formulas and reasoning are gone."""

from .machine import Speakable

__all__ = ["Speakable"]
