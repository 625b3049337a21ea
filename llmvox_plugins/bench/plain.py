"""The plain loop that ours is measured against: eager float32 with PyTorch's own layers, as one would begin.

One sentence at a time, keys and values that grow by concatenation, and chunks that the codec decodes alone,
each three times as long as the one before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from ..core.audio import Samples
from ..core.checkpoints.weights import Weights
from ..core.model.gpt import GPT, GPTConfig
from ..core.model.llmvox import END_OF_AUDIO, START, LLMVoX
from ..core.model.text_ids import PAD, sentence_ids
from ..core.model.wavtokenizer import WavTokenizer
from ..core.voices.llmvox.replica import codec_of

__all__ = ["FIRST_CHUNK", "PlainLoop", "PlainPast"]

FIRST_CHUNK = 10
_GROWTH, _LARGEST = 3, 1280

PlainPast = list[tuple[Tensor, Tensor]]
"""For each layer keys and values, (1, heads, steps, width of a head)."""


class PlainLoop:
    def __init__(self, weights: Weights, device: torch.device) -> None:
        config = GPTConfig.of({name: tensor.shape for name, tensor in weights.gpt.items()}, weights.heads)
        with torch.device("meta"):
            gpt = GPT(config)
        gpt.load_state_dict(weights.gpt, assign=True)
        self.codec: WavTokenizer = codec_of(weights, encoder=False).to(device)
        codebook = self.codec.feature_extractor.encodec.quantizer.embed
        self.model = LLMVoX(gpt, weights.text, codebook.cpu()).requires_grad_(False).eval().to(device)
        self.config, self._device = config, device

    def past(self, length: int = 0) -> PlainPast:
        """Of so many steps, which hold nothing sensible."""
        config = self.config
        shape = (1, config.heads, length, config.width // config.heads)
        device = self._device
        return [
            (torch.randn(shape, device=device), torch.randn(shape, device=device))
            for _ in range(config.layers)
        ]

    @torch.inference_mode()
    def step(self, text_id: int, before: int, past: PlainPast) -> Tensor:
        """Logits of the next code, (codes,); the past grows by this step."""
        gpt = self.model.gpt
        length = past[0][0].shape[2]
        ids, codes, positions = torch.tensor([[text_id], [before], [length]], device=self._device)
        x = self.model.inputs(ids, codes) + gpt.transformer.wpe(positions)
        for layer, block in enumerate(gpt.transformer.blocks):
            heard, past[layer] = self._attend(block.attn.c_attn(block.ln_1(x)), past[layer])
            x = x + block.attn.c_proj(heard)
            x = x + block.mlp(block.ln_2(x))
        logits: Tensor = gpt.lm_head(gpt.transformer.ln_f(x))[0]
        return logits

    def _attend(self, projected: Tensor, past: tuple[Tensor, Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """projected: (1, 3 · width) → (1, width), and the past with this step in it."""
        query, key, value = projected.view(1, 3, self.config.heads, 1, -1).unbind(1)
        keys, values = torch.cat([past[0], key], dim=2), torch.cat([past[1], value], dim=2)
        heard = functional.scaled_dot_product_attention(query, keys, values)
        return heard.reshape(1, -1), (keys, values)

    def codes(self, text: str, limit: int) -> Iterator[int]:
        """The greedy codes of a sentence, one by one; `limit` at most."""
        ids, past, before = sentence_ids(text), self.past(), START
        for step in range(limit):
            before = int(self.step(ids[step] if step < len(ids) else PAD, before, past).argmax())
            if before == END_OF_AUDIO:
                return
            yield before

    @torch.inference_mode()
    def decode(self, codes: Sequence[int]) -> Samples:
        samples: Samples = self.codec.decode(torch.tensor([codes], device=self._device))[0].cpu().numpy()
        return samples

    def speak(self, text: str, limit: int) -> Iterator[Samples]:
        """A sentence's audio, chunk by chunk."""
        chunk: list[int] = []
        size = FIRST_CHUNK
        for code in self.codes(text, limit):
            chunk.append(code)
            if len(chunk) == size:
                yield self.decode(chunk)
                chunk, size = [], min(_LARGEST, size * _GROWTH)
        if chunk:
            yield self.decode(chunk)
