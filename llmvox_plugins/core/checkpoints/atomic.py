"""Folders that appear whole or not at all, though processes die and several make the same one."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

__all__ = ["put", "unfinished", "write_through"]

_ABANDONED = 24 * 3600.0  # seconds after which what was left unfinished is nobody's any more
_TRIES = 10
_OCCUPIED = (errno.ENOTEMPTY, errno.EEXIST)


@contextlib.contextmanager
def unfinished(folder: Path) -> Iterator[Path]:
    """A new folder beside `folder`, of this process alone; whatever is in it at the end goes."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    for old in folder.parent.glob(f".{glob.escape(folder.name)}.*.unfinished"):
        with contextlib.suppress(OSError):
            if time.time() - old.stat().st_mtime > _ABANDONED:
                shutil.rmtree(old)
    own = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}.unfinished")
    own.mkdir()
    try:
        yield own
    finally:
        shutil.rmtree(own, ignore_errors=True)


def put(made: Path, folder: Path, keep: Callable[[Path], bool]) -> None:
    """Rename `made` to `folder`, in place of one that is there unless that is to be kept. Raises OSError."""
    for attempt in range(_TRIES):
        if keep(folder):
            return
        with unfinished(folder) as aside:
            with contextlib.suppress(FileNotFoundError):
                folder.rename(aside / folder.name)
            try:
                made.rename(folder)
                return
            except OSError as error:
                # Another process was quicker; its copy is as good, but which is newer nobody knows.
                if error.errno not in _OCCUPIED or attempt == _TRIES - 1:
                    raise


def write_through(path: Path) -> None:
    """Have a file on the disk before its folder gets its name. Raises OSError."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
