"""Weights to measure with: untrained ones of any size, and a voice's changed so that no sentence ends."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import nn

from ..core.checkpoints.weights import Weights
from ..core.model.gpt import GPT, GPTConfig
from ..core.model.llmvox import END_OF_AUDIO
from ..core.model.text_ids import TEXT_ROWS
from ..core.model.untrained import untrained
from ..core.model.wavtokenizer import CodecConfig, WavTokenizer

__all__ = ["endless", "untrained_weights", "weight_bytes"]

_HEAD = "lm_head.weight"


def untrained_weights(gpt: GPTConfig, codec: CodecConfig) -> Weights:
    """Of these sizes, without the codec's encoder."""
    with torch.device("meta"):
        models: tuple[nn.Module, nn.Module] = GPT(gpt), WavTokenizer(codec, encoder=False)
    parts = [
        untrained({name: tensor.shape for name, tensor in model.state_dict().items()}) for model in models
    ]
    width = gpt.width - codec.codebook_width
    text = untrained({"text_embedding": (TEXT_ROWS, width)})["text_embedding"]
    return Weights(parts[0], gpt.heads, parts[1], text)


def endless(weights: Weights) -> Weights:
    """The end of audio is never the likeliest code: sentences are as long as their guard allows."""
    head = weights.gpt[_HEAD].clone()
    head[END_OF_AUDIO] = 0
    return replace(weights, gpt=weights.gpt | {_HEAD: head})


def weight_bytes(config: GPTConfig, each: int) -> int:
    """What a step reads of the matrices, at so many bytes a weight."""
    return each * config.width * (12 * config.layers * config.width + config.codes)
