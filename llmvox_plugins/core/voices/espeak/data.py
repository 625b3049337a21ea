"""What espeak-ng speaks, as its data files say: languages and voice variants. Loads no library."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ...errors import MissingDependencyError

__all__ = ["Language", "data_path", "find_language", "languages", "library_path", "variants"]

_ATTRIBUTE = re.compile(r"^(name|language|dictionary)[ \t]+(.*?)[ \t]*(?://.*)?$", re.MULTILINE)
_REGION_OR_SCRIPT = re.compile(r"-([a-z]{2}|[a-z]{4}|[0-9]{3})$")
_USUAL_PRIORITY = 5  # of a voice for a language; less is better


@dataclass(frozen=True, slots=True)
class Language:
    """A language that espeak-ng speaks.

    tag: its own tag of it, in lower case, such as "en-us".
    title: its own description, such as "English (America)".
    voice: its voice file, by which espeak-ng selects it, such as "gmw/en-US".
    """

    tag: str
    title: str
    voice: str


class _VoiceFile(NamedTuple):
    voice: str
    title: str
    tags: list[tuple[str, int]]  # with its priority for them; the first is its own
    dictionary: str

    @property
    def name(self) -> str:
        return self.voice.rpartition("/")[2].lower()


def languages() -> list[Language]:
    """All that can be spoken, by tag. Raises MissingDependencyError."""
    return sorted(set(_table().values()), key=lambda language: language.tag)


def find_language(tag: str) -> tuple[str, Language] | None:
    """The language of a lower-case tag, and as much of the tag as is known: "de" of "de-at".

    A region or a script is dropped where espeak-ng does not tell it apart. Raises MissingDependencyError.
    """
    table = _table()
    while tag not in table:
        shorter = _REGION_OR_SCRIPT.sub("", tag)
        if shorter == tag:
            return None
        tag = shorter
    return tag, table[tag]


@cache
def variants() -> Mapping[str, str]:
    """Voice variants: "mr-serious" → "Mr serious", espeak-ng's name. Raises MissingDependencyError."""
    names = sorted(path.name for path in (data_path() / "voices" / "!v").iterdir())
    return {name.lower().replace(" ", "-"): name for name in names}


@cache
def _table() -> Mapping[str, Language]:
    """Tag → language. A voice's own tag comes before the name of a file, and that before other tags."""
    claims: list[tuple[int, str, Language]] = []
    own_tags: set[str] = set()
    for file in _voice_files():
        own = file.tags[0][0]
        language = Language(file.name if own in own_tags else own, file.title, file.voice)
        own_tags.add(own)
        claims += [(-2, language.tag, language), (-1, file.name, language)]
        claims += [(priority, tag, language) for tag, priority in file.tags]
    table: dict[str, Language] = {}
    for _, tag, language in sorted(claims, key=lambda claim: claim[0]):
        table.setdefault(tag, language)
    return table


def _voice_files() -> list[_VoiceFile]:
    """Those whose dictionary is there, for without it espeak-ng says nothing."""
    root = data_path() / "lang"
    files = [_read(path, root) for path in sorted(root.rglob("*")) if path.is_file()]
    return [file for file in files if (data_path() / f"{file.dictionary}_dict").is_file()]


def _read(path: Path, root: Path) -> _VoiceFile:
    attributes = _ATTRIBUTE.findall(path.read_text(encoding="utf-8"))
    tags = [_tag(value) for key, value in attributes if key == "language"]
    only = {"dictionary": tags[0][0].partition("-")[0], **dict(attributes)}
    return _VoiceFile(path.relative_to(root).as_posix(), only["name"], tags, only["dictionary"])


def _tag(value: str) -> tuple[str, int]:
    tag, _, priority = value.partition(" ")
    return tag.lower(), int(priority or _USUAL_PRIORITY)


def data_path() -> Path:
    """Raises MissingDependencyError."""
    try:
        return Path(_loader().get_data_path())
    except RuntimeError as error:
        raise MissingDependencyError(f"espeak-ng is installed without its data: {error}") from error


def library_path() -> Path:
    """Raises MissingDependencyError."""
    return Path(_loader().get_library_path())


def _loader() -> Any:
    try:
        import espeakng_loader
    except ImportError as error:
        raise MissingDependencyError(
            'espeak voices need espeak-ng, which is GPL-3: pip install "llmvox-plugins[espeak]"'
        ) from error
    return espeakng_loader
