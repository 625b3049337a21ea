"""WavTokenizer, the codec: samples at 24 kHz to codes, and codes to samples, some length of both at a time.

Tensors have the official names, with weight norm folded; see `seanet.fold_weight_norm`. Knows no files, and
nothing of windows and cross-fades.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..errors import ConfigurationError
from .precision import Precision, convert_linears
from .quantizer import Quantizer
from .seanet import Encoder
from .vocos import GROUPS, Backbone, Head, products_for_convolutions

__all__ = ["CODEBOOK", "CodecConfig", "WavTokenizer"]

_ENCODER = "feature_extractor.encodec.encoder.model"
CODEBOOK = "feature_extractor.encodec.quantizer.vq.layers.0._codebook.embed"

Shapes = Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class CodecConfig:
    """Every size of the codec."""

    codebook_size: int = 4096
    codebook_width: int = 512
    width: int = 768
    hidden: int = 2304
    layers: int = 12
    """ConvNeXt blocks."""
    norms: int = 4
    """Scales and shifts in each adaptive norm, of which the first is used."""
    n_fft: int = 1280
    hop: int = 320
    """Samples a code."""
    filters: int = 32
    """Channels of the encoder's first convolution."""
    ratios: tuple[int, ...] = (2, 4, 5, 8)
    """Strides in the order they are applied; empty where there is no encoder."""
    lstm_layers: int = 2

    def __post_init__(self) -> None:
        if self.width % GROUPS:
            raise ConfigurationError(
                f"a codec's width must be a multiple of {GROUPS}, its norms' groups, not {self.width}"
            )
        if self.n_fft % self.hop or self.n_fft == self.hop or (self.n_fft - self.hop) % 2:
            raise ConfigurationError(
                f"n_fft must be hop times 2 or more and the difference even, not {self.n_fft} and {self.hop}"
            )
        if self.ratios and math.prod(self.ratios) != self.hop:
            raise ConfigurationError(f"the encoder's ratios {self.ratios} do not make a hop of {self.hop}")

    @classmethod
    def of(cls, shapes: Shapes) -> CodecConfig:
        """Read every size out of a checkpoint's names and shapes, weight norm folded; others are ignored.

        Tensors of the encoder may be absent; hop is then taken to be a quarter of n_fft, as released.
        """
        codebook_size, codebook_width = _shape(shapes, CODEBOOK)
        encoder = _encoder_sizes(shapes) if any(name.startswith(_ENCODER) for name in shapes) else None
        filters, ratios, lstm_layers = encoder or (0, (), 0)
        n_fft = _shape(shapes, "head.out.weight")[0] - 2
        config = cls(
            codebook_size=codebook_size,
            codebook_width=codebook_width,
            width=_shape(shapes, "backbone.embed.weight")[0],
            hidden=_shape(shapes, "backbone.convnext.0.pwconv1.weight")[0],
            layers=_count(shapes, "backbone.convnext.{}.gamma"),
            norms=_shape(shapes, "backbone.norm.scale.weight")[0],
            n_fft=n_fft,
            hop=math.prod(ratios) if ratios else n_fft // 4,
            filters=filters,
            ratios=ratios,
            lstm_layers=lstm_layers,
        )
        _check(config, shapes)
        return config


def _shape(shapes: Shapes, name: str) -> tuple[int, ...]:
    if name not in shapes:
        raise ConfigurationError(
            f"no tensor is named {name!r}: not WavTokenizer, or its weight norm not folded"
        )
    return tuple(shapes[name])


def _count(shapes: Shapes, pattern: str) -> int:
    return next(index for index in itertools.count() if pattern.format(index) not in shapes)


