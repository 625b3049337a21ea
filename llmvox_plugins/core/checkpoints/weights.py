"""All the tensors of one voice, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from ..errors import CheckpointError

__all__ = ["Weights", "as_float32", "check_finite"]

_FLOATS = (torch.float32, torch.float16, torch.bfloat16)


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """float32 tensors under their official names, with weight norm folded.

    gpt: LLMVoX's transformer.
    heads: its attention heads, which no tensor tells.
    codec: WavTokenizer; its encoder may be absent.
    text: the embedding of text ids, (386, width).
    """

    gpt: dict[str, Tensor]
    heads: int
    codec: dict[str, Tensor]
    text: Tensor


def as_float32(tensors: Mapping[str, object], what: str) -> dict[str, Tensor]:
    """Copies, apart from any file. Raises CheckpointError, which names what is no tensor of such numbers."""
    return {name: _float32(name, tensor, what) for name, tensor in tensors.items()}


def _float32(name: str, tensor: object, what: str) -> Tensor:
    if not isinstance(tensor, Tensor):
        raise CheckpointError(f"{what}: {name} is a {type(tensor).__name__}, not a tensor")
    if tensor.layout != torch.strided or tensor.dtype not in _FLOATS:
        kind = str(tensor.dtype if tensor.layout == torch.strided else tensor.layout).removeprefix("torch.")
        raise CheckpointError(f"{what}: {name} is of {kind}; float32, float16 or bfloat16 is wanted")
    # A mapped file that is overwritten would change under us, or crash the process where it is cut.
    return tensor.detach().to(torch.float32, copy=True).contiguous()


def check_finite(tensors: Mapping[str, Tensor], what: str) -> None:
    """Raises CheckpointError, which names the first tensor that holds what is no number."""
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise CheckpointError(f"{what}: {name} holds NaN or infinity: the file is damaged")
