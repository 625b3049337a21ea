"""LLMVoX: text and speech advance in lockstep, one id of text and one code of speech a step.

What a step reads is the embedding of a text id beside the codec's own vector of the code before, scaled to
length 1 (arXiv 2503.04724, section 3).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .gpt import GPT, Cache
from .text_ids import PAD

__all__ = ["END_OF_AUDIO", "START", "LLMVoX"]

END_OF_AUDIO = 453
"""The code that ends a sentence; it is never decoded."""

START = -1
"""Stands for the code before the first: its vector is zero."""

IGNORED = -100


class LLMVoX(nn.Module):
    """text: the embedding of text ids, (TEXT_ROWS, a). codebook: the codec's, (codes, b). Both are frozen.

    a + b is the width of `gpt`.
    """

    text: Tensor
    codebook: Tensor

    def __init__(self, gpt: GPT, text: Tensor, codebook: Tensor) -> None:
        super().__init__()
        self.gpt = gpt
        self.register_buffer("text", text, persistent=False)
        start = codebook.new_zeros(1, codebook.shape[1])
        self.register_buffer("codebook", torch.cat([codebook, start]), persistent=False)  # START is the last

    def inputs(self, text_ids: Tensor, before: Tensor) -> Tensor:
        """text_ids and the codes before them, of one shape (…) → (…, width)."""
        both = torch.cat([self.text[text_ids], self.codebook[before]], dim=-1)
        return functional.normalize(both, dim=-1, eps=1e-8)

    def forward(self, text_ids: Tensor, codes: Tensor) -> Tensor:
        """Teacher-forced: both (batch, time) → logits (batch, time, codes); time t predicts codes[t]."""
        before = functional.pad(codes[:, :-1], (1, 0), value=START)
        logits: Tensor = self.gpt(self.inputs(text_ids, before))
        return logits

    def step(self, text_ids: Tensor, before: Tensor, cache: Cache) -> Tensor:
        """One step of the sentences that `cache` points at: both (batch,) → logits (batch, codes)."""
        return self.gpt.step(self.inputs(text_ids, before), cache)

    def loss(self, texts: list[list[int]], speeches: list[list[int]]) -> Tensor:
        """The mean cross-entropy over all codes of a batch of sentences, the end of audio included.

        texts: ids, END_OF_TEXT included; speeches: codes, END_OF_AUDIO not included. A text longer than its
        speech is cut, as in training.
        """
        longest = max(len(speech) for speech in speeches) + 1
        device = self.text.device
        ids = torch.tensor([_filled(text, longest, PAD) for text in texts], device=device)
        codes = torch.tensor([_filled(speech, longest, END_OF_AUDIO) for speech in speeches], device=device)
        lengths = torch.tensor([len(speech) for speech in speeches], device=device)
        beyond = torch.arange(longest, device=device) > lengths[:, None]
        targets = codes.masked_fill(beyond, IGNORED)
        return functional.cross_entropy(self(ids, codes).flatten(0, 1), targets.flatten())


def _filled(ids: list[int], length: int, filling: int) -> list[int]:
    return ids[:length] + [filling] * (length - len(ids))
