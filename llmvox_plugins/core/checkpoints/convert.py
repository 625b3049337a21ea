"""Released files into a compact copy, with a line on a terminal that shows how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .card import VoiceCard
from .compact import write_compact
from .released import Released, read_released

__all__ = ["convert"]


def convert(files: Released, folder: Path, card: VoiceCard, *, keep: bool = False) -> None:
    """Read, check and write; see `write_compact`. Raises CheckpointError."""
    with _shown() as tell:
        tell(f"reading {files.llmvox.name}, {files.wavtokenizer.name} and {files.text_encoder.name}")
        weights = read_released(files)
        tell(f"writing {folder}")
        write_compact(weights, folder, card, keep=keep)


@contextmanager
def _shown() -> Iterator[Callable[[str], None]]:
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None)
        yield lambda step: progress.update(task, description=step)
