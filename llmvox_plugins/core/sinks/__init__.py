"""The places that audio goes to."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from ...settings import Settings
from ..audio import AudioChunk
from ..errors import ConfigurationError
from .base import CallableSink, Sink
from .file import SUFFIXES, EncodedSink, WavSink
from .memory import MemorySink
from .speaker import SharedSpeaker, SpeakerSink
from .tee import TeeSink

Place: TypeAlias = "Sink | str | os.PathLike[str] | Callable[[AudioChunk], object]"

__all__ = [
    "CallableSink",
    "EncodedSink",
    "MemorySink",
    "Place",
    "Sink",
    "SpeakerSink",
    "TeeSink",
    "WavSink",
    "open_sink",
]


def open_sink(to: Place | None) -> Sink:
    """The sink that `to` stands for.

    to: a sink, which is returned as it is; "speaker", which is shared; a path, whose suffix tells the format;
        a function that takes each chunk; or None for what LLMVOX_TO names, or else the speaker.

    Raises ConfigurationError for anything else, and what the sink raises if audio cannot go there.
    """
    if to is None:
        to = Settings.load().to
    if isinstance(to, Sink):
        return to
    if isinstance(to, str) and to == "speaker":
        return SharedSpeaker.take()
    if isinstance(to, str | os.PathLike):
        return _open_file(Path(to))
    if callable(to):
        return CallableSink(to)
    raise ConfigurationError(
        f'audio goes to a sink, a path, "speaker" or a function that takes chunks, not to {to!r}'
    )


def _open_file(path: Path) -> Sink:
    suffix = path.suffix.lower()
    if suffix == ".wav":
        return WavSink(path)
    if suffix in SUFFIXES:
        return EncodedSink(path)
    known = ", ".join([".wav", *SUFFIXES])
    raise ConfigurationError(f'audio goes to "speaker" or to a path that ends in {known}, not to {path}')
