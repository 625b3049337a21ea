"""Our own copy of a voice: a folder with `config.json` and `model.safetensors`, which loads in a moment.

It holds float32 tensors under official names behind `gpt.`, `codec.` and `text`, and nothing that speaking
does not need. A folder appears whole or not at all.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ..errors import CheckpointError
from .atomic import put, unfinished, write_through
from .card import VoiceCard
from .config import CONFIG, TENSORS, is_compact, is_whole, read_config, written_config
from .fit import ENCODER, check_codec, check_gpt, check_together, shapes_of
from .tensors import read_tensors
from .weights import Weights

__all__ = ["read_compact", "write_compact"]

_GPT, _CODEC, _TEXT = "gpt.", "codec.", "text"


def write_compact(weights: Weights, folder: Path, card: VoiceCard, *, keep: bool = False) -> None:
    """Make the folder, in place of a compact copy that is there.

    With `keep`, a whole copy is left as it is, and whatever else is there is no loss. Several processes may
    do so at once. Raises CheckpointError: the tensors do not fit each other, the folder holds something else,
    or it cannot be written.
    """
    check_gpt(shapes_of(weights.gpt), weights.heads, str(folder))
    check_codec(shapes_of(weights.codec), str(folder))
    check_together(shapes_of(weights.gpt), shapes_of(weights.codec), tuple(weights.text.shape), str(folder))
    if not (keep or _is_free(folder)):
        raise CheckpointError(f"{folder} is there and holds no voice: name a new folder, or remove it first")
    try:
        with unfinished(folder) as made:
            save_file(_apart(_named(weights)), made / TENSORS)
            write_through(made / TENSORS)
            size = (made / TENSORS).stat().st_size
            (made / CONFIG).write_text(written_config(card, weights.heads, size), encoding="utf-8")
            # safetensors lets its owner alone read it; a cache may be for all.
            (made / TENSORS).chmod((made / CONFIG).stat().st_mode)
            put(made, folder, is_whole if keep else lambda _: False)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{folder} cannot be written: {error}") from error


def read_compact(folder: Path, encoder: bool = False) -> tuple[Weights, VoiceCard]:
    """Map its tensors into memory; those of the codec's encoder only if asked for. Raises CheckpointError.

    Names and shapes are checked strictly; values were when it was made.
    """
    config = read_config(folder)
    path = folder / TENSORS
    if not is_whole(folder):
        _explain(path, config.size)
    try:
        with safe_open(path, "pt") as file:
            shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
            _check(shapes, config.heads, folder)
            wanted = [name for name in shapes if encoder or not name.startswith(_CODEC + ENCODER)]
            tensors = {name: file.get_tensor(name) for name in wanted}
    except SafetensorError as error:
        read_tensors(path)  # says what is wrong with it
        raise CheckpointError(f"{path} cannot be read: {error}") from error
    for name, tensor in tensors.items():
        if tensor.dtype != torch.float32:
            raise CheckpointError(f"{path}: {name} is of {tensor.dtype}, not float32: make the copy anew")
    weights = Weights(_part(tensors, _GPT), config.heads, _part(tensors, _CODEC), tensors[_TEXT])
    return weights, config.card


def _check(shapes: dict[str, tuple[int, ...]], heads: int, folder: Path) -> None:
    gpt, codec = _part(shapes, _GPT), _part(shapes, _CODEC)
    strange = [name for name in shapes if name != _TEXT and not name.startswith((_GPT, _CODEC))]
    if strange or _TEXT not in shapes:
        what = f"not expected: {strange[0]}" if strange else f"missing: {_TEXT}"
        raise CheckpointError(f"{folder / TENSORS} does not fit: {what}")
    check_gpt(gpt, heads, f"{folder / TENSORS} ({_GPT})")
    check_codec(codec, f"{folder / TENSORS} ({_CODEC})")
    check_together(gpt, codec, shapes[_TEXT], f"the parts of {folder}")


def _explain(path: Path, size: int) -> None:
    held = read_tensors(path)  # says itself why a file is none
    raise CheckpointError(
        f"{path} is another file than its {CONFIG} says: {len(held)} tensors in"
        f" {path.stat().st_size:,} bytes, not {size:,}. Make the copy anew"
    )


def _part(entries: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): entry for name, entry in entries.items() if name.startswith(prefix)}


def _named(weights: Weights) -> dict[str, Tensor]:
    gpt = {_GPT + name: tensor for name, tensor in weights.gpt.items()}
    codec = {_CODEC + name: tensor for name, tensor in weights.codec.items()}
    return {**gpt, **codec, _TEXT: weights.text}


def _apart(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """No two in the same memory, which safetensors refuses."""
    seen: set[int] = set()
    apart: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        place = tensor.untyped_storage().data_ptr()
        apart[name] = tensor.clone() if place in seen else tensor.contiguous()
        seen.add(place)
    return apart


def _is_free(folder: Path) -> bool:
    """Whether nothing of the user's would be lost."""
    return not folder.exists() or is_compact(folder) or (folder.is_dir() and not any(folder.iterdir()))
