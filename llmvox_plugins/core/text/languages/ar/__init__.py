from .grammar import Arabic

__all__ = ["Arabic"]
