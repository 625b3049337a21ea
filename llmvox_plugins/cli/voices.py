"""llmvox voices: which voices there are, and how to get those that are made of weights."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..core.errors import ConfigurationError
from .app import is_terminal

if TYPE_CHECKING:
    from ..core.voices import VoiceInfo

__all__ = ["voices"]

OFFICIAL = "llmvox"

LanguageOption = Annotated[
    str | None,
    typer.Option(
        metavar="TAG", help="Only those that speak it: de, or pt-br. With --convert, what it speaks."
    ),
]
ArrayOption = Annotated[bool, typer.Option("--json", help="Print a JSON array.")]
DownloadOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Download a voice, or its newest version: llmvox.")
]
RevisionOption = Annotated[
    str | None,
    typer.Option(
        metavar="R", help="With --download: a branch, tag or commit.  [default: LLMVOX_REVISION, or main]"
    ),
]
ConvertOption = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Make a compact copy of a folder of checkpoints, which loads quickly."),
]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="DIR", help="With --convert: where to.  [default: DIR/compact]"),
]


def voices(
    language: LanguageOption = None,
    as_json: ArrayOption = False,
    download: DownloadOption = None,
    revision: RevisionOption = None,
    convert: ConvertOption = None,
    output: OutputOption = None,
) -> None:
    """List the voices, download one, or make a compact copy of one."""
    _check_belongs("--revision", revision, "--download", download)
    _check_belongs("--output", output, "--convert", convert)
    if download is not None and convert is not None:
        raise ConfigurationError("--download and --convert are two things: do one after the other")
    if download is not None:
        _download(download, revision)
    elif convert is not None:
        _convert(convert, output or convert / "compact", language)
    else:
        _list(language, as_json)


def _check_belongs(option: str, value: object, other: str, needed: object) -> None:
    if value is not None and needed is None:
        raise ConfigurationError(f"{option} goes with {other}")


def _download(name: str, revision: str | None) -> None:
    if name.strip().lower() != OFFICIAL:
        raise ConfigurationError(f"only the voice {OFFICIAL!r} can be downloaded, not {name!r}")
    from ..core.checkpoints.hub import official

    folder = official(revision, update=True)
    typer.echo(f"{OFFICIAL} is in {folder}")
    _show_use(OFFICIAL if revision is None else folder)


def _convert(folder: Path, output: Path, language: str | None) -> None:
    from ..core.checkpoints.card import VoiceCard
    from ..core.checkpoints.convert import convert
    from ..core.checkpoints.folder import find_released, sources_of

    files = find_released(folder)
    convert(files, output, VoiceCard(language=language or "en", sources=sources_of(files)))
    typer.echo(f"the compact copy is in {output}")
    _show_use(output)


def _show_use(voice: str | Path) -> None:
    typer.echo(f'to hear it: llmvox say --voice {voice} "Hello."')


def _list(language: str | None, as_json: bool) -> None:
    from ..core.voices import list_voices

    known = list_voices()
    found = [voice for voice in known if language is None or _speaks(voice.language, language)]
    if as_json:
        typer.echo(json.dumps([asdict(voice) for voice in found], indent=2))
    elif is_terminal(sys.stdout):
        _show_table(found)
    else:
        for voice in found:
            typer.echo(f"{voice.name}\t{voice.language}\t{voice.description}")
    if not any(voice.name.startswith("espeak") for voice in known):
        typer.echo('llmvox: a hundred languages more: pip install "llmvox-plugins[espeak]"', err=True)


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
