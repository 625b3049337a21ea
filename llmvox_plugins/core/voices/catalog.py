"""The voices by name: what there is, and how to get one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from difflib import get_close_matches
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...settings import Settings
from ..checkpoints import shelf
from ..errors import ConfigurationError, MissingDependencyError, UnknownVoiceError
from .base import Voice
from .espeak import EspeakVoice
from .espeak.data import languages

if TYPE_CHECKING:
    from .llmvox import LLMVoXVoice

__all__ = ["VoiceInfo", "list_voices", "load_voice"]

OFFICIAL = "llmvox"


@dataclass(frozen=True, slots=True)
class VoiceInfo:
    """A voice that can be loaded.

    name: what `load_voice` takes.
    language: BCP 47, as far as the voice's maker follows it.
    description: a few words for people.
    """

    name: str
    language: str
    description: str


def load_voice(
    name: str | None = None, *, device: str = "auto", precision: str = "auto", **options: Any
) -> Voice:
    """The voice of that name; None is what LLMVOX_VOICE names, or the best there is without a download.

    "llmvox" is the official English LLMVoX, downloaded at first use. A directory is a voice of your own: a
    compact copy, or LLMVoX's files as released. Their options are those of `VoiceOptions`: `temperature`,
    `top_k`, `seed`, `first_window`, `largest_window`.
    "espeak" and "espeak:<language>", perhaps with "+<variant>", are espeak-ng's. Their options are `rate`, in
    words per minute from 80 to 450, and `pitch`, from 0 to 99. Case does not matter, and "_" is "-".
    How any voice wants its text is set by `code_blocks`, `emoji` and `steps`, see TextOptions.
    device: where a neural voice computes: auto, cpu, cuda, mps, or several, between which sentences take
        turns: "cuda:0,cuda:1". precision: auto, float32, bfloat16 or int8. espeak voices heed neither.
    Raises UnknownVoiceError, ConfigurationError for an option, MissingDependencyError, CheckpointError,
    DownloadError, VoiceError.
    """
    settings = Settings.load()
    wanted = _text(settings.voice if name is None else name)
    if wanted.lower() == OFFICIAL or _is_path(wanted):
        device = settings.device if device == "auto" else device
        precision = settings.precision if precision == "auto" else precision
        return _llmvox(wanted, settings, device=device, precision=precision, **options)
    return _espeak(wanted.lower().replace("_", "-"), options)


def list_voices() -> list[VoiceInfo]:
    """The voices that can be loaded here; those of a package that is not installed are left out."""
    official = VoiceInfo(OFFICIAL, "en", shelf.description())
    try:
        espeak = [VoiceInfo(f"espeak:{known.tag}", known.tag, known.title) for known in languages()]
    except MissingDependencyError:
        espeak = []
    return [official, *espeak]


def _text(name: object) -> str:
    if isinstance(name, str | os.PathLike) and str(name).strip():
        return str(name).strip()
    raise ConfigurationError(f"a voice is named by a text such as 'espeak:en-us', not {name!r}")


def _is_path(name: str) -> bool:
    if "/" in name or os.sep in name:
        return True
    return not name.lower().startswith((OFFICIAL, "espeak")) and Path(name).is_dir()


def _llmvox(name: str, settings: Settings, **options: Any) -> LLMVoXVoice:
    from ..checkpoints.hub import official  # with torch, these take a second to import
    from .llmvox import LLMVoXVoice, VoiceOptions

    _check_options("an LLMVoX voice", options, {*signature(VoiceOptions).parameters, "device", "precision"})
    for own in ("first_window", "largest_window", "longest_sentence"):
        options.setdefault(own, getattr(settings, own))
    if _is_path(name):
        return LLMVoXVoice.from_folder(Path(name).expanduser(), **options)
    return LLMVoXVoice.from_folder(official(), name=OFFICIAL, **options)


def _espeak(wanted: str, options: dict[str, Any]) -> EspeakVoice:
    family, colon, language = wanted.partition(":")
    if family != "espeak":
        raise UnknownVoiceError(_unknown_voice(wanted))
    _check_options("an espeak voice", options, {"code_blocks", "emoji", "pitch", "rate", "steps"})
    return EspeakVoice(language, **options) if colon else EspeakVoice(**options)


def _unknown_voice(name: str) -> str:
    nearest = get_close_matches(name, ["espeak", *(voice.name for voice in list_voices())], cutoff=0.5)
    hint = f"; the nearest: {', '.join(nearest)}" if nearest else ""
    return f"no voice is named {name!r}{hint}; `llmvox voices` lists them"


def _check_options(whose: str, options: dict[str, Any], known: set[str]) -> None:
    for option in options:
        if option not in known:
            nearest = get_close_matches(option, sorted(known), n=1, cutoff=0)[0]
            raise ConfigurationError(f"{whose} has no option {option!r}; did you mean {nearest!r}?")
