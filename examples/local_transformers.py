"""A local transformers model whose answer is spoken while it is written.

python examples/local_transformers.py                                          a scripted answer
python examples/local_transformers.py Qwen/Qwen2.5-0.5B-Instruct               downloads it the first time
python examples/local_transformers.py path/to/a/model "Why is the sky blue?"
"""

import os
import sys
import time
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    LlamaConfig,
    LlamaForCausalLM,
    LogitsProcessor,
    LogitsProcessorList,
    PreTrainedTokenizerFast,
    TextStreamer,
)

from llmvox_plugins import LLMVoxError, SpeakerSink, WavSink
from llmvox_plugins.core.sinks import Sink, TeeSink, open_sink
from llmvox_plugins.integrations.transformers import SpeechStreamer

ANSWER = (
    "**Rayleigh scattering** is why. The molecules of the air scatter blue light about four times as much as "
    "red. So wherever you look, away from the sun, it is mostly blue light that reaches your eyes."
)


class Script(LogitsProcessor):
    """Chooses the tokens where there is no model that could: twenty a second, through a real generate()."""

    def __init__(self, tokenizer: Any, prompt_length: int) -> None:
        self._tokens = [*tokenizer(ANSWER).input_ids, tokenizer.eos_token_id]
        self._prompt_length = prompt_length

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        time.sleep(0.05)
        chosen = self._tokens[input_ids.shape[1] - self._prompt_length]
        return torch.full_like(scores, -torch.inf).index_fill_(1, torch.tensor([chosen]), 0.0)


def scripted_model() -> tuple[Any, Any]:
    """A tiny untrained model, and a tokenizer that has a token for each word of the answer."""
    words = Tokenizer(models.BPE())
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    words.train_from_iterator([ANSWER], trainers.BpeTrainer(initial_alphabet=alphabet, show_progress=False))
    tokenizer: Any = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=words,
        eos_token="<end>",
        pad_token="<end>",
        model_input_names=["input_ids", "attention_mask"],
    )
    tokenizer.chat_template = "{% for m in messages %}{{ m.content }}\n{% endfor %}"
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return LlamaForCausalLM(config), tokenizer


def choose_sink() -> Sink:
    if os.environ.get("LLMVOX_TO"):
        return open_sink(None)
    recording = WavSink("answer.wav")
    try:
        return TeeSink(SpeakerSink(), recording)
    except LLMVoxError as error:
        print(f"Not heard, only written to answer.wav: {error}")
        return recording


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else None
    question = sys.argv[2] if len(sys.argv) > 2 else "Why is the sky blue?"
    if name is None:
        print("No model was named: this is a scripted answer.")
        model, tokenizer = scripted_model()
    else:
        tokenizer = AutoTokenizer.from_pretrained(name)
        model = AutoModelForCausalLM.from_pretrained(name)
    sink = choose_sink()

    print(f"\n> {question}\n")
    inputs = tokenizer.apply_chat_template(
        [{"role": "user", "content": question}],
        add_generation_prompt=True,
        return_dict=True,
        return_tensors="pt",
    ).to(model.device)
    shown = TextStreamer(tokenizer, skip_prompt=True, skip_special_tokens=True)
    script = [] if name else [Script(tokenizer, inputs["input_ids"].shape[1])]
    with SpeechStreamer(tokenizer, to=sink, also=shown) as speech:
        model.generate(
            **inputs, max_new_tokens=300, streamer=speech, logits_processor=LogitsProcessorList(script)
        )
    sink.close()

    if speech.stream is None or speech.stream.stats.time_to_first_audio is None:
        print("Nothing was spoken.")
    else:
        stats = speech.stream.stats
        print(
            f"\nFirst audio {1000 * (stats.time_to_first_audio or 0):.0f} ms after the first token; "
            f"{stats.audio_seconds:.1f} s of speech."
        )


if __name__ == "__main__":
    main()
