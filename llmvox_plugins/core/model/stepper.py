"""One step of many sentences, on a device: what a step is made of, and where each sentence's memory lives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

import torch
from torch import Tensor

from .cache import Past, Pasts
from .llmvox import LLMVoX

__all__ = ["EagerStepper", "Stepper"]

Place = TypeVar("Place")


class Stepper(Protocol[Place]):
    """A place is one sentence's memory: it is free again once nobody holds it."""

    @property
    def longest(self) -> int:
        """Steps that a sentence may take."""

    def open(self) -> Place | None:
        """A place for a new sentence; None while all are taken."""

    def step(self, places: Sequence[Place], text_ids: Sequence[int], before: Sequence[int]) -> Tensor:
        """Feed each sentence one id of text and its code before; returns logits, (batch, codes), float32."""


class EagerStepper:
    """Operation by operation, on any device, for as many sentences as memory holds."""

    def __init__(self, model: LLMVoX) -> None:
        self._model = model
        self._device = model.text.device

    @property
    def longest(self) -> int:
        return self._model.gpt.config.positions

    def open(self) -> Past | None:
        return Past(self._model.gpt.config, self._device)

    def step(self, places: Sequence[Past], text_ids: Sequence[int], before: Sequence[int]) -> Tensor:
        ids = torch.tensor([text_ids, before], device=self._device)
        return self._model.step(ids[0], ids[1], Pasts(places))
