from .grammar import French

__all__ = ["French"]
