"""Weights that nobody trained, the same everywhere: for tests, and for measuring speed without a download."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

__all__ = ["untrained"]


def untrained(shapes: Mapping[str, Sequence[int]], salt: str = "") -> dict[str, Tensor]:
    """Random float32 tensors of the given names and shapes, each drawn from a generator seeded by its name.

    They are scaled so that activations keep their size through a network of any depth. Buffers of a trained
    codebook that inference does not read are zero.
    """
    return {name: _tensor(name, tuple(shape), salt) for name, shape in shapes.items()}


def _tensor(name: str, shape: tuple[int, ...], salt: str) -> Tensor:
    if name.endswith(("cluster_size", "embed_avg")):
        return torch.zeros(shape)
    if name.endswith("inited"):
        return torch.ones(shape)
    if name.endswith("istft.window"):
        return torch.hann_window(*shape)
    seed = zlib.crc32((salt + name).encode())
    drawn = torch.from_numpy(np.random.default_rng(seed).standard_normal(shape, dtype=np.float32))
    scale, mean = _spread(name, shape)
    return drawn.mul_(scale).add_(mean)


def _spread(name: str, shape: tuple[int, ...]) -> tuple[float, float]:
    """Standard deviation and mean."""
    if name.endswith(("weight_g", "gamma", "scale.weight")):
        return 0.1, 1.0
    if name.endswith("shift.weight"):
        return 0.1, 0.0
    if len(shape) == 1:
        return (0.1, 1.0) if name.endswith("weight") else (0.02, 0.0)
    if name.endswith("wpe.weight"):
        return 0.02, 0.0
    if name.endswith(("_codebook.embed", "text_embedding")):
        return 1.0, 0.0
    return 1 / math.sqrt(math.prod(shape[1:])), 0.0
