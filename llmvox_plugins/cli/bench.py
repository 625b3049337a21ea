"""llmvox bench: how fast LLMVoX is on this machine, each figure beside a plain loop's."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..core.errors import ConfigurationError

if TYPE_CHECKING:
    import torch

    from ..core.model.precision import Precision

__all__ = ["bench"]

_SECTIONS = ("speed", "first-audio", "streams", "growth", "loading", "precisions", "joints")

ReportOption = Annotated[bool, typer.Option("--json", help="Print all figures as one JSON object.")]
PrecisionOption = Annotated[
    str, typer.Option(metavar="NAMES", help="Which to measure, of float32, bfloat16 and int8.")
]
DeviceOption = Annotated[str, typer.Option(metavar="NAME", help="Where: cpu, cuda or mps.")]
ThreadsOption = Annotated[int, typer.Option(metavar="N", min=1, help="Threads of the CPU to compute with.")]
VoiceOption = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="A folder of checkpoints.  [default: untrained, of the official sizes]"),
]
OnlyOption = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help=f"One of {', '.join(_SECTIONS)}; may be repeated.")
]
QuickOption = Annotated[bool, typer.Option("--quick", help="A few seconds, to see that it works.")]
PictureOption = Annotated[
    Path | None, typer.Option(metavar="FILE.svg", help="Draw the curves of joints and growth.")
]


def bench(
    as_json: ReportOption = False,
    precision: PrecisionOption = "float32,bfloat16,int8",
    device: DeviceOption = "cpu",
    threads: ThreadsOption = 2,
    voice: VoiceOption = None,
    only: OnlyOption = None,
    quick: QuickOption = False,
    picture: PictureOption = None,
) -> None:
    """Measure LLMVoX on this machine, each figure beside a plain loop's in the same run."""
    sections = [_section(name) for name in only or []]
    from ..bench.figures import measure
    from ..bench.picture import draw
    from ..bench.plan import QUICK, Plan
    from ..bench.setting import Setting
    from ..bench.tables import tables
    from ..core.voices.llmvox.devices import devices_named

    where = devices_named(device)[0]
    setting = Setting.of_voice(QUICK if quick else Plan(), _precisions(precision, where), where, voice)
    with _threads(threads), _progress() as tell:
        report = measure(setting, sections, tell)
    if picture:
        _write(picture, draw(report))
    typer.echo(json.dumps(report.to_json()) if as_json else tables(report))


def _section(name: str) -> str:
    if name.replace("_", "-") not in _SECTIONS:
        nearest = get_close_matches(name, _SECTIONS, n=1, cutoff=0)[0]
        raise ConfigurationError(
            f"--only knows {', '.join(_SECTIONS)}, not {name!r}; did you mean {nearest!r}?"
        )
    return name.replace("-", "_")


def _precisions(names: str, where: torch.device) -> Sequence[Precision]:
    from ..core.voices.llmvox.devices import precision_named

    return list(dict.fromkeys(precision_named(name.strip(), [where]) for name in names.split(",")))


@contextmanager
def _threads(count: int) -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """What is being done, on stderr, if it is a terminal; else a line for each."""
    from rich.console import Console

    console = Console(file=sys.stderr, highlight=False)
    if not console.is_terminal:
        yield lambda what: typer.echo(what, err=True)
        return
    with console.status("") as status:
        yield lambda what: status.update(what)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from error
