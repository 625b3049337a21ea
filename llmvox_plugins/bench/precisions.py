"""How far each precision departs from float32: in the codes it chooses, and in the audio they become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ..core.audio import Samples
from ..core.model.llmvox import START
from ..core.model.precision import Precision
from ..core.model.text_ids import PAD, sentence_ids
from .setting import Setting
from .subject import Subject
from .texts import sentences

__all__ = ["Departure", "departures", "log_spectral_distance", "signal_to_noise"]

_FRAME, _HOP = 1024, 256
_SILENCE = 1e-8  # power of a bin below which nothing is heard


@dataclass(frozen=True, slots=True)
class Departure:
    """positions: of the plain loop's own greedy codes, which are fed to each.
    agreement: share of them at which the likeliest code is the same; in_company: if all sentences are stepped
        as one batch of `company`.
    distance: log-spectral, dB, of the same codes' audio. noise: signal to noise of it, dB.
    """

    precision: Precision
    positions: int
    agreement: float
    in_company: float
    company: int
    distance: float
    noise: float


def departures(setting: Setting) -> list[Departure]:
    company = setting.plan.company
    texts = sentences(company)
    codes = [list(setting.plain.codes(text, setting.plan.positions // company)) for text in texts]
    reference = setting.plain.decode(setting.speech)
    return [
        _departure(subject, texts, codes, setting.speech, reference) for subject in setting.subjects.values()
    ]


def _departure(
    subject: Subject,
    texts: Sequence[str],
    codes: Sequence[Sequence[int]],
    speech: Sequence[int],
    reference: Samples,
) -> Departure:
    alone = [_agreeing(subject, [text], [own]) for text, own in zip(texts, codes, strict=True)]
    positions = sum(map(len, codes))
    audio = subject.replica.decode(speech)
    return Departure(
        subject.precision,
        positions,
        sum(alone) / positions,
        _agreeing(subject, texts, codes) / positions,
        len(texts),
        log_spectral_distance(reference, audio),
        signal_to_noise(reference, audio),
    )


@torch.inference_mode()
def _agreeing(subject: Subject, texts: Sequence[str], codes: Sequence[Sequence[int]]) -> int:
    """At how many positions the likeliest code is the given one; the sentences are stepped together."""
    stepper = subject.replica.stepper
    places = [stepper.open() for _ in texts]
    ids = [sentence_ids(text) for text in texts]
    agreeing = 0
    for step in range(min(map(len, codes))):
        text = [own[step] if step < len(own) else PAD for own in ids]
        before = [own[step - 1] if step else START for own in codes]
        chosen = stepper.step(places, text, before).argmax(-1).tolist()
        agreeing += sum(code == own[step] for code, own in zip(chosen, codes, strict=True))
    return agreeing


def signal_to_noise(reference: Samples, audio: Samples) -> float:
    """dB; 200 where there is no difference to speak of."""
    noise = float(np.square(np.float64(audio) - reference).sum())
    signal = float(np.square(np.float64(reference)).sum())
    return 10 * float(np.log10(max(signal, 1e-20) / max(noise, signal * 1e-20, 1e-40)))


def log_spectral_distance(reference: Samples, audio: Samples) -> float:
    """dB: the root mean square over frequencies of the levels' differences, its mean over frames."""
    levels = [10 * np.log10(np.maximum(_powers(samples), _SILENCE)) for samples in (reference, audio)]
    return float(np.sqrt(np.square(levels[0] - levels[1]).mean(1)).mean())


def _powers(samples: Samples) -> NDArray[np.float64]:
    """(N,) → (frames, bins)."""
    padded = np.pad(samples, (0, max(0, _FRAME - len(samples))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[::_HOP]
    return np.square(np.abs(np.fft.rfft(frames * np.hanning(_FRAME))))
