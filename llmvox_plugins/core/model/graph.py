"""One step of all slots as one operation: on a GPU a step is many small kernels, and launching them is what
takes the time. A CUDA graph launches them all at once.

Memory is laid out once for a fixed number of sentences. Without a GPU the same operations run one by one,
with the same result.
"""

from __future__ import annotations

import threading
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

    def pretend(self, length: int) -> None:
        """As if so many steps had been made: to measure what a step costs."""
        self.length = length


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
        self._resting = [0] * slots  # where each slot stands
        self._lock = threading.Lock()  # the memory is one, and voice.codes() may come from any thread
        self._graphs: dict[int, tuple[torch.cuda.CUDAGraph, Tensor]] = {}

    @property
    def longest(self) -> int:
        return self._length

    def open(self) -> Slot | None:
        if not self._free:
            return None
        slot = Slot(self._free.pop())
        weakref.finalize(slot, self._free_again, slot.index)
        return slot

    def _free_again(self, index: int) -> None:
        self._resting[index] = 0
        self._free.append(index)

    def step(self, places: Sequence[Slot], text_ids: Sequence[int], before: Sequence[int]) -> Tensor:
        with self._lock:
            rows = [slot.index for slot in places]
            for slot in places:
                self._resting[slot.index] = slot.length
            self._feed(rows, text_ids, before)
            longest = 1 + max(self._resting)
            logits = self._run(min(self._length, -(-longest // _WINDOW) * _WINDOW))
            for slot in places:
                slot.length += 1
                self._resting[slot.index] = min(slot.length, self._length - 1)
            return logits[torch.tensor(rows, device=logits.device)]

    def _feed(self, rows: Sequence[int], text_ids: Sequence[int], before: Sequence[int]) -> None:
        """A slot that does not take part computes something where its next step will overwrite it."""
        fed = torch.zeros(3, len(self._resting), dtype=torch.long)
        fed[2] = torch.tensor(self._resting)
        fed[:2, rows] = torch.tensor([text_ids, before])
        fed = fed.to(self._inputs.device)
        self._inputs.copy_(fed[:2])
        self._pasts.positions.copy_(fed[2])

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
