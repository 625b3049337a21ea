"""LLMVoX's checkpoints in the layout in which they were released: three files, by three makers.

`ckpt_english_tiny.pt` is nanoGPT's: tensors, the sizes that it was made with, and an optimizer.
`wavtokenizer_*.ckpt` is Lightning's: the codec among the discriminators that trained it. The third is the T5
model. What is of no use is not even read from the disk.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from torch import Tensor

from ..errors import CheckpointError
from ..model.seanet import fold_weight_norm
from .fit import check_codec, check_gpt, check_together, shapes_of
from .tensors import read_tensors
from .text_encoder import read_text_embedding
from .weights import Weights, as_float32, check_finite

__all__ = ["Released", "read_released"]

HEADS = 8
"""Where a checkpoint does not say how many it has."""

_WRAPPERS = ("_orig_mod.", "module.")  # torch.compile's and DataParallel's
_CODEC = ("feature_extractor.", "backbone.", "head.")
_IGNORED = (
    "feature_extractor.encodec.decoder.*",  # EnCodec's own; WavTokenizer has another
    "*._codebook.inited",  # how the codebook was learnt
    "*._codebook.cluster_size",
    "*._codebook.embed_avg",
    "head.istft.window",  # a Hann window, which is known
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Released:
    """The three files; the text encoder may be a directory in Hugging Face's layout."""

    llmvox: Path
    wavtokenizer: Path
    text_encoder: Path


def read_released(files: Released) -> Weights:
    """Read and check all three. Raises CheckpointError, which names the file, the tensor and the trouble."""
    gpt, heads = _read_llmvox(files.llmvox)
    codec = _read_wavtokenizer(files.wavtokenizer)
    text = read_text_embedding(files.text_encoder)
    names = f"{files.llmvox.name}, {files.wavtokenizer.name} and {files.text_encoder.name}"
    check_together(shapes_of(gpt), shapes_of(codec), tuple(text.shape), names)
    return Weights(gpt, heads, codec, text)


def _read_llmvox(path: Path) -> tuple[dict[str, Tensor], int]:
    container = read_tensors(path)
    found = _unwrapped(_inner(container, "model", path), path)
    if not any(name.startswith("transformer.") for name in found):
        raise CheckpointError(f"{path} is no checkpoint of LLMVoX: it holds only {_some(found)}")
    tensors = as_float32(found, str(path))
    sizes = container.get("model_args")
    heads = HEADS if sizes is None else _heads(sizes, path)
    check_gpt(shapes_of(tensors), heads, str(path))
    if sizes is None:
        logger.debug("%s does not say how many heads LLMVoX has; taken to be %d", path, heads)
    else:
        _check_sizes(sizes, tensors, path)
    check_finite(tensors, str(path))
    return tensors, heads


def _read_wavtokenizer(path: Path) -> dict[str, Tensor]:
    found = _unwrapped(_inner(read_tensors(path), "state_dict", path), path)
    ours = {name: found[name] for name in found if name.startswith(_CODEC) and not _is_ignored(name)}
    if not ours:
        raise CheckpointError(f"{path} is no checkpoint of WavTokenizer: it holds only {_some(found)}")
    tensors = fold_weight_norm(as_float32(ours, str(path)))
    check_codec(shapes_of(tensors), str(path))
    check_finite(tensors, str(path))
    return tensors


def _inner(container: dict[str, Any], key: str, path: Path) -> Mapping[str, Any]:
    """The tensors under that key, or the container itself where there is no such key."""
    inner = container.get(key, container)
    if not isinstance(inner, Mapping):
        raise CheckpointError(f"{path}: {key!r} is a {type(inner).__name__}, not named tensors")
    return inner


def _heads(sizes: Any, path: Path) -> int:
    if not isinstance(sizes, Mapping) or type(sizes.get("n_head")) is not int:
        raise CheckpointError(f"{path}: 'model_args' should be named sizes, with n_head among them")
    return int(sizes["n_head"])


def _check_sizes(sizes: Mapping[str, Any], tensors: Mapping[str, Tensor], path: Path) -> None:
    """Whether the sizes on record, by nanoGPT's names, are those of the tensors. Raises CheckpointError."""
    positions, width = tensors["transformer.wpe.weight"].shape
    layers = {name.split(".")[2] for name in tensors if name.startswith("transformer.h.")}
    held = {
        "n_layer": len(layers),
        "n_embd": width,
        "block_size": positions,
        "vocab_size": len(tensors["lm_head.weight"]),
        "bias": False,
    }
    for size, value in held.items():
        if sizes.get(size, value) != value:
            raise CheckpointError(
                f"{path} contradicts itself: model_args says {size}={sizes[size]}, its tensors say {value}"
            )


def _is_ignored(name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in _IGNORED)


def _unwrapped(tensors: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Names without what compiling or spreading a module has put before them."""
    found: dict[str, Any] = {}
    for name, tensor in tensors.items():
        bare = str(name)
        while bare.startswith(_WRAPPERS):
            bare = bare.partition(".")[2]
        if bare in found:
            raise CheckpointError(f"{path} holds {bare} twice, with and without a prefix")
        found[bare] = tensor
    return found


def _some(names: Mapping[str, Any]) -> str:
    first = ", ".join(repr(name) for name in list(names)[:5]) or "nothing"
    return f"{first} and {len(names) - 5} more" if len(names) > 5 else first
