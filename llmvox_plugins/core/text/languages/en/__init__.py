from .grammar import English

__all__ = ["English"]
