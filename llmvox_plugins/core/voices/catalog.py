"""The voices by name: what there is, and how to get one."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from ...settings import Settings
from ..errors import ConfigurationError, MissingDependencyError, UnknownVoiceError
from .base import Voice
from .espeak import EspeakVoice
from .espeak.data import languages

__all__ = ["VoiceInfo", "list_voices", "load_voice"]

_ESPEAK_OPTIONS = ("code_blocks", "emoji", "pitch", "rate", "steps")


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

    "espeak" and "espeak:<language>", perhaps with "+<variant>", are espeak-ng's. Their options are `rate`, in
    words per minute from 80 to 450, and `pitch`, from 0 to 99. Case does not matter, and "_" is "-".
    How any voice wants its text is set by `code_blocks`, `emoji` and `steps`, see TextOptions.
    device, precision: where and how a neural voice computes; espeak voices take no notice of them.
    Raises UnknownVoiceError, ConfigurationError for an option, MissingDependencyError.
    """
    wanted = _normalized(Settings.from_environment().voice if name is None else name)
    family, colon, language = wanted.partition(":")
    if family != "espeak":
        raise UnknownVoiceError(_unknown_voice(wanted))
    for option in options:
        if option not in _ESPEAK_OPTIONS:
            raise ConfigurationError(_unknown_option(option))
    return EspeakVoice(language, **options) if colon else EspeakVoice(**options)


def list_voices() -> list[VoiceInfo]:
    """The voices that can be loaded here; those of a package that is not installed are left out."""
    try:
        return [VoiceInfo(f"espeak:{known.tag}", known.tag, known.title) for known in languages()]
    except MissingDependencyError:
        return []


def _normalized(name: object) -> str:
    if isinstance(name, str) and name.strip():
        return name.strip().lower().replace("_", "-")
    raise ConfigurationError(f"a voice is named by a text such as 'espeak:en-us', not {name!r}")


def _unknown_voice(name: str) -> str:
    nearest = get_close_matches(name, ["espeak", *(voice.name for voice in list_voices())], cutoff=0.5)
    hint = f"; the nearest: {', '.join(nearest)}" if nearest else ""
    return f"no voice is named {name!r}{hint}; `llmvox voices` lists them"


def _unknown_option(option: str) -> str:
    nearest = get_close_matches(option, _ESPEAK_OPTIONS, n=1, cutoff=0)[0]
    return f"an espeak voice has no option {option!r}; did you mean {nearest!r}?"
