"""What is heard where windows meet: the error against decoding a sentence whole, near joints and elsewhere.

Windows grow as they do for a listener: each has so many codes that were not given out before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, product, repeat

import numpy as np
import torch
from numpy.typing import NDArray

from ..core.audio import Samples
from ..core.voices.llmvox.replica import codec_of
from ..core.voices.llmvox.window import Windows, WindowSizes
from .clock import Times, timed
from .setting import Setting

__all__ = ["Joint", "Joints", "joints"]

_NEAR = 0.02  # s to both sides of a joint
_FLOOR = -200.0  # dB
_EARLY = 3  # joints of small windows, which have little before them to hear
_MEASURED = 16  # codes of the window whose cost is given
_KNEE = 1.0  # dB that a longer context must gain to be worth its cost

Decode = Callable[[Sequence[int]], Samples]


@dataclass(frozen=True, slots=True)
class Joint:
    """near, elsewhere: error in dB against the signal, within 20 ms of joints and not.
    late: near all but the first three joints, where windows are no longer small; None if there are no others.
    decoded: codes that were decoded for each that was heard.
    cost: ms to decode 16 codes with this context, at the quickest precision; None for what is only compared.
    """

    way: str
    context: int
    unsettled: int
    fade: int
    near: float
    late: float | None
    elsewhere: float
    decoded: float
    cost: float | None


@dataclass(frozen=True, slots=True)
class Joints:
    """default: the sizes in use; advised: those that the curve speaks for."""

    rows: list[Joint]
    default: tuple[int, int, int]
    advised: tuple[int, int, int]


def joints(setting: Setting) -> Joints:
    codec = codec_of(setting.weights, encoder=False).prepare("float32")
    counter = _Counter(torch.inference_mode()(lambda codes: codec.decode(torch.tensor([codes]))[0].numpy()))
    study = _Study(setting.speech, codec.hop, counter, setting.plan.sizes)
    usual = WindowSizes()
    costs = {context: _cost(setting, context) for context in setting.plan.contexts}
    rows = [study.alone()]
    for context in setting.plan.contexts:
        fades = setting.plan.fades if context == usual.context else setting.plan.fades[:1]
        for unsettled, fade in product(setting.plan.unsettled, fades):
            sizes = replace(usual, context=context, unsettled=unsettled, fade=fade)
            rows.append(study.windows(sizes, costs[context]))
    return Joints(rows, (usual.context, usual.unsettled, usual.fade), advised(rows[1:]))


def advised(rows: Sequence[Joint]) -> tuple[int, int, int]:
    """The least context, then the fewest codes held back, of those within 1 dB of the least error."""
    least = min(row.near for row in rows)
    good = [row for row in rows if row.near <= least + _KNEE]
    best = min(good, key=lambda row: (row.context, row.unsettled + row.fade, row.near))
    return best.context, best.unsettled, best.fade


def _cost(setting: Setting, context: int) -> float:
    decode = setting.quickest.replica.decode
    codes = (setting.speech * 2)[: context + _MEASURED]
    decode(codes)
    return 1e3 * Times.of(timed(lambda: decode(codes)) for _ in range(max(3, setting.plan.rounds))).best


class _Counter:
    """Decodes, and counts how much."""

    def __init__(self, decode: Decode) -> None:
        self._decode, self.codes = decode, 0

    def __call__(self, codes: Sequence[int]) -> Samples:
        self.codes += len(codes)
        return self._decode(codes)


class _Study:
    """One sentence, decoded in several ways. sizes: of its windows."""

    def __init__(self, codes: Sequence[int], hop: int, decode: _Counter, sizes: Sequence[int]) -> None:
        self._codes, self._hop, self._decode, self._sizes = codes, hop, decode, sizes
        self._whole = decode(codes)

    def alone(self) -> Joint:
        """Chunks decoded alone, as the released server does."""
        self._decode.codes = 0
        parts, ends = [], []
        for begin, end in self._chunks():
            parts.append(self._decode(self._codes[begin:end]))
            ends.append(end)
        return self._joint("alone", (0, 0, 0), parts, ends, None)

    def _chunks(self) -> Iterator[tuple[int, int]]:
        begin = 0
        for size in self._endless_sizes():
            end = min(len(self._codes), begin + size)
            yield begin, end
            if end == len(self._codes):
                return
            begin = end

    def windows(self, sizes: WindowSizes, cost: float) -> Joint:
        self._decode.codes = 0
        windows = Windows(sizes, self._hop, self._decode)
        parts, ends = [], []
        for size in self._endless_sizes():
            count = min(len(self._codes), windows.done + size)
            parts.append(windows.next(self._codes[:count], last=count == len(self._codes)))
            ends.append(windows.done)
            if count == len(self._codes):
                break
        return self._joint("ours", (sizes.context, sizes.unsettled, sizes.fade), parts, ends, cost)

    def _endless_sizes(self) -> Iterator[int]:
        return chain(self._sizes, repeat(self._sizes[-1]))

    def _joint(
        self,
        way: str,
        sizes: tuple[int, int, int],
        parts: Sequence[Samples],
        ends: Sequence[int],
        cost: float | None,
    ) -> Joint:
        decoded = self._decode.codes / len(self._codes)
        audio, places = np.concatenate(parts), [end * self._hop for end in ends[:-1]]
        near, late = self._near(places), self._near(places[_EARLY:])
        return Joint(
            way,
            *sizes,
            _level(self._whole, audio, near),
            _level(self._whole, audio, late) if late.any() else None,
            _level(self._whole, audio, ~near),
            decoded,
            cost,
        )

    def _near(self, places: Sequence[int]) -> NDArray[np.bool_]:
        near = np.zeros(len(self._whole), bool)
        reach = round(_NEAR * 24_000)
        for place in places:
            near[max(0, place - reach) : place + reach] = True
        return near


def _level(whole: Samples, audio: Samples, where: NDArray[np.bool_]) -> float:
    error = float(np.square(np.float64(audio[where]) - whole[where]).sum())
    signal = float(np.square(np.float64(whole[where])).sum())
    if not error or not signal:
        return _FLOOR
    return max(_FLOOR, 10 * float(np.log10(error / signal)))
