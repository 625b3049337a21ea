"""A real transformers model, tiny and untrained, whose choice of tokens is scripted."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, LogitsProcessor, PreTrainedTokenizerFast

__all__ = ["Script", "answer", "model_for", "tokenizer_of"]

END = "<|im_end|>"
START = "<|im_start|>"


def tokenizer_of(*marks: str, special: Sequence[str] = ()) -> Any:
    """One token for each byte: every character beyond ASCII takes several. marks have tokens of their own."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({letter: at for at, letter in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_tokens([AddedToken(mark, normalized=False) for mark in marks])
    tokenizer.add_special_tokens([AddedToken(mark, normalized=False) for mark in [START, END, *special]])
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        eos_token=END,
        pad_token=END,
        model_input_names=["input_ids", "attention_mask"],
    )


def model_for(tokenizer: Any) -> Any:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=4096,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return LlamaForCausalLM(config).eval()  # type: ignore[no-untyped-call]


class Script(LogitsProcessor):
    """texts: one for each row of the batch. before: called before the n-th token is chosen."""

    def __init__(
        self,
        tokenizer: Any,
        texts: Sequence[str],
        prompt: int,
        before: Callable[[int], object] = lambda at: None,
    ) -> None:
        self._texts = [tokenizer(text).input_ids for text in texts]
        self._end = tokenizer.eos_token_id
        self._prompt = prompt
        self._before = before

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        at = input_ids.shape[1] - self._prompt
        self._before(at)
        scores.fill_(-torch.inf)
        for row, text in enumerate(self._texts):
            scores[row, text[at] if at < len(text) else self._end] = 0.0
        return scores


def answer(
    model: Any,
    tokenizer: Any,
    *texts: str,
    streamer: Any = None,
    prompt: str = "Why?",
    pause: float = 0.0,
    before: Callable[[int], object] | None = None,
    **options: Any,
) -> list[str]:
    """What generate() returns for prompts that are answered by these texts."""
    inputs = tokenizer([prompt] * len(texts), return_tensors="pt")
    length = inputs.input_ids.shape[1]
    script = Script(tokenizer, texts, length, before or (lambda at: time.sleep(pause)))
    written = model.generate(
        input_ids=inputs.input_ids,
        attention_mask=inputs.attention_mask,
        logits_processor=[script],
        do_sample=False,
        max_new_tokens=2000,
        streamer=streamer,
        **options,
    )
    return [tokenizer.decode(row[length:], skip_special_tokens=True) for row in written]
