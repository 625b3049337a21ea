"""What a step costs as its sentence grows, beside the bytes that it must read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from ..core.model.cache import Past, bytes_of_past
from ..core.model.precision import Precision
from ..core.model.text_ids import PAD
from .clock import in_turns, timed
from .plain import PlainLoop
from .setting import Setting
from .speed import PLAIN
from .subject import Subject
from .weights import weight_bytes

__all__ = ["StepCost", "step_costs"]

_BYTES: dict[Precision, int] = {"float32": 4, "bfloat16": 2, "int8": 1}
_CODE = 7  # any
_COLD = 3  # steps of a turn that are not counted: another contestant's weights were in the caches


@dataclass(frozen=True, slots=True)
class StepCost:
    """best and median: ms of a step at that length.
    reads: bytes of weights and past. rate: GB/s of the best.
    """

    contestant: str
    length: int
    best: float
    median: float
    reads: int
    rate: float


def step_costs(setting: Setting) -> list[StepCost]:
    config, steps = setting.plain.config, setting.plan.steps
    costs: list[StepCost] = []
    for length in setting.plan.lengths:
        if length >= config.positions:
            continue
        contestants = {PLAIN: _plain_turn(setting.plain, length, steps)}
        contestants |= {name: _turn(subject, length, steps) for name, subject in setting.subjects.items()}
        for name, times in in_turns(contestants, setting.plan.rounds).items():
            each = 4 if name == PLAIN else _BYTES[setting.subjects[name].precision]  # type: ignore[index]
            reads = weight_bytes(config, each) + bytes_of_past(config, length)
            rate = reads / times.best / 1e9
            costs.append(StepCost(name, length, 1e3 * times.best, 1e3 * times.median, reads, rate))
    return costs


def _plain_turn(plain: PlainLoop, length: int, steps: int) -> Callable[[], list[float]]:
    def turn() -> list[float]:
        past = plain.past(length - 1)
        times = [timed(lambda: int(plain.step(PAD, _CODE, past).argmax())) for _ in range(_COLD + steps)]
        return times[_COLD:]

    return turn


def _turn(subject: Subject, length: int, steps: int) -> Callable[[], list[float]]:
    stepper = subject.replica.stepper

    def turn() -> list[float]:
        place = _place(subject, length - 1)
        step = torch.inference_mode()(lambda: int(stepper.step([place], [PAD], [_CODE]).argmax()))
        return [timed(step) for _ in range(_COLD + steps)][_COLD:]

    return turn


@torch.inference_mode()
def _place(subject: Subject, length: int) -> object:
    """A sentence's memory of so many steps, which hold nothing sensible where they need not be made."""
    stepper = subject.replica.stepper
    place = stepper.open()
    if not isinstance(place, Past):
        for _ in range(length):
            stepper.step([place], [PAD], [_CODE])
        return place
    while place.room <= length:
        place.length = place.room
        place.ensure_room()
    for rows in place.rows:
        rows.normal_()
    place.length = length
    return place
