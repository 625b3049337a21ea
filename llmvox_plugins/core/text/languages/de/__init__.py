from .grammar import German

__all__ = ["German"]
