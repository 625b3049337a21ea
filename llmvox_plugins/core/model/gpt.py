"""The decoder-only transformer that turns vectors of text and speech into logits over codes.

Two ways through the same weights: whole sequences, for training and scoring, and one step of many sentences
at once over a `Cache`, which is the only state there is. Names of tensors are those of the released
checkpoints, which are nanoGPT's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["GPT", "Cache", "GPTConfig"]


@dataclass(frozen=True, slots=True)
class GPTConfig:
    """layers, heads, width: of the transformer.
    positions: the most steps a sentence may take.
    codes: classes of the output.
    """

    layers: int = 4
    heads: int = 8
    width: int = 768
    positions: int = 8192
    codes: int = 4096

    @classmethod
    def of(cls, shapes: Mapping[str, Sequence[int]], heads: int) -> GPTConfig:
        """Read the sizes off a checkpoint's tensors. Raises ValueError, which says what does not fit."""
        for name in ("transformer.wpe.weight", "lm_head.weight"):
            if len(shapes.get(name, ())) != 2:
                raise ValueError(f"{name} should be there, with two dimensions")
        positions, width = shapes["transformer.wpe.weight"]
        codes, head_width = shapes["lm_head.weight"]
        if head_width != width:
            raise ValueError(f"lm_head.weight is {head_width} wide, but transformer.wpe.weight {width}")
        if heads < 1 or width % heads:
            raise ValueError(f"a width of {width} cannot be divided among {heads} heads")
        named = [name.split(".")[2] for name in shapes if name.startswith("transformer.h.")]
        layers = 1 + max((int(layer) for layer in named if layer.isdecimal()), default=-1)
        return cls(layers, heads, width, positions, codes)


class Cache(Protocol):
    """What is remembered of a batch of sentences, for one step of each."""

    @property
    def positions(self) -> Tensor:
        """(batch,): the place in its sentence at which each of the batch stands."""

    def attend(self, layer: int, projected: Tensor) -> Tensor:
        """(batch, 3 · width) of queries, keys and values → (batch, width): remember, and look back."""


class GPT(nn.Module):
    """Pre-norm, tanh-approximated GELU, learned positions, no biases, an output of its own weights."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        self.transformer = _Transformer(config)
        self.lm_head = nn.Linear(config.width, config.codes, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Whole sequences, causally: (batch, time, width) → logits (batch, time, codes)."""
        x = x + self.transformer.wpe.weight[: x.shape[1]]
        for block in self.transformer.blocks:
            x = block(x)
        logits: Tensor = self.lm_head(self.transformer.ln_f(x))
        return logits

    def step(self, x: Tensor, cache: Cache) -> Tensor:
        """One step of the sentences that `cache` points at: (batch, width) → logits (batch, codes)."""
        x = x + self.transformer.wpe(cache.positions)
        for layer, block in enumerate(self.transformer.blocks):
            x = block.step(x, layer, cache)
        logits: Tensor = self.lm_head(self.transformer.ln_f(x))
        return logits


class _Transformer(nn.Module):
    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.wpe = _table(config.positions, config.width)
        self.h = nn.ModuleList(_Block(config) for _ in range(config.layers))
        self.ln_f = _norm(config)

    @property
    def blocks(self) -> Iterable[_Block]:
        return cast("Iterable[_Block]", self.h)


class _Block(nn.Module):
    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.ln_1 = _norm(config)
        self.attn = _Attention(config)
        self.ln_2 = _norm(config)
        self.mlp = _MLP(config)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.ln_1(x))
        out: Tensor = x + self.mlp(self.ln_2(x))
        return out

    def step(self, x: Tensor, layer: int, cache: Cache) -> Tensor:
        x = x + self.attn.step(self.ln_1(x), layer, cache)
        out: Tensor = x + self.mlp(self.ln_2(x))
        return out


class _Attention(nn.Module):
    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self._heads = config.heads
        self.c_attn = nn.Linear(config.width, 3 * config.width, bias=False)
        self.c_proj = nn.Linear(config.width, config.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, time, width) → the same."""
        batch, time, width = x.shape
        heads = self.c_attn(x).view(batch, time, 3, self._heads, width // self._heads)
        query, key, value = heads.permute(2, 0, 3, 1, 4)
        heard = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        out: Tensor = self.c_proj(heard.transpose(1, 2).reshape(batch, time, width))
        return out

    def step(self, x: Tensor, layer: int, cache: Cache) -> Tensor:
        """(batch, width) → the same."""
        out: Tensor = self.c_proj(cache.attend(layer, self.c_attn(x)))
        return out


class _MLP(nn.Module):
    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.c_fc = nn.Linear(config.width, 4 * config.width, bias=False)
        self.c_proj = nn.Linear(4 * config.width, config.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.c_proj(functional.gelu(self.c_fc(x), approximate="tanh"))
        return out


def _table(rows: int, width: int) -> nn.Embedding:
    """Not initialised: whoever trains does that, and on the meta device it would take seconds."""
    return nn.Embedding(rows, width, _weight=torch.empty(rows, width))


def _norm(config: GPTConfig) -> nn.LayerNorm:
    return nn.LayerNorm(config.width, bias=False)
