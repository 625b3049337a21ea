"""Turns this process into a program that is heard. What cannot work is told before the program begins."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn, get_args

from ...core.checkpoints.config import is_compact
from ...core.errors import ConfigurationError, LLMVoxError
from ...core.narrator import Turns
from ...core.sinks import open_sink
from ...core.sinks.file import SUFFIXES
from ...core.voices import load_voice
from ...core.voices.catalog import OFFICIAL
from ...settings import Settings
from .program import resolve
from .start import STARTUP

__all__ = ["environment_of", "launch"]

HAS_EXEC = os.name != "nt"  # there, it would return to the shell at once


def launch(
    words: Sequence[str],
    voice: str | None = None,
    to: str | None = None,
    turns: str | None = None,
    force_streaming: bool | None = None,
) -> NoReturn:
    """Become the program. Where there is no exec, run it, and exit as it does.

    words: as `program.resolve` takes them.
    voice, to, turns, force_streaming: as `Settings` takes them; None is what LLMVOX_VOICE and so on say.
    Raises ConfigurationError.
    """
    file, arguments = resolve(words)
    default = Settings.load()
    settings = replace(
        default,
        voice=voice or default.voice,
        to=to or default.to,
        turns=turns or default.turns,
        force_streaming=default.force_streaming if force_streaming is None else force_streaming,
    )
    environment = environment_of(settings)
    if not HAS_EXEC:
        sys.exit(subprocess.call(arguments, executable=file, env=environment))
    try:
        os.execve(file, arguments, environment)
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be run: {error.strerror}") from error


def environment_of(settings: Settings) -> dict[str, str]:
    """The program's environment. Raises ConfigurationError for what cannot be used."""
    if settings.turns not in get_args(Turns):
        raise ConfigurationError(f"turns is one of {', '.join(get_args(Turns))}, not {settings.turns!r}")
    try:
        _check_place(settings.to)
        _check_voice(settings.voice)
    except ConfigurationError:
        raise
    except LLMVoxError as error:  # a package that is missing, a device
        raise ConfigurationError(str(error)) from error
    return {
        **os.environ,
        **{name: _absolute(path) for name, path in os.environ.items() if name == "LLMVOX_CONFIG" and path},
        "LLMVOX_VOICE": _absolute(settings.voice) if _is_folder(settings.voice) else settings.voice,
        "LLMVOX_TO": settings.to if settings.to == "speaker" else _absolute(settings.to),
        "LLMVOX_TURNS": settings.turns,
        "LLMVOX_FORCE_STREAMING": str(int(settings.force_streaming)),
        "LLMVOX_RUN": str(os.getpid()),  # that of the program, too, where there is exec
        "PYTHONPATH": _with_startup(os.environ.get("PYTHONPATH", "")),
    }


def _check_place(to: str) -> None:
    """Leaves no file behind: a program that says nothing makes none."""
    if to == "speaker":
        open_sink(to).close()
        return
    path = Path(to)
    if path.suffix.lower() not in (".wav", *SUFFIXES):
        known = ", ".join([".wav", *SUFFIXES])
        raise ConfigurationError(f'audio goes to "speaker" or to a path that ends in {known}, not to {to}')
    place = path if path.exists() else path.parent
    if path.is_dir() or not path.parent.is_dir() or not os.access(place, os.W_OK):
        raise ConfigurationError(f"cannot write to {to}")


def _check_voice(name: str) -> None:
    """Loads none that takes its time to load."""
    folder = Path(name).expanduser()
    is_checkpoints = _is_folder(name) and (is_compact(folder) or any(folder.glob("*.pt")))
    if not is_checkpoints and name.lower() != OFFICIAL:
        load_voice(name)


def _is_folder(name: str) -> bool:
    return Path(name).expanduser().is_dir()


def _absolute(path: str) -> str:
    """The program may go to another directory before it speaks."""
    return str(Path(path).expanduser().absolute())


def _with_startup(places: str) -> str:
    others = [place for place in places.split(os.pathsep) if place and Path(place) != STARTUP]
    return os.pathsep.join([str(STARTUP), *others])
