"""What a command line means: a Python program, in the manner of `python`, or a command."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from ...core.errors import ConfigurationError

__all__ = ["resolve"]

_PYTHON = (".py", ".pyw", ".pyz", ".zip")


def resolve(words: Sequence[str]) -> tuple[str, list[str]]:
    """The file to be executed, and its arguments, the first of which is its own name.

    words: a script, a directory or a zip file with a __main__, `-m module`, `-c code`, or a command on the
        PATH; then arguments. Raises ConfigurationError if it is none of them.
    """
    first = words[0]
    if first.startswith(("-m", "-c")) or _is_python(Path(first)):
        return sys.executable, [sys.executable, *words]
    command = shutil.which(first)
    if command is not None:
        return command, list(words)
    if Path(first).is_file():  # a script of any name
        return sys.executable, [sys.executable, *words]
    raise ConfigurationError(f"there is no {first}: neither a Python program nor a command")


def _is_python(path: Path) -> bool:
    return (path.suffix in _PYTHON and path.is_file()) or (path / "__main__.py").is_file()
