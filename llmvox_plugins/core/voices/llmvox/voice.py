"""LLMVoX as a voice: from its checkpoints, or from a folder that holds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...audio import Samples
from ...checkpoints.card import VoiceCard
from ...checkpoints.folder import read_folder
from ...checkpoints.released import Released, read_released
from ...checkpoints.weights import Weights
from ...errors import ConfigurationError, VoiceError
from ...model.apart import apart
from ...model.wavtokenizer import WavTokenizer
from ...text import ALL_STEPS, CodeBlocks, Emoji, Step, TextOptions
from .costs import Costs
from .devices import devices_named, precision_named
from .engine import LLMVoXEngine
from .generator import Generator
from .guard import Guard
from .replica import codec_of, measured, replica_of
from .sampling import Sampling
from .sentence import Sentence
from .utterance import LLMVoXUtterance
from .window import WindowSizes

__all__ = ["LLMVoXVoice", "VoiceOptions"]

_LEAST_BYTES = 20  # of the longest text that a sentence may have
_LONGEST = 4096  # codes, 55 s: beyond it a step costs more for what it remembers than for the model


@dataclass(frozen=True, kw_only=True)
class VoiceOptions:
    """temperature, top_k, seed: which code follows, see Sampling; greedy by default.
    first_window, largest_window: codes that are decoded at once, 75 a second; see WindowSizes.
    longest_sentence: codes that a sentence's speech may take; a text that would take more is split.
    code_blocks, emoji, steps: how text is prepared, see TextOptions; None is as the voice was trained.
    """

    temperature: float = 0.0
    top_k: int | None = None
    seed: int = 0
    first_window: int | None = None
    largest_window: int | None = None
    longest_sentence: int | None = None
    code_blocks: CodeBlocks = "skip"
    emoji: Emoji = "drop"
    steps: frozenset[Step] | None = None

    @property
    def sampling(self) -> Sampling:
        return Sampling(self.temperature, self.top_k, self.seed)

    @property
    def windows(self) -> WindowSizes:
        given = {"first": self.first_window, "largest": self.largest_window}
        sizes = {name: size for name, size in given.items() if size is not None}
        return replace(WindowSizes(), adapts=self.first_window is None, **sizes)

    def guard(self, positions: int) -> Guard:
        """positions: those of the model. Raises ConfigurationError."""
        guard = replace(Guard(), longest=min(positions, self.longest_sentence or _LONGEST))
        if guard.most_bytes < _LEAST_BYTES:
            least = Guard().most_codes(_LEAST_BYTES)
            raise ConfigurationError(
                f"a sentence needs {least} codes, 5 s, at least: longest_sentence is"
                f" {self.longest_sentence!r}, and the model has {positions} positions"
            )
        return guard

    def text(self, language: str, trained: Mapping[str, Any]) -> TextOptions:
        """trained: the steps that the voice's own card says. Raises ConfigurationError for other entries."""
        if set(trained) - {"steps"}:
            raise ConfigurationError(
                f"the card of a voice may say 'steps' of its text, not {sorted(trained)}"
            )
        steps = trained.get("steps", ALL_STEPS) if self.steps is None else self.steps
        return TextOptions(language, self.code_blocks, self.emoji, "apart", frozenset(steps))


