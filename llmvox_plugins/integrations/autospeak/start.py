"""Starts the companion of this process.

It is not a child of the program, which may wait for its children, but stands in its process group, so that it
hears the terminal's Ctrl-C itself.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

__all__ = ["STARTUP", "companion_environment", "own_place", "start_companion"]

STARTUP = Path(__file__).with_name("startup")
_PACKAGE = Path(__file__).parents[3]
_MAIN = (
    "import sys; sys.path[:] = [*filter(None, sys.path), sys.argv.pop()]; "
    "from llmvox_plugins.integrations.autospeak.companion import main; main()"
)
_IN_BACKGROUND = (
    'exec 3<&0; "$@" <&3 3<&- &'  # a shell's background job is nobody's child once the shell is gone
)


def start_companion(theirs: socket.socket) -> None:
    """theirs: its end of the line, which becomes its standard input. Raises OSError.

    Works also while the interpreter ends, when there can be no new threads.
    """
    if not sys.executable:
        raise OSError("there is no Python interpreter to speak in")
    command = [sys.executable, "-W", "ignore", "-c", _MAIN, str(_PACKAGE)]
    if os.name == "nt":
        _start_on_windows(command, theirs)
        return
    try:
        shell = _spawn("/bin/sh", ["sh", "-c", _IN_BACKGROUND, "sh", *command], theirs)
    except FileNotFoundError:
        _spawn(sys.executable, command, theirs)
        return
    with suppress(ChildProcessError):  # a program that waits for every child may have been faster
        os.waitpid(shell, 0)


def companion_environment() -> dict[str, str]:
    """This process's own, but the companion is an ordinary Python, and speaks where this process is to."""
    environment = dict(os.environ, LLMVOX_RUN="0", LLMVOX_TO=own_place(os.environ))
    places = environment.get("PYTHONPATH", "").split(os.pathsep)
    environment["PYTHONPATH"] = os.pathsep.join(place for place in places if Path(place) != STARTUP)
    environment.pop("PYTHONINSPECT", None)  # it would go on reading our messages as its program
    return environment


def own_place(environment: Mapping[str, str]) -> str:
    """Where this process speaks: a recording is the first process's, and those of others lie beside it."""
    place = environment.get("LLMVOX_TO", "speaker")
    if place == "speaker" or environment.get("LLMVOX_RUN") == str(os.getpid()):
        return place
    path = Path(place)
    return str(path.with_name(f"{path.stem}.{os.getpid()}{path.suffix}"))


def _spawn(path: str, command: list[str], theirs: socket.socket) -> int:
    return os.posix_spawn(
        path,
        command,
        companion_environment(),
        file_actions=[
            (os.POSIX_SPAWN_DUP2, theirs.fileno(), 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        ],
        setsigmask=[],
    )


def _start_on_windows(command: list[str], theirs: socket.socket) -> None:
    with subprocess.Popen(
        command, env=companion_environment(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as process:
        assert process.stdin is not None
        process.stdin.write(theirs.share(process.pid))  # type: ignore[attr-defined]
