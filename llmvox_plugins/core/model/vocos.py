"""The codec's decoder: codebook features to a spectrum, one frame for each code, and the spectrum to samples.

Time comes before channels everywhere, so that norms and products need no transposes. Not causal: group norm
and attention see the whole of what is given.
"""

from __future__ import annotations

import functools

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["GROUPS", "Backbone", "Head", "products_for_convolutions"]

GROUPS = 32
"""Of the group norms; they divide the width."""
_EPS = 1e-6
_KERNEL = 7
_MAX_MAGNITUDE = 100.0


class Backbone(nn.Module):
    """Features (B, inner, T) to hidden states (B, T, width)."""

    def __init__(self, inner: int, width: int, hidden: int, layers: int, norms: int) -> None:
        super().__init__()
        self.embed = _TimeConv(inner, width, _KERNEL)
        residuals = [_Residual(width) for _ in range(4)]
        self.pos_net = nn.Sequential(*residuals[:2], _Attention(width), *residuals[2:], _GroupNorm(width))
        self.norm = _AdaptiveNorm(norms, width)
        self.convnext = nn.Sequential(*(_ConvNeXt(width, hidden, norms, 1 / layers) for _ in range(layers)))
        self.final_layer_norm = nn.LayerNorm(width, eps=_EPS)

    def forward(self, features: Tensor) -> Tensor:
        """(B, inner, T) → (B, T, width)."""
        x = self.norm(self.pos_net(self.embed(features.transpose(1, 2))))
        hidden: Tensor = self.final_layer_norm(self.convnext(x))
        return hidden


class _TimeConv(nn.Conv1d):
    """An odd kernel over time, with zeros beyond the ends."""

    def __init__(self, inner: int, outer: int, kernel: int = 1) -> None:
        super().__init__(inner, outer, kernel, padding=kernel // 2)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, inner) → (B, T, outer)."""
        return super().forward(x.transpose(1, 2)).transpose(1, 2)


class _TimeProduct(nn.Module):
    """The same as one matrix product.

    Libraries compile a convolution anew for each length, which takes as long as a short decode itself.
    """

    def __init__(self, conv: _TimeConv) -> None:
        super().__init__()
        outer, inner, self.kernel = conv.weight.shape
        self.linear = nn.Linear(self.kernel * inner, outer, device="meta")
        weight = conv.weight.detach().transpose(1, 2).reshape(outer, -1)
        self.linear.load_state_dict({"weight": weight, "bias": conv.bias}, assign=True)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, inner) → (B, T, outer)."""
        product: Tensor = self.linear(_windows(x, self.kernel) if self.kernel > 1 else x)
        return product


def _windows(x: Tensor, kernel: int) -> Tensor:
    """(B, T, C) → (B, T, kernel·C): at each place itself and its neighbours, earliest first."""
    batch, length, channels = x.shape
    padded = functional.pad(x, (0, 0, kernel // 2, kernel // 2))
    # Neighbours lie side by side in memory: windows are rows that overlap, and one copy makes them a matrix.
    strides = (padded.stride(0), channels, 1)
    return padded.as_strided((batch, length, kernel * channels), strides).contiguous()


def products_for_convolutions(module: nn.Module) -> nn.Module:
    """Replace the dense convolutions within `module` by products, for inference; returns the module."""
    for name, child in list(module.named_children()):
        if isinstance(child, _TimeConv):
            setattr(module, name, _TimeProduct(child))
        else:
            products_for_convolutions(child)
    return module


class _GroupNorm(nn.GroupNorm):
    def __init__(self, width: int) -> None:
        super().__init__(GROUPS, width, eps=_EPS)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, C) → (B, T, C), over all of T."""
        # An image of height 1 whose channels come last: a layout that PyTorch norms without copies.
        image = super().forward(x.transpose(1, 2).unsqueeze(2))
        return image.squeeze(2).transpose(1, 2)


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1, self.conv1 = _GroupNorm(width), _TimeConv(width, width, 3)
        self.norm2, self.conv2 = _GroupNorm(width), _TimeConv(width, width, 3)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, C) → (B, T, C)."""
        inner = self.conv1(functional.silu(self.norm1(x)))
        out: Tensor = x + self.conv2(functional.silu(self.norm2(inner)))
        return out


class _Attention(nn.Module):
    """One head over all of the time."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = _GroupNorm(width)
        self.q, self.k, self.v = _TimeConv(width, width), _TimeConv(width, width), _TimeConv(width, width)
        self.proj_out = _TimeConv(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, C) → (B, T, C)."""
        normed = self.norm(x)
        weights = torch.bmm(self.q(normed) * x.shape[2] ** -0.5, self.k(normed).transpose(1, 2)).softmax(2)
        out: Tensor = x + self.proj_out(torch.bmm(weights, self.v(normed)))
        return out


class _AdaptiveNorm(nn.Module):
    """Layer norm by one of several learned scales and shifts; the released model only ever uses the first."""

    def __init__(self, norms: int, width: int) -> None:
        super().__init__()
        # Given their values, or nn.Embedding would draw some, which takes seconds on the meta device.
        self.scale = nn.Embedding(norms, width, _weight=torch.ones(norms, width))
        self.shift = nn.Embedding(norms, width, _weight=torch.zeros(norms, width))

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, C) → (B, T, C)."""
        return functional.layer_norm(x, x.shape[-1:], self.scale.weight[0], self.shift.weight[0], _EPS)


