"""Matrix products at the precision that was asked for: float32, or weights of 16 or 8 bits.

Activations stay float32 outside a product, and so do norms, attention and its cache. On a CPU, weights are
laid out once for the library that multiplies them: that alone makes a product of a few rows two or three
times faster. What a build of PyTorch lacks of this, it does in its ordinary way.
"""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["Precision", "convert_linears", "has_int8"]

Precision = Literal["float32", "bfloat16", "int8"]

_TINY = torch.finfo(torch.float32).tiny
_ROWS = 16  # the batch for which weights are laid out; others are nearly as fast


def convert_linears(module: nn.Module, precision: Precision) -> nn.Module:
    """Replace every nn.Linear within `module`, itself excepted, for inference; returns the module."""
    if precision not in get_args(Precision):
        raise ValueError(f"precision knows {', '.join(get_args(Precision))}, not {precision!r}")
    places = [
        (parent, name, child)
        for parent in module.modules()
        for name, child in parent.named_children()
        if isinstance(child, nn.Linear)
    ]
    with warnings.catch_warnings(), ThreadPoolExecutor(2) as threads:  # alone it would use one core
        # Only how int8 weights are handed over is going out of use.
        warnings.filterwarnings("ignore", ".*quantized tensor creation", UserWarning)
        converted = list(threads.map(lambda place: _converted(place[2], precision), places))
    for (parent, name, _), linear in zip(places, converted, strict=True):
        setattr(parent, name, linear)
    return module


def _converted(linear: nn.Linear, precision: Precision) -> nn.Module:
    if precision == "int8":
        return _Int8Linear(linear)
    if linear.weight.device.type == "cpu" and _has_onednn():
        return _PackedLinear(linear, precision)
    return linear if precision == "float32" else _BFloat16Linear(linear)


class _BFloat16Linear(nn.Module):
    """float32 in and out; the product is one of bfloat16 with float32 sums."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.weight = nn.Parameter(linear.weight.detach().bfloat16(), requires_grad=False)
        self.bias = None if linear.bias is None else nn.Parameter(linear.bias.bfloat16(), requires_grad=False)

    def forward(self, x: Tensor) -> Tensor:
        """(…, in) → (…, out)."""
        return functional.linear(x.bfloat16(), self.weight, self.bias).float()


class _PackedLinear(nn.Module):
    """float32 in and out; the weights, float32 or bfloat16, lie as oneDNN wants them."""

    def __init__(self, linear: nn.Linear, precision: Precision) -> None:
        super().__init__()
        self._dtype = torch.float32 if precision == "float32" else torch.bfloat16
        weight = linear.weight.detach().to(self._dtype)
        self._packed = torch.ops.mkldnn._reorder_linear_weight(weight, _ROWS)
        self._bias = None if linear.bias is None else linear.bias.detach().to(self._dtype)

    def forward(self, x: Tensor) -> Tensor:
        """(…, in) → (…, out)."""
        x = x.to(self._dtype)
        product: Tensor = torch.ops.mkldnn._linear_pointwise(x, self._packed, self._bias, "none", [], "")
        return product.float()


class _Int8Linear(nn.Module):
    """float32 in and out; weights are 8-bit integers with a scale for each row.

    Activations are quantised to 8 bits by their range, one for the whole tensor: FBGEMM's dynamic
    quantisation, which comes with PyTorch's CPU builds and reads a quarter of the bytes.
    """

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        weight = linear.weight.detach().float()
        scales = (torch.linalg.vector_norm(weight, torch.inf, dim=1) / 127).clamp_min(_TINY).double()
        zeros = torch.zeros(len(scales), dtype=torch.long)
        rows = torch.quantize_per_channel(weight, scales, zeros, 0, torch.qint8)
        bias = None if linear.bias is None else linear.bias.detach().float()
        self._packed = torch.ops.quantized.linear_prepack(rows, bias)

    def forward(self, x: Tensor) -> Tensor:
        """(…, in) → (…, out)."""
        product: Tensor = torch.ops.quantized.linear_dynamic(x, self._packed, _NARROW)
        return product


_NARROW = not torch.cpu._is_vnni_supported()
"""Whether activations get 7 bits only: sums of 8-bit products overflow on older processors."""


def has_int8() -> bool:
    """Whether this build of PyTorch has the 8-bit products for this processor."""
    has_products = hasattr(torch, "quantize_per_channel") and hasattr(torch.ops.quantized, "linear_prepack")
    return has_products and "x86" in torch.backends.quantized.supported_engines


def _has_onednn() -> bool:
    return bool(torch.backends.mkldnn.enabled) and hasattr(torch.ops.mkldnn, "_linear_pointwise")
