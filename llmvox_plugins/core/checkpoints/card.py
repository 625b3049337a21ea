"""What is known of a voice beside its tensors: the `config.json` of a compact copy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from ..errors import CheckpointError

__all__ = ["Source", "VoiceCard"]


@dataclass(frozen=True, slots=True)
class Source:
    """A file that a voice was made of.

    repository and revision (a commit) are those on the hub; empty for a file of this machine.
    """

    file: str
    size: int
    repository: str = ""
    revision: str = ""


@dataclass(frozen=True, slots=True)
class VoiceCard:
    """language: BCP 47.
    sample_rate: Hz.
    licence: of the weights; empty where it is not known.
    text: options of text that differ from the usual, as `load_voice` takes them: {"steps": ["numbers"]}.
    sources: the files that it was made of.
    """

    language: str = "en"
    sample_rate: int = 24_000
    licence: str = ""
    text: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    sources: tuple[Source, ...] = ()

    def to_json(self) -> dict[str, Any]:
        own = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return own | {"text": dict(self.text), "sources": [asdict(source) for source in self.sources]}

    @classmethod
    def from_json(cls, entries: Mapping[str, Any], where: str) -> VoiceCard:
        """Raises CheckpointError for an entry that is unknown, or not what it should be."""
        known = {entry.name: entry for entry in fields(cls)}
        for name, value in entries.items():
            if name not in known:
                nearest = get_close_matches(name, known, n=1, cutoff=0)[0]
                raise CheckpointError(f"{where} has an unknown entry {name!r}; did you mean {nearest!r}?")
            if type(value) is not _KINDS[name]:
                raise CheckpointError(f"{where}: {name!r} should be {_KINDS[name].__name__}, not {value!r}")
        try:
            sources = tuple(Source(**source) for source in entries.get("sources", ()))
        except TypeError as error:
            raise CheckpointError(f"{where}: 'sources' is not a list of files: {error}") from error
        return cls(**{**entries, "sources": sources})


_KINDS: Mapping[str, type] = {
    "language": str,
    "sample_rate": int,
    "licence": str,
    "text": dict,
    "sources": list,
}
