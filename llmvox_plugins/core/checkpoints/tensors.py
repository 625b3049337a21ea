"""One file of weights, read safely: what it is, is told by its first bytes and not by its name.

A pickle is only ever read by torch's `weights_only` unpickler, which builds tensors and plain containers and
refuses the rest.
"""

from __future__ import annotations

import json
import pickle
import pickletools
import re
import struct
import zipfile
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from ..errors import CheckpointError

__all__ = ["BARE", "read_tensors"]

BARE = ""
"""The name of a tensor that a file holds alone, without a name."""

_HEAD = 512  # bytes that tell what a file is
_PROTOCOL = b"\x80\x02"  # how torch.save pickles
_STRANGERS = [
    (rb"version https://git-lfs", "is a Git LFS pointer, not the file itself: `git lfs pull` fetches it"),
    (rb"<(!doctype|html|\?xml|head|body)", "is a web page, not weights: download the file itself"),
    (rb"[{\[]", "is JSON, not weights"),
    (rb"GGUF", "is GGUF, which is of no use here: a .pt, .ckpt, .bin or .safetensors file is wanted"),
    (rb"\x1f\x8b|BZh|\xfd7zXZ|7z|Rar!|\x28\xb5\x2f\xfd", "is a compressed archive: unpack it first"),
]
_BROKEN = (RuntimeError, EOFError, ValueError, KeyError, IndexError, TypeError, AttributeError, struct.error)


def read_tensors(path: Path) -> dict[str, Any]:
    """What a .safetensors file holds, or one that torch.save wrote; tensors are mapped where possible.

    A single tensor without a name is {BARE: tensor}. Raises CheckpointError: not there, empty, cut short,
    damaged, of a wrong kind, or with code in it, which is not run.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise CheckpointError(f"{path}: {_unreadable(path, error)}") from error
    if not head:
        raise CheckpointError(f"{path} is empty")
    if head[4:9] == b"\0\0\0\0{":  # a header's length, less than 4 GiB, and its begin
        return _read_safetensors(path, head)
    if head.startswith(b"PK\x03\x04"):
        return _container(path, _read_zip(path))
    if head.startswith(b"\x80"):
        return _container(path, _read_pickle(path, head))
    raise CheckpointError(f"{path} {_stranger(head)}")


def _unreadable(path: Path, error: OSError) -> str:
    if path.is_dir():
        return "this is a directory; a file of weights is wanted"
    return "no such file" if isinstance(error, FileNotFoundError) else str(error.strerror or error)


def _stranger(head: bytes) -> str:
    text = head.lstrip()
    for pattern, said in _STRANGERS:
        if re.match(pattern, text, re.IGNORECASE):
            return said
    return "is not a file of weights: neither .safetensors nor written by torch.save"


def _read_safetensors(path: Path, head: bytes) -> dict[str, Any]:
    try:
        return dict(load_file(path))
    except SafetensorError as error:
        if path.stat().st_size < _promised(path, head):
            raise CheckpointError(_cut_short(path)) from error
        raise CheckpointError(f"{path} is damaged, or no .safetensors file: {error}") from error


def _promised(path: Path, head: bytes) -> int:
    """How long the header says that the file is; 0 if there is no sense in it."""
    begin = 8 + int.from_bytes(head[:8], "little")
    if begin > path.stat().st_size:
        return begin
    try:
        with path.open("rb") as file:
            header = json.loads(file.read(begin)[8:])
        ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return 0
    return begin + max(ends, default=0)


def _read_zip(path: Path) -> object:
    if not zipfile.is_zipfile(path):  # its directory is at its end
        raise CheckpointError(_cut_short(path))
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.partition("/")[2] for name in archive.namelist()}
    except (zipfile.BadZipFile, ValueError) as error:
        raise CheckpointError(f"{path} is a damaged zip archive: {error}") from error
    if "constants.pkl" in names:
        raise CheckpointError(f"{path} is a TorchScript program: it holds code, which is never run")
    if "data.pkl" not in names:
        raise CheckpointError(f"{path} is a zip archive that torch.save did not write")
    # torch.load, when given a name, takes its suffix for the truth.
    return _load(path, mmap=path.suffix != ".safetensors")


def _read_pickle(path: Path, head: bytes) -> object:
    """What torch.save wrote before 1.6; pickles of others' making are not read at all."""
    if not head.startswith(_PROTOCOL):
        named = _code_named_in(path)
        code = f"that holds code ({named}), which is never run" if named else "that torch.save did not write"
        raise CheckpointError(f"{path} is a pickle {code}: a file of tensors is wanted")
    return _load(path, mmap=False)


def _code_named_in(path: Path) -> str:
    """The first function or class that a pickle would call; only looked at, by pickletools."""
    words: list[str] = []
    try:
        with path.open("rb") as file:
            for opcode, argument, _ in islice(pickletools.genops(file), 100_000):
                if opcode.name in ("GLOBAL", "INST"):
                    return str(argument).replace(" ", ".")
                if opcode.name == "STACK_GLOBAL":
                    return ".".join(words[-2:])
                words += [argument] if isinstance(argument, str) else []
    except _BROKEN:
        return ""
    return ""


def _load(path: Path, mmap: bool) -> object:
    try:
        with path.open("rb") as file:
            source = path if mmap else file
            loaded: object = torch.load(source, map_location="cpu", weights_only=True, mmap=mmap)
    except pickle.UnpicklingError as error:
        _refused(path, error)
    except EOFError as error:
        raise CheckpointError(_cut_short(path)) from error
    except _BROKEN as error:
        if "unexpected EOF" in str(error):
            raise CheckpointError(_cut_short(path)) from error
        raise CheckpointError(f"{path} is damaged: {_first_line(error)}") from error
    except OSError as error:
        raise CheckpointError(f"{path}: {_unreadable(path, error)}") from error
    return loaded


def _refused(path: Path, error: pickle.UnpicklingError) -> NoReturn:
    code = re.search(r"GLOBAL (\S+)", str(error))
    if code:
        said = f"holds code ({code[1]}), which is never run: ask its maker for one of tensors only"
    else:
        said = "is damaged, or torch.save did not write it"
    raise CheckpointError(f"{path} {said}") from error


def _container(path: Path, loaded: object) -> dict[str, Any]:
    if isinstance(loaded, Tensor):
        return {BARE: loaded}
    if isinstance(loaded, dict) and all(isinstance(name, str) for name in loaded):
        return dict(loaded)
    raise CheckpointError(f"{path} holds a {type(loaded).__name__}; tensors with names are wanted")


def _cut_short(path: Path) -> str:
    size = path.stat().st_size
    return f"{path} is cut short at {size:,} bytes: fetch it again"


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