def _encoder_sizes(shapes: Shapes) -> tuple[int, tuple[int, ...], int]:
    """Filters, ratios, LSTM layers. Layers 3, 6, 9 … lower the rate; the one behind them is the LSTM."""
    filters = _shape(shapes, f"{_ENCODER}.0.conv.conv.weight")[0]
    places = itertools.takewhile(
        lambda place: f"{_ENCODER}.{place - 2}.shortcut.conv.conv.weight" in shapes, itertools.count(3, 3)
    )
    kernels = [_shape(shapes, f"{_ENCODER}.{place}.conv.conv.weight")[2] for place in places]
    lstm = f"{_ENCODER}.{3 * len(kernels) + 1}.lstm.weight_ih_l"
    return filters, tuple(kernel // 2 for kernel in kernels), _count(shapes, lstm + "{}")


def _check(config: CodecConfig, shapes: Shapes) -> None:
    """Whether the sizes that were read here and there are of one model."""
    with torch.device("meta"):
        model = WavTokenizer(config, encoder=bool(config.ratios))
    wrong = [
        f"{name} is {tuple(shapes[name])} where the rest asks for {tuple(tensor.shape)}"
        for name, tensor in model.state_dict().items()
        if name in shapes and tuple(shapes[name]) != tuple(tensor.shape)
    ]
    if wrong:
        more = f" (and {len(wrong) - 3} more)" if len(wrong) > 3 else ""
        raise ConfigurationError("the codec's sizes contradict each other: " + "; ".join(wrong[:3]) + more)


class _Encodec(nn.Module):
    def __init__(self, quantizer: Quantizer, encoder: Encoder | None) -> None:
        super().__init__()
        self.quantizer, self.encoder = quantizer, encoder


class _FeatureExtractor(nn.Module):
    """Only a name: official tensors of both lie in `feature_extractor.encodec`."""

    def __init__(self, encodec: _Encodec) -> None:
        super().__init__()
        self.encodec = encodec


class WavTokenizer(nn.Module):
    """The codec. Without its encoder it only decodes, which is all that speaking needs."""

    sample_rate = 24_000
    """Hz."""

    def __init__(self, config: CodecConfig, *, encoder: bool = True) -> None:
        super().__init__()
        self.config = config
        quantizer = Quantizer(config.codebook_size, config.codebook_width)
        self.feature_extractor = _FeatureExtractor(_Encodec(quantizer, _encoder(config) if encoder else None))
        self.backbone = Backbone(
            config.codebook_width, config.width, config.hidden, config.layers, config.norms
        )
        self.head = Head(config.width, config.n_fft, config.hop)

    @property
    def hop(self) -> int:
        """Samples a code."""
        return self.config.hop

    def encode(self, samples: Tensor) -> Tensor:
        """(B, N) in [-1, 1] → codes (B, ceil(N / hop)), int64."""
        encodec = self.feature_extractor.encodec
        if encodec.encoder is None:
            raise ConfigurationError("this codec was made without its encoder: it only decodes")
        return encodec.quantizer.nearest(encodec.encoder(samples.unsqueeze(1)))

    def features(self, codes: Tensor) -> Tensor:
        """(B, T) → (B, codebook width, T)."""
        return self.feature_extractor.encodec.quantizer.lookup(codes)

    def decode(self, codes: Tensor) -> Tensor:
        """(B, T) → samples (B, T·hop), float32, about [-1, 1] but not clipped to it."""
        samples: Tensor = self.head(self.backbone(self.features(codes)))
        return samples

    def prepare(self, precision: Precision) -> WavTokenizer:
        """Make decoding quick at the given precision: in place, for inference only, and once; returns itself.

        The decoder's tensors lose their official names. The encoder and the codebook stay as they are.
        """
        for part in (self.backbone, self.head):
            convert_linears(products_for_convolutions(part), precision)
        return self.requires_grad_(False).eval()


def _encoder(config: CodecConfig) -> Encoder:
    if not config.ratios:
        raise ConfigurationError("there are no sizes to make the codec's encoder of")
    return Encoder(config.filters, config.ratios, config.lstm_layers, config.codebook_width)
