"""Any directory of checkpoints: a compact copy, or released files that lie in it."""

from __future__ import annotations

from pathlib import Path

from ..errors import CheckpointError
from .card import Source, VoiceCard
from .compact import read_compact
from .config import CONFIG, is_compact
from .released import Released, read_released
from .text_encoder import FILES, text_encoder_file
from .weights import Weights

__all__ = ["find_released", "read_folder", "sources_of"]

_WANTED = (
    "a folder with one .pt file (LLMVoX), one .ckpt file (WavTokenizer) and the text encoder, which is a"
    f" folder with {' or '.join(FILES)}, or such a file; or a compact copy, made by `llmvox voices --convert`"
)


def read_folder(path: Path, encoder: bool = False) -> tuple[Weights, VoiceCard]:
    """The voice in a directory. The codec's encoder comes with a compact copy only if asked for.

    Raises CheckpointError: not a directory, nothing to be found in it or too much, or trouble with a file.
    """
    if is_compact(path):
        return read_compact(path, encoder)
    files = find_released(path)
    return read_released(files), VoiceCard(sources=sources_of(files))


def find_released(path: Path) -> Released:
    """The three files in a directory. Raises CheckpointError: none of a kind, or several."""
    if not path.is_dir():
        what = "is a file" if path.exists() else "is not there"
        raise CheckpointError(f"{path} {what}. Wanted is {_WANTED}")
    if is_compact(path):
        raise CheckpointError(f"{path} is a compact copy already: `--voice {path}` uses it")
    entries = sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
    llmvox = _one(path, "LLMVoX, a .pt file", [entry for entry in entries if entry.suffix == ".pt"])
    codecs = [entry for entry in entries if entry.suffix == ".ckpt"]
    wavtokenizer = _one(path, "WavTokenizer, a .ckpt file", codecs)
    return Released(llmvox, wavtokenizer, _one(path, "a text encoder", _text_encoders(entries)))


def sources_of(files: Released) -> tuple[Source, ...]:
    paths = (files.llmvox, files.wavtokenizer, text_encoder_file(files.text_encoder))
    return tuple(Source(path.name, path.stat().st_size) for path in paths)


def _text_encoders(entries: list[Path]) -> list[Path]:
    """Folders, or else files; two files of one model are one."""
    folders = [entry for entry in entries if entry.is_dir() and not is_compact(entry)]
    found = [folder for folder in folders if any((folder / name).is_file() for name in FILES)]
    if found:
        return found
    named = [entry for name in FILES for entry in entries if entry.name == name]
    return named[:1] or [entry for entry in entries if entry.suffix in (".safetensors", ".bin")]


def _one(folder: Path, what: str, found: list[Path]) -> Path:
    if len(found) == 1:
        return found[0]
    if found:
        said = f"{len(found)} that could be {what}: {', '.join(entry.name for entry in found)}"
    else:
        held = ", ".join(entry.name for entry in sorted(folder.iterdir())[:10] if entry.name != CONFIG)
        said = f"nothing that could be {what}; it holds {held or 'nothing'}"
    raise CheckpointError(f"{folder} has {said}. Wanted is {_WANTED}")
