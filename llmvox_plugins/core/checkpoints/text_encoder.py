"""The text embedding: out of the T5 model that LLMVoX's text was read with, the only part of it in use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..errors import CheckpointError
from ..model.text_ids import TEXT_ROWS, VOCABULARY
from .tensors import BARE, read_tensors
from .weights import as_float32, check_finite

__all__ = ["FILES", "read_text_embedding", "text_encoder_file"]

FILES = ("model.safetensors", "pytorch_model.bin")
"""How Hugging Face names a model's weights, the safer first."""

_TABLES = ("shared.weight", "encoder.embed_tokens.weight", "text_embedding", BARE)


def read_text_embedding(path: Path) -> Tensor:
    """(386, width) out of the T5 model's file, or of the directory it lies in. Raises CheckpointError."""
    file = text_encoder_file(path)
    table = _table(read_tensors(file), str(file))
    if table.dim() != 2 or table.shape[0] < VOCABULARY:
        raise CheckpointError(
            f"{file}: the text encoder's embedding is {tuple(table.shape)};"
            f" a table of {VOCABULARY} rows or more is wanted"
        )
    known = table[:VOCABULARY]
    check_finite({"the text encoder's embedding": known}, str(file))
    # The ids that LLMVoX has and T5 has not begin, and stay, as the mean of all others.
    return torch.cat([known, known.mean(0, keepdim=True).expand(TEXT_ROWS - VOCABULARY, -1)])


def text_encoder_file(path: Path) -> Path:
    """The file of weights in the directory of a T5 model, or the file itself. Raises CheckpointError."""
    if not path.is_dir():
        return path
    for name in FILES:
        if (path / name).is_file():
            return path / name
    raise CheckpointError(f"{path} is no text encoder: there is no {' and no '.join(FILES)} in it")


def _table(tensors: dict[str, Any], what: str) -> Tensor:
    for name in _TABLES:
        if name in tensors:
            return as_float32({"the embedding": tensors[name]}, what)["the embedding"]
    raise CheckpointError(
        f"{what} is no text encoder: it has no tensor named {', '.join(filter(None, _TABLES))}"
    )
