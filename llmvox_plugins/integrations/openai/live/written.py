"""A caller's text as it comes in pieces, and its places counted as Python and as JavaScript count them."""

from __future__ import annotations

from bisect import bisect_left

from ....core.audio import Span

__all__ = ["WrittenText"]


class WrittenText:
    """Pieces of UTF-16: one that ends within a character is completed by the next.

    length: code points so far.
    """

    def __init__(self) -> None:
        self.length = 0
        self._held = ""  # the first half of a character
        self._wide: list[int] = []  # places of characters that are two units of UTF-16

    def add(self, piece: str) -> str:
        """What of the text is complete now."""
        text = (self._held + piece).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        self._held = text[-1] if text and "\ud800" <= text[-1] <= "\udbff" else ""
        return self._count(text[: len(text) - len(self._held)])

    def flush(self) -> str:
        """The text is complete."""
        text, self._held = self._held, ""
        return self._count(text)

    def utf16(self, span: Span) -> list[int]:
        """A span in code points → in units of UTF-16."""
        return [place + bisect_left(self._wide, place) for place in span]

    def _count(self, text: str) -> str:
        self._wide += (self.length + at for at, character in enumerate(text) if character > "\uffff")
        self.length += len(text)
        return text
