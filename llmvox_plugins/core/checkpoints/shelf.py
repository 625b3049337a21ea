"""Where the compact copies of the official checkpoints stand. Needs no network, and loads no torch."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from platformdirs import user_cache_path

from .config import is_whole

__all__ = ["LICENCE", "Shelf", "description", "revision_wanted", "shelf"]

LICENCE = "CC BY-NC-SA 4.0"
"""Of the official weights; not for commercial use."""


class Shelf:
    """One folder for each commit, and a small file for each name that stands for one: "main", a tag."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def folder(self, commit: str) -> Path:
        """Where the copy of that commit stands, or would."""
        return self.place / quote(commit, safe="")

    def find(self, revision: str) -> Path | None:
        """The whole copy of a commit, or of what a name stood for when it was last asked for."""
        try:
            commit = self._name(revision).read_text(encoding="utf-8")
        except (OSError, ValueError):
            commit = revision
        folder = self.folder(commit)
        return folder if is_whole(folder) else None

    def remember(self, revision: str, commit: str) -> None:
        """From now on `revision` stands for `commit`. Raises OSError."""
        if revision == commit:
            return
        self.place.mkdir(parents=True, exist_ok=True)
        new = self._name(revision).with_suffix(f".{os.getpid()}")
        new.write_text(commit, encoding="utf-8")
        new.replace(self._name(revision))

    def is_empty(self) -> bool:
        """Whether no copy has ever been made here."""
        return not self.place.is_dir() or not any(is_whole(entry) for entry in self.place.iterdir())

    def _name(self, revision: str) -> Path:
        return self.place / f"name-{quote(revision, safe='')}.txt"


def shelf() -> Shelf:
    """The user's, in LLMVOX_CACHE or where this system keeps caches."""
    cache = os.environ.get("LLMVOX_CACHE")
    return Shelf((Path(cache) if cache else user_cache_path("llmvox-plugins")) / "voices" / "llmvox")


def revision_wanted(revision: str | None = None) -> str:
    """That one, or what LLMVOX_REVISION says, or "main"."""
    return revision or os.environ.get("LLMVOX_REVISION") or "main"


def description() -> str:
    """Of the voice `llmvox`, for a list of voices."""
    here = "" if shelf().find(revision_wanted()) else ", not downloaded yet"
    return f"LLMVoX, official English checkpoints, {LICENCE}{here}"
