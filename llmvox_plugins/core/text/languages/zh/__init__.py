from .grammar import Mandarin

__all__ = ["Mandarin"]