class _DepthwiseConv(nn.Conv1d):
    def __init__(self, width: int) -> None:
        super().__init__(width, width, _KERNEL, groups=width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, C) → (B, T, C)."""
        assert self.bias is not None
        length = x.shape[1]
        padded = functional.pad(x, (0, 0, _KERNEL // 2, _KERNEL // 2))
        taps = self.weight[:, 0].t().contiguous()
        # Sums of shifted copies: at these sizes no slower than a convolution, and the same for every length.
        out = torch.addcmul(self.bias, padded[:, :length], taps[0])
        for shift in range(1, _KERNEL):
            out.addcmul_(padded[:, shift : shift + length], taps[shift])
        return out


class _ConvNeXt(nn.Module):
    def __init__(self, width: int, hidden: int, norms: int, gamma: float) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.full((width,), gamma))
        self.dwconv = _DepthwiseConv(width)
        self.norm = _AdaptiveNorm(norms, width)
        self.pwconv1, self.pwconv2 = nn.Linear(width, hidden), nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, C) → (B, T, C)."""
        hidden = functional.gelu(self.pwconv1(self.norm(self.dwconv(x))))
        return torch.addcmul(x, self.pwconv2(hidden), self.gamma)


class Head(nn.Module):
    """Hidden states (B, T, width) to samples (B, T·hop), by way of a spectrum and its inverse transform."""

    def __init__(self, width: int, n_fft: int, hop: int) -> None:
        super().__init__()
        self.n_fft, self.hop = n_fft, hop
        self.out = nn.Linear(width, n_fft + 2)

    def forward(self, hidden: Tensor) -> Tensor:
        """(B, T, width) → (B, T·hop)."""
        log_magnitude, phase = self.out(hidden).chunk(2, dim=2)
        magnitude = log_magnitude.exp().clamp(max=_MAX_MAGNITUDE)
        spectrum = torch.complex(magnitude * phase.cos(), magnitude * phase.sin())
        return self._samples(torch.fft.irfft(spectrum, self.n_fft))

    def _samples(self, frames: Tensor) -> Tensor:
        """Add (B, T, n_fft) frames up at every hop, even out their windows, and cut what is not T·hop."""
        window = _hann(self.n_fft, frames.device)
        envelope = self._overlapped(window.square().expand(1, frames.shape[1], -1))
        cut = (self.n_fft - self.hop) // 2
        whole = slice(cut, cut + frames.shape[1] * self.hop)
        return self._overlapped(frames * window)[:, whole] / envelope[:, whole]

    def _overlapped(self, frames: Tensor) -> Tensor:
        """(B, T, n_fft) → (B, (T - 1)·hop + n_fft)."""
        batch, length, _ = frames.shape
        overlap = self.n_fft // self.hop
        hops = frames.view(batch, length, overlap, self.hop)
        out = frames.new_zeros(batch, length + overlap - 1, self.hop)
        for late in range(overlap):
            out[:, late : late + length] += hops[:, :, late]
        return out.flatten(1)


@functools.cache
def _hann(n_fft: int, device: torch.device) -> Tensor:
    """Periodic. Not a buffer: a model made on the meta device gets all its tensors from its checkpoint."""
    with torch.inference_mode(False):
        return torch.hann_window(n_fft, device=device)
