"""The codec's codebook: features to the nearest codes, and codes back to features."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["Quantizer"]


class Quantizer(nn.Module):
    """One codebook of `size` rows. Its place within three containers is only its official name."""

    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        layer = nn.ModuleDict({"_codebook": _Codebook(size, width)})
        self.vq = nn.ModuleDict({"layers": nn.ModuleList([layer])})

    @property
    def embed(self) -> Tensor:
        """The codebook, (size, width)."""
        return self.get_buffer("vq.layers.0._codebook.embed")

    def nearest(self, features: Tensor) -> Tensor:
        """(B, width, T) → (B, T): the row at the least squared distance."""
        rows = features.transpose(1, 2).flatten(0, 1)
        # |x - e|² without |x|², which is the same for every row of the codebook.
        distances = torch.addmm(self.embed.square().sum(1), rows, self.embed.t(), alpha=-2)
        return distances.argmin(1).view(features.shape[0], -1)

    def lookup(self, codes: Tensor) -> Tensor:
        """(B, T) → (B, width, T)."""
        return functional.embedding(codes, self.embed).transpose(1, 2)


class _Codebook(nn.Module):
    embed: Tensor

    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        # Drawn by k-means from data, not by gradients.
        self.register_buffer("embed", torch.randn(size, width))
