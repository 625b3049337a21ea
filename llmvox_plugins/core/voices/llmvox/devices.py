"""Where a voice computes, and how exactly."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import cast, get_args

import torch

from ...errors import ConfigurationError
from ...model.precision import Precision, has_int8

__all__ = ["devices_named", "precision_named"]


def devices_named(names: str) -> list[torch.device]:
    """ "auto", or one device, or several between which sentences take turns: "cuda:0,cuda:1".

    Raises ConfigurationError for a device that is not there, and for CUDA in a forked process.
    """
    if names == "auto":
        return [torch.device("cuda" if torch.cuda.is_available() else "cpu")]
    return [_device(name.strip()) for name in names.split(",")]


def _device(name: str) -> torch.device:
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ConfigurationError(f"{name!r} names no device: use auto, cpu, cuda, cuda:1 or mps") from error
    if device.type == "cuda":
        _check_cuda(device)
    elif device.type == "mps" and not torch.backends.mps.is_available():
        raise ConfigurationError("there is no Apple GPU (mps) here: use device='cpu'")
    elif device.type not in ("cpu", "mps"):
        raise ConfigurationError(f"LLMVoX does not run on {name!r}: use cpu, cuda or mps")
    return device


def _check_cuda(device: torch.device) -> None:
    if torch.cuda._is_in_bad_fork():
        raise ConfigurationError("CUDA was in use when this process was forked: start it by 'spawn' instead")
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if count <= (device.index or 0):
        there = f"only {', '.join(f'cuda:{i}' for i in range(count))}" if count else "none"
        raise ConfigurationError(
            f"there is no device {str(device)!r} here, {there}: use device='cpu' or 'auto'"
        )


def precision_named(name: str, devices: Sequence[torch.device]) -> Precision:
    """ "auto" is the fastest that is good on the first device. Raises ConfigurationError."""
    known = get_args(Precision)
    if name == "auto":
        return _best(devices[0])
    if name not in known:
        nearest = get_close_matches(str(name), [*known, "auto"], n=1, cutoff=0)[0]
        raise ConfigurationError(
            f"precision is auto, {', '.join(known)}, not {name!r}; did you mean {nearest!r}?"
        )
    if name == "int8" and (any(device.type != "cpu" for device in devices) or not has_int8()):
        raise ConfigurationError("int8 needs PyTorch's x86 CPU build: use precision='bfloat16'")
    return cast(Precision, name)


def _best(device: torch.device) -> Precision:
    if device.type == "cpu":
        return "int8" if has_int8() else "float32"
    return "bfloat16" if device.type == "cuda" else "float32"
