"""`config.json` of a compact copy, and what it says of the folder that it lies in. Loads no torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import CheckpointError
from .card import VoiceCard

__all__ = ["CONFIG", "TENSORS", "Config", "is_compact", "is_whole", "read_config", "written_config"]

CONFIG, TENSORS = "config.json", "model.safetensors"
_FORMAT, _VERSION = "llmvox-plugins voice", 1


@dataclass(frozen=True, slots=True)
class Config:
    """heads: of the transformer's attention. size: bytes of the file of tensors."""

    card: VoiceCard
    heads: int
    size: int


def written_config(card: VoiceCard, heads: int, size: int) -> str:
    own = {"format": _FORMAT, "version": _VERSION, "heads": heads, "size": size}
    return json.dumps({**own, **card.to_json()}, indent=2, ensure_ascii=False) + "\n"


def read_config(folder: Path) -> Config:
    """Raises CheckpointError: there is none, it is no voice's, or of a format that is not known here."""
    path = folder / CONFIG
    entries = _entries(path)
    if entries is None or entries.pop("format", None) != _FORMAT:
        raise CheckpointError(f"{folder} holds no compact copy of a voice: its {CONFIG} is of something else")
    if (version := entries.pop("version", None)) != _VERSION:
        raise CheckpointError(
            f"{path} is of format {version!r}, and this llmvox-plugins reads {_VERSION}:"
            " upgrade llmvox-plugins, or make the copy anew with `llmvox voices --convert`"
        )
    heads, size = entries.pop("heads", None), entries.pop("size", None)
    if type(heads) is not int or type(size) is not int:
        raise CheckpointError(f"{path} should say, as whole numbers, 'heads' and the 'size' of {TENSORS}")
    return Config(VoiceCard.from_json(entries, str(path)), heads, size)


def is_compact(folder: Path) -> bool:
    """Whether it is a compact copy of any version, whole or not."""
    try:
        entries = _entries(folder / CONFIG)
    except CheckpointError:
        return False
    return entries is not None and entries.get("format") == _FORMAT


def is_whole(folder: Path) -> bool:
    """Whether this version can load it, as far as its config and the size of its file tell."""
    try:
        return read_config(folder).size == (folder / TENSORS).stat().st_size
    except (CheckpointError, OSError):
        return False


def _entries(path: Path) -> dict[str, Any] | None:
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CheckpointError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise CheckpointError(f"{path} is no JSON: {error}") from error
    return entries if isinstance(entries, dict) else None
