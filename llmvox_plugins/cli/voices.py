"""llmvox voices: which voices there are."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from ..core.errors import MissingDependencyError
from .app import is_terminal

if TYPE_CHECKING:
    from ..core.voices import VoiceInfo

__all__ = ["voices"]

LanguageOption = Annotated[
    str | None, typer.Option(metavar="TAG", help="Only those that speak it: de, or pt-br.")
]
ArrayOption = Annotated[bool, typer.Option("--json", help="Print a JSON array.")]


def voices(language: LanguageOption = None, as_json: ArrayOption = False) -> None:
    """List the voices."""
    from ..core.voices import list_voices

    known = list_voices()
    found = [voice for voice in known if language is None or _speaks(voice.language, language)]
    if as_json:
        typer.echo(json.dumps([asdict(voice) for voice in found], indent=2))
    elif not known:
        raise MissingDependencyError('no voice is installed: pip install "llmvox-plugins[espeak]"')
    elif is_terminal(sys.stdout):
        _show_table(found)
    else:
        for voice in found:
            typer.echo(f"{voice.name}\t{voice.language}\t{voice.description}")


def _speaks(tag: str, language: str) -> bool:
    """Whether a voice for `tag` speaks `language`: de-at is de, and de is not de-at."""
    wanted = language.lower().replace("_", "-")
    return f"{tag.lower()}-".startswith(f"{wanted}-")


def _show_table(found: list[VoiceInfo]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("Voice", "Language", "Description", box=None)
    for voice in found:
        table.add_row(voice.name, voice.language, voice.description)
    Console(markup=False, highlight=False).print(table)
