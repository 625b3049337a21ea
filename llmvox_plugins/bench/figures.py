"""All figures of a run as one report."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field
from typing import Any

from ..core.model.apart import apart
from .first_audio import FirstAudio, first_audio
from .growth import StepCost, step_costs
from .joints import Joints, joints
from .loading import Load, loads
from .precisions import Departure, departures
from .setting import Machine, Setting
from .speed import Speed, speeds
from .streams import Held, held

__all__ = ["SECTIONS", "Report", "measure"]

SECTIONS = ("speed", "first_audio", "growth", "precisions", "joints", "loading", "streams")


@dataclass(slots=True)
class Report:
    """Sections that were left out are empty. trained: whether the weights are a voice's own."""

    machine: Machine
    measured: tuple[str, ...]
    trained: bool
    speed: list[Speed] = field(default_factory=list)
    first_audio: list[FirstAudio] = field(default_factory=list)
    streams: list[Held] = field(default_factory=list)
    growth: list[StepCost] = field(default_factory=list)
    loading: list[Load] = field(default_factory=list)
    precisions: list[Departure] = field(default_factory=list)
    joints: Joints | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def measure(
    setting: Setting, only: Collection[str] = (), tell: Callable[[str], None] = lambda _: None
) -> Report:
    """only: names of sections; none are all. tell: is told what is being done."""
    report = Report(setting.machine, setting.precisions, setting.trained)
    makers: dict[str, Callable[[], Any]] = {
        "speed": lambda: apart(lambda: speeds(setting)),
        "first_audio": lambda: first_audio(setting),
        "growth": lambda: apart(lambda: step_costs(setting)),
        "precisions": lambda: apart(lambda: departures(setting)),
        "joints": lambda: apart(lambda: joints(setting)),
        "loading": lambda: loads(setting),
        "streams": lambda: held(setting, tell),
    }
    tell("making the voices")
    for name, make in makers.items():
        if not only or name in only:
            tell(name.replace("_", " "))
            setattr(report, name, make())
    return report
