"""The whole model on one device, ready to run, and what a step and a window cost on it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...audio import Samples
from ...checkpoints.weights import Weights
from ...errors import VoiceError
from ...model.gpt import GPT, GPTConfig
from ...model.graph import GraphStepper
from ...model.llmvox import LLMVoX
from ...model.precision import Precision, convert_linears
from ...model.stepper import EagerStepper, Stepper
from ...model.wavtokenizer import CODEBOOK, CodecConfig, WavTokenizer

__all__ = ["Replica", "codec_of", "measured", "replica_of", "trouble"]

_SLOTS = 64  # sentences at the same time on a GPU


@dataclass(frozen=True)
class Replica:
    model: LLMVoX
    stepper: Stepper[Any]
    codec: WavTokenizer
    device: torch.device

    @torch.inference_mode()
    def decode(self, codes: Sequence[int]) -> Samples:
        """(T,) codes → (T · hop,) samples, float32, not clipped."""
        samples: NDArray[np.float32] = (
            self.codec.decode(torch.tensor([codes], device=self.device))[0].cpu().numpy()
        )
        return samples


def replica_of(weights: Weights, device: torch.device, precision: Precision, longest: int) -> Replica:
    """longest: codes of the longest sentence. Raises VoiceError where the device has too little memory."""
    try:
        model = _model(weights).to(device)
        convert_linears(model.gpt, precision)
        codec = codec_of(weights, encoder=False).to(device).prepare(precision)
        return Replica(model, _stepper(model, device, precision, longest), codec, device)
    except (RuntimeError, MemoryError) as error:
        raise trouble(error, device) from error


def _stepper(model: LLMVoX, device: torch.device, precision: Precision, longest: int) -> Stepper[Any]:
    if device.type != "cuda":
        return EagerStepper(model)
    return GraphStepper(model, _SLOTS, longest, torch.float32 if precision == "float32" else torch.bfloat16)


def _model(weights: Weights) -> LLMVoX:
    with torch.device("meta"):
        gpt = GPT(GPTConfig.of({name: tensor.shape for name, tensor in weights.gpt.items()}, weights.heads))
    gpt.load_state_dict(weights.gpt, assign=True)
    return LLMVoX(gpt, weights.text, weights.codec[CODEBOOK]).requires_grad_(False).eval()


def codec_of(weights: Weights, *, encoder: bool) -> WavTokenizer:
    """float32, as it was trained."""
    with torch.device("meta"):
        codec = WavTokenizer(
            CodecConfig.of({name: tensor.shape for name, tensor in weights.codec.items()}), encoder=encoder
        )
    wanted = codec.state_dict().keys()
    codec.load_state_dict({name: weights.codec[name] for name in wanted}, assign=True)
    return codec.requires_grad_(False).eval()


def trouble(error: Exception, device: torch.device) -> VoiceError:
    """PyTorch's error as one that says what to do."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "allocate memory" in str(error):
        return VoiceError(
            f"there is too little memory for LLMVoX on {device}. It takes about 1 GB, and 2 MB for each"
            " second of a sentence in the making; bfloat16 and int8 take less, and so do fewer streams"
        )
    return VoiceError(f"LLMVoX failed on {device}: {error}")


_USUAL = 300  # steps that a sentence remembers, on the whole
_TRIES = 3
Points = tuple[tuple[int, float], tuple[int, float]]


def measured(replica: Replica) -> tuple[Points, Points]:
    """Seconds of a step of 1 and of 8 sentences, and of decoding 24 and 120 codes. It also warms all up."""
    one, eight = (_quickest(_steps(replica, batch)) for batch in (1, 8))
    less, more = (_quickest(partial(replica.decode, [0] * frames)) for frames in (24, 120))
    return ((1, one), (8, eight)), ((24, less), (120, more))


def _steps(replica: Replica, batch: int) -> Callable[[], object]:
    """A step of so many sentences that are half made."""
    places = [place for _ in range(batch) if (place := replica.stepper.open()) is not None]
    for place in places:
        place.pretend(min(_USUAL, replica.model.gpt.config.positions // 2))

    @torch.inference_mode()
    def step() -> None:
        replica.stepper.step(places, [0] * len(places), [0] * len(places)).argmax(-1).tolist()

    return step


def _quickest(work: Callable[[], object]) -> float:
    """The least of some: the first is never like the others, and other work may spoil some."""
    seconds = []
    for _ in range(_TRIES):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)
