"""The codec's encoder: samples to one feature vector for every code. Convolutions, an LSTM, no state kept.

EnCodec's SEANet encoder with its weight norm folded away; tensors keep the official names.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["Encoder", "fold_weight_norm"]

_EDGE_KERNEL = 7
_RESIDUAL_KERNEL = 3
_COMPRESS = 2
_NORMS = {
    ".weight_g": ".weight_v",
    ".parametrizations.weight.original0": ".parametrizations.weight.original1",
}
"""How the length of a weight is named, and its direction: by old PyTorch, and by new."""


class Encoder(nn.Module):
    """Samples (B, 1, N) to features (B, width, frames), one frame for each `prod(ratios)` samples begun."""

    def __init__(self, filters: int, ratios: Sequence[int], lstm_layers: int, width: int) -> None:
        super().__init__()
        channels = [filters * 2**stage for stage in range(len(ratios) + 1)]
        layers: list[nn.Module] = [_Conv(1, filters, _EDGE_KERNEL)]
        for ratio, (fewer, more) in zip(ratios, itertools.pairwise(channels), strict=True):
            layers += [_Residual(fewer), nn.ELU(), _Conv(fewer, more, 2 * ratio, ratio)]
        layers += [_SkipLSTM(channels[-1], lstm_layers), nn.ELU(), _Conv(channels[-1], width, _EDGE_KERNEL)]
        self.model = nn.Sequential(*layers)

    def forward(self, samples: Tensor) -> Tensor:
        """(B, 1, N) → (B, width, frames)."""
        features: Tensor = self.model(samples)
        return features


class _NormConv(nn.Module):
    """Only a name: official tensors lie two levels deep, `conv.conv`."""

    def __init__(self, conv: nn.Conv1d) -> None:
        super().__init__()
        self.conv = conv

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv(x)
        return out


class _Conv(nn.Module):
    """A convolution that sees mirrored samples beyond both ends and drops none: ceil(N / stride) frames."""

    def __init__(self, inner: int, outer: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = _NormConv(nn.Conv1d(inner, outer, kernel, stride))
        self.kernel, self.stride = kernel, stride

    def forward(self, x: Tensor) -> Tensor:
        """(B, inner, N) → (B, outer, ceil(N / stride))."""
        total = self.kernel - self.stride
        right = total // 2
        to_full_window = -x.shape[-1] % self.stride
        out: Tensor = self.conv(_mirror(x, total - right, right + to_full_window))
        return out


def _mirror(x: Tensor, left: int, right: int) -> Tensor:
    """Reflect (…, N) at its ends; a signal too short to be mirrored so far is first continued by silence."""
    silence = max(0, max(left, right) - x.shape[-1] + 1)
    mirrored = functional.pad(functional.pad(x, (0, silence)), (left, right), mode="reflect")
    return mirrored[..., : mirrored.shape[-1] - silence]


class _Residual(nn.Module):
    """Two convolutions beside a 1×1 one."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = channels // _COMPRESS
        narrow, widen = _Conv(channels, hidden, _RESIDUAL_KERNEL), _Conv(hidden, channels, 1)
        self.block = nn.Sequential(nn.ELU(), narrow, nn.ELU(), widen)
        self.shortcut = _Conv(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, N) → the same."""
        out: Tensor = self.shortcut(x) + self.block(x)
        return out


class _SkipLSTM(nn.Module):
    def __init__(self, width: int, layers: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(width, width, layers)

    def forward(self, x: Tensor) -> Tensor:
        """(B, width, frames) → the same."""
        out: Tensor = self.lstm(x.permute(2, 0, 1))[0].permute(1, 2, 0) + x
        return out


def fold_weight_norm(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Turn each pair of a weight's length and direction, named as by old or new PyTorch, into `….weight`.

    The length belongs to each row of the first dimension. All other tensors stay as they are.
    """
    folded = dict(tensors)
    for length_name in tensors:
        for length_end, direction_end in _NORMS.items():
            stem = length_name.removesuffix(length_end)
            if stem != length_name and stem + direction_end in tensors:
                length, direction = folded.pop(length_name), folded.pop(stem + direction_end)
                folded[stem + ".weight"] = _scaled(direction, length)
    return folded


def _scaled(direction: Tensor, length: Tensor) -> Tensor:
    own: Tensor = torch.linalg.vector_norm(direction, dim=tuple(range(1, direction.dim())), keepdim=True)
    return direction * (length / own)
