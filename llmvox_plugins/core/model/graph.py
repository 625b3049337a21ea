"""One step of all slots as one operation: on a GPU a step is many small kernels, and launching them is what
takes the time. A CUDA graph launches them all at once.

Memory is laid out once for a fixed number of sentences. Without a GPU the same operations run one by one,
with the same result.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence

import torch
from torch import Tensor

from .cache import PaddedPasts
from .llmvox import LLMVoX

__all__ = ["GraphStepper", "Slot"]

_WINDOW = 256  # a graph looks back over a multiple of so many steps


class Slot:
    """A sentence's place. It is free again once nobody holds it."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.length = 0


class GraphStepper:
    """slots: sentences in the making at the same time. length: steps of the longest.

    dtype: of what is remembered; bfloat16 halves the bytes that a step reads.
    """

    def __init__(self, model: LLMVoX, slots: int, length: int, dtype: torch.dtype = torch.float32) -> None:
        config, device = model.gpt.config, model.text.device
        self._model = model
        self._length = min(length, config.positions)
        self._pasts = PaddedPasts(config, slots, self._length, device, dtype)
        self._free = list(reversed(range(slots)))
        self._inputs = torch.zeros(2, slots, dtype=torch.long, device=device)  # ids of text, codes before
        self._host = torch.zeros(3, slots, dtype=torch.long, pin_memory=device.type == "cuda")
        self._graphs: dict[int, tuple[torch.cuda.CUDAGraph, Tensor]] = {}

    def open(self) -> Slot | None:
        if not self._free:
            return None
        slot = Slot(self._free.pop())
        weakref.finalize(slot, self._free.append, slot.index)
        return slot

    def step(self, places: Sequence[Slot], text_ids: Sequence[int], before: Sequence[int]) -> Tensor:
        rows = torch.tensor([slot.index for slot in places])
        now = [slot.length for slot in places]
        self._host[:, rows] = torch.tensor([text_ids, before, now])
        self._inputs.copy_(self._host[:2], non_blocking=True)
        self._pasts.positions.copy_(self._host[2], non_blocking=True)
        longest = 1 + max(now)
        logits = self._run(min(self._length, -(-longest // _WINDOW) * _WINDOW))
        for slot in places:
            slot.length += 1
        self._host[2, rows] += (
            1  # where a slot that does not step next time computes what is overwritten later
        )
        return logits[rows.to(logits.device)]

    def _run(self, window: int) -> Tensor:
        """window: steps that are looked back at."""
        if self._inputs.device.type != "cuda":
            return self._compute(window)
        if window not in self._graphs:
            self._graphs[window] = self._captured(window)
        graph, logits = self._graphs[window]
        graph.replay()
        return logits

    def _compute(self, window: int) -> Tensor:
        self._pasts.window = window
        return self._model.step(self._inputs[0], self._inputs[1], self._pasts)

    def _captured(self, window: int) -> tuple[torch.cuda.CUDAGraph, Tensor]:
        side: torch.cuda.Stream = torch.cuda.Stream(self._inputs.device)  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream(self._inputs.device))
        with torch.cuda.stream(side):
            self._compute(window)  # libraries set themselves up at first use, which no graph may hold
        torch.cuda.current_stream(self._inputs.device).wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            logits = self._compute(window)
        return graph, logits
