from .grammar import Spanish

__all__ = ["Spanish"]
