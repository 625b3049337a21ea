"""Ours: the voice at one precision, whose sentences end by the length of their text alone.

A real voice in all that a stream sees of it; only the weights may be untrained, which know no end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch

from ..core.checkpoints.weights import Weights
from ..core.model.gpt import GPTConfig
from ..core.model.precision import Precision
from ..core.text import TextOptions
from ..core.voices.llmvox.costs import Costs
from ..core.voices.llmvox.engine import LLMVoXEngine
from ..core.voices.llmvox.generator import Generator
from ..core.voices.llmvox.guard import Guard
from ..core.voices.llmvox.replica import measured, replica_of
from ..core.voices.llmvox.sampling import Sampling
from ..core.voices.llmvox.sentence import Sentence
from ..core.voices.llmvox.utterance import LLMVoXUtterance
from ..core.voices.llmvox.window import WindowSizes

__all__ = ["Subject"]

GUARD = Guard(codes_per_byte=5, spare=0, loop=0)


class Subject:
    """A `Voice`. weights: endless ones."""

    name = "bench"
    text = TextOptions()

    def __init__(self, weights: Weights, precision: Precision, device: torch.device) -> None:
        self.precision = precision
        self.replica = replica_of(weights, device, precision, len(weights.gpt["transformer.wpe.weight"]))
        self.windows = WindowSizes()
        self.engine = LLMVoXEngine(
            [self.replica],
            Costs(*measured(self.replica), self.windows.again),
            windows=self.windows,
            guard=replace(GUARD, longest=self.config.positions),
            sampling=Sampling(),
        )

    @property
    def sample_rate(self) -> int:
        return self.replica.codec.sample_rate

    @property
    def config(self) -> GPTConfig:
        return self.replica.model.gpt.config

    def utterance(self) -> LLMVoXUtterance:
        return self.engine.utterance()

    def codes(self, text: str, limit: int) -> Iterator[int]:
        """The greedy codes of a sentence, one by one, as one stream gets them from the generator."""
        sentence = Sentence()
        for word in text.split(" "):
            sentence.write(word)
        sentence.close()
        generator = Generator(self.replica.stepper, ignore_end=True)
        generator.admit(sentence)
        for step in range(limit):
            generator.step([sentence])
            yield sentence.codes[step]
