"""LLMVoX with weights that nobody trained: it babbles, but by the rules."""

from functools import cache
from typing import Any

from support import small_files
from support.golden_files import Checkpoints

from llmvox_plugins.core.checkpoints.card import VoiceCard
from llmvox_plugins.core.checkpoints.weights import Weights
from llmvox_plugins.core.voices.llmvox import LLMVoXVoice, VoiceOptions

__all__ = ["golden_voice", "small_voice"]


def golden_voice(files: Checkpoints, **options: Any) -> LLMVoXVoice:
    """That whose results are known, from its files."""
    return LLMVoXVoice.from_checkpoints(
        llmvox=files.llmvox,
        wavtokenizer=files.wavtokenizer,
        text_encoder=files.text_encoder,
        **{"device": "cpu", "precision": "float32", **options},
    )


def small_voice(device: str = "cpu", precision: str = "float32", **options: Any) -> LLMVoXVoice:
    """One that is quick, because it is small in every way."""
    weights = _small_weights()
    return LLMVoXVoice(
        "small",
        weights,
        VoiceCard(),
        lambda: weights,
        device=device,
        precision=precision,
        options=VoiceOptions(**options),
    )


@cache
def _small_weights() -> Weights:
    table = small_files.text_table()[:384]
    text = table.new_empty(386, table.shape[1])
    text[:384], text[384:] = table, table.mean(0)
    heads = small_files.GPT_CONFIG.heads
    return Weights(small_files.gpt_tensors(), heads, small_files.codec_tensors(), text)
