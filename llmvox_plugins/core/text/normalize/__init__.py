"""Words as they are written → words as they are said."""

from .normalizer import Normalizer

__all__ = ["Normalizer"]