class LLMVoXVoice:
    """name: what it was loaded by. text: how text is prepared for it. Sample rates are in Hz."""

    def __init__(
        self,
        name: str,
        weights: Weights,
        card: VoiceCard,
        whole: Callable[[], Weights],
        *,
        device: str = "auto",
        precision: str = "auto",
        options: VoiceOptions | None = None,
    ) -> None:
        """whole: the weights again, with the codec's encoder; called at the first encode()."""
        options = options or VoiceOptions()
        self.name = name
        self.text = options.text(card.language, card.text)
        if card.sample_rate != WavTokenizer.sample_rate:
            raise ConfigurationError(
                f"{name}: its card says {card.sample_rate} Hz; the codec is one of 24000 Hz"
            )
        devices = devices_named(device)
        self.device, self.precision = devices[0], precision_named(precision, devices)
        self._whole = whole
        windows, sampling = options.windows, options.sampling
        self._guard = options.guard(len(weights.gpt["transformer.wpe.weight"]))
        longest = self._guard.longest
        replicas = apart(lambda: [replica_of(weights, where, self.precision, longest) for where in devices])
        self._replica = replicas[0]
        costs = Costs(*apart(lambda: measured(self._replica)), windows.again)
        self.engine = LLMVoXEngine(replicas, costs, windows=windows, guard=self._guard, sampling=sampling)

    @classmethod
    def from_checkpoints(
        cls,
        *,
        llmvox: str | Path,
        wavtokenizer: str | Path,
        text_encoder: str | Path,
        device: str = "auto",
        precision: str = "auto",
        **options: Any,
    ) -> LLMVoXVoice:
        """From the files as released; text_encoder is a file of the T5 model, or its directory.

        options: see VoiceOptions. Raises CheckpointError, ConfigurationError, VoiceError.
        """
        files = Released(Path(llmvox), Path(wavtokenizer), Path(text_encoder))
        return cls(
            str(llmvox),
            apart(lambda: read_released(files)),
            VoiceCard(),
            lambda: read_released(files),
            device=device,
            precision=precision,
            options=VoiceOptions(**options),
        )

    @classmethod
    def from_folder(
        cls,
        folder: Path,
        *,
        name: str | None = None,
        device: str = "auto",
        precision: str = "auto",
        **options: Any,
    ) -> LLMVoXVoice:
        """From a directory of checkpoints: a compact copy, or the files as released. Raises as above."""
        weights, card = apart(lambda: read_folder(folder))
        return cls(
            name or str(folder),
            weights,
            card,
            lambda: read_folder(folder, encoder=True)[0],
            device=device,
            precision=precision,
            options=VoiceOptions(**options),
        )

    @property
    def sample_rate(self) -> int:
        return self._replica.codec.sample_rate

    def utterance(self) -> LLMVoXUtterance:
        return self.engine.utterance()

    def codes(self, text: str, limit: int | None = None, *, ignore_eoa: bool = False) -> list[int]:
        """The greedy codes of a sentence's text as it stands, one each 1/75 s.

        limit: of codes; None is what is granted to a text of that length. Ends before it where the model says
        so, unless ignore_eoa, which then needs a limit.
        """
        sentence, replica = Sentence(), self._replica
        for word in text.split(" "):
            sentence.write(word)
        sentence.close()
        most = self._guard.most_codes(sentence.text_bytes) if limit is None else limit
        generator = Generator(replica.stepper, ignore_end=ignore_eoa)
        if not generator.admit(sentence):
            raise VoiceError("all places of the device are taken by streams: try again later")

        def step_to_the_end() -> list[int]:
            while not sentence.ended and len(sentence.codes) < most:
                generator.step([sentence])
            return sentence.codes

        return apart(step_to_the_end)

    def decode(self, codes: Sequence[int]) -> Samples:
        """(T,) codes, all at once → (320 · T,) samples, float32."""
        most = self._replica.codec.config.codebook_size
        for code in codes:
            if not 0 <= code < most:
                raise ConfigurationError(f"a code is a whole number from 0 to {most - 1}, not {code!r}")
        return apart(lambda: self._replica.decode(list(codes))) if len(codes) else np.zeros(0, np.float32)

    def encode(self, samples: Samples) -> list[int]:
        """(N,) float32 samples at the voice's rate → a code for each 320, the last perhaps padded."""
        if samples.ndim != 1:
            raise ConfigurationError(f"samples to encode have one dimension, not the shape {samples.shape}")
        if not len(samples):
            return []
        return apart(lambda: self._encoded(torch.from_numpy(np.float32(samples))))

    @torch.inference_mode()
    def _encoded(self, samples: Tensor) -> list[int]:
        codes: list[int] = self._encoder.encode(samples[None])[0].tolist()
        return codes

    @cached_property
    def _encoder(self) -> WavTokenizer:
        return codec_of(self._whole(), encoder=True)
