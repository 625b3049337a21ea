"""What the transformer remembers of the sentences in the making: keys and values of every step so far.

A `Past` is one sentence's memory. `Pasts` are those of a batch: each sentence is attended to by itself, so
that nobody's result depends on the company and no time goes into padding. `PaddedPasts` does the same work
in operations of a fixed shape over a fixed number of slots, which a GPU can replay as one graph.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from .gpt import GPTConfig

__all__ = ["PaddedPasts", "Past", "Pasts", "bytes_of_past"]

_FIRST_ROOM = 256  # steps, 3 s of speech; doubled when it is full


def bytes_of_past(config: GPTConfig, length: int) -> int:
    """What `length` steps of one sentence occupy, and what a step at that length reads."""
    return config.layers * length * 2 * config.width * torch.float32.itemsize


class Past:
    """One sentence's memory; its room grows by doubling.

    It is float32 at every precision: a CPU attends to that several times faster than to bfloat16.
    """

    def __init__(self, config: GPTConfig, device: torch.device) -> None:
        self._config, self._device = config, device
        self.length = 0
        self.room = 0
        self._memory = torch.empty(config.layers, 0, 2 * config.width, device=device)

    def ensure_room(self) -> None:
        """For one step more."""
        if self.length < self.room:
            return
        config = self._config
        room = min(max(_FIRST_ROOM, 2 * self.room), config.positions)
        memory = torch.empty(config.layers, room, 2 * config.width, device=self._device)
        memory[:, : self.length] = self._memory[:, : self.length]
        split = memory.view(config.layers, 1, room, 2, config.heads, -1).permute(3, 0, 1, 4, 2, 5)
        self.rows = list(memory)
        self.keys, self.values = [list(half) for half in split]
        self._memory, self.room = memory, room

    def pretend(self, length: int) -> None:
        """As if so many steps had been made, and nothing was heard in them: to measure what a step costs."""
        while self.room < length:
            self.length = self.room
            self.ensure_room()
        self._memory.zero_()
        self.length = length


class Pasts:
    """The pasts of a batch, for one step, after which each is longer by one."""

    def __init__(self, pasts: Sequence[Past]) -> None:
        self._pasts = pasts
        for past in pasts:
            past.ensure_room()
            past.length += 1
        device = pasts[0]._device
        self._positions = torch.tensor([past.length - 1 for past in pasts], device=device)

    @property
    def positions(self) -> Tensor:
        return self._positions

    def attend(self, layer: int, projected: Tensor) -> Tensor:
        batch, width = len(projected), projected.shape[1] // 3
        heads = self._pasts[0].keys[layer].shape[1]
        queries = projected[:, :width].view(batch, 1, heads, 1, width // heads).unbind()
        rows = projected[:, width:].unbind()
        heard = [
            _look_back(past, layer, query, row)
            for past, query, row in zip(self._pasts, queries, rows, strict=True)
        ]
        return (heard[0] if batch == 1 else torch.cat(heard)).view(batch, width)


def _look_back(past: Past, layer: int, query: Tensor, row: Tensor) -> Tensor:
    """query: (1, heads, 1, width of a head); row: (2 · width,), the key and the value of this step."""
    length = past.length
    past.rows[layer][length - 1].copy_(row)
    keys, values = past.keys[layer].narrow(2, 0, length), past.values[layer].narrow(2, 0, length)
    return functional.scaled_dot_product_attention(query, keys, values)


class PaddedPasts:
    """slots: how many sentences fit; length: steps that each has room for.

    All slots take part in every step. A slot that has nothing to say computes something at its place, which
    its next real step overwrites. `positions` is written in place between steps, so that a graph sees it.
    """

    def __init__(
        self, config: GPTConfig, slots: int, length: int, device: torch.device, dtype: torch.dtype
    ) -> None:
        shape = (config.layers, slots, config.heads, length, config.width // config.heads)
        self._keys = torch.zeros(shape, device=device, dtype=dtype)
        self._values = torch.zeros_like(self._keys)
        self._slots = torch.arange(slots, device=device)
        self._steps = torch.arange(length, device=device)
        self._positions = torch.zeros(slots, dtype=torch.long, device=device)
        self.window = length  # steps that are looked at: no sentence may be longer

    @property
    def positions(self) -> Tensor:
        return self._positions

    def attend(self, layer: int, projected: Tensor) -> Tensor:
        slots, heads = len(projected), self._keys.shape[2]
        query, key, value = projected.view(slots, 3, heads, -1).to(self._keys.dtype).unbind(1)
        self._keys[layer, self._slots, :, self._positions] = key
        self._values[layer, self._slots, :, self._positions] = value
        seen = self._steps[: self.window] <= self._positions[:, None]
        heard = functional.scaled_dot_product_attention(
            query[:, :, None],
            self._keys[layer, :, :, : self.window],
            self._values[layer, :, :, : self.window],
            attn_mask=seen[:, None, None],
        )
        return heard.reshape(slots, -1).to(projected.dtype)
