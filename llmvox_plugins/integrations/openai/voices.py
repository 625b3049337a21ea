"""The names of voices that clients may use, and the voices that they mean.

Only voices that are configured, and espeak's, can be asked for: a name from outside never opens a path or
begins a download.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from ...core.errors import LLMVoxError, UnknownVoiceError
from ...core.voices import VoiceInfo, list_voices, load_voice
from ...core.voices.base import Voice
from .errors import invalid, unavailable

__all__ = ["OPENAI_VOICES", "Voices"]

OPENAI_VOICES = tuple("alloy ash ballad cedar coral echo fable marin nova onyx sage shimmer verse".split())
MOST_LOADED = 256  # values of a few bytes, but a client chooses how many


class Voices:
    """default: a voice, its name, or None for the best there is. named: further names, and what they mean."""

    def __init__(self, default: Voice | str | None, named: Mapping[str, Voice | str]) -> None:
        self._wanted: dict[str, Voice | str | None] = {"default": default}
        self._wanted |= dict.fromkeys(OPENAI_VOICES, default) | {k.lower(): v for k, v in named.items()}
        self._loaded: dict[str, Voice] = {}
        self._espeak = [voice for voice in list_voices() if voice.name.startswith("espeak:")]
        self._loading: asyncio.Task[None] | None = None

    async def load(self) -> None:
        """Load those that are configured; called again, it waits for the same. Raises LLMVoxError."""
        if self._loading is None:
            self._loading = asyncio.create_task(asyncio.to_thread(self._load))
        await asyncio.shield(self._loading)

    @property
    def ready(self) -> bool:
        return self._loading is not None and self._loading.done() and self._loading.exception() is None

    def _load(self) -> None:
        by_name: dict[str | None, Voice] = {}
        for name, wanted in self._wanted.items():
            if isinstance(wanted, str | None):
                if wanted not in by_name:
                    by_name[wanted] = load_voice(wanted)
                self._loaded[name] = by_name[wanted]
            else:
                self._loaded[name] = wanted
        self._loaded |= {voice.name.lower(): voice for voice in [*self._loaded.values()]}

    async def get(self, name: str) -> Voice:
        """The voice of a name. Raises APIError if there is none."""
        try:
            await self.load()
        except LLMVoxError as error:  # not the client's fault, whatever it is
            raise unavailable("the voices could not be loaded", 60, "voices_not_loaded") from error
        wanted = name.strip().lower()
        if wanted not in self._loaded:
            found = await asyncio.to_thread(self._espeak_voice, wanted)
            if len(self._loaded) >= MOST_LOADED:
                return found
            self._loaded[wanted] = found
        return self._loaded[wanted]

    def _espeak_voice(self, wanted: str) -> Voice:
        if not wanted.startswith("espeak"):
            raise self._unknown(wanted)
        try:
            return load_voice(wanted)
        except UnknownVoiceError as error:
            raise invalid(str(error), "voice", "voice_not_found") from None
        except LLMVoxError:
            raise self._unknown(wanted) from None

    def _unknown(self, name: str) -> Exception:
        known = list(self._wanted) + [voice.name for voice in self._espeak]
        near = get_close_matches(name, known, n=3)
        hint = f"the nearest: {', '.join(near)}" if near else f"there are {', '.join(self._wanted)}"
        return invalid(
            f"there is no such voice; {hint}; GET /v1/audio/voices lists all", "voice", "voice_not_found"
        )

    @property
    def names(self) -> Sequence[str]:
        """All that list() tells, whether the voices are loaded or not."""
        return [*dict.fromkeys([*self._wanted, *(voice.name for voice in self._espeak)])]

    def list(self) -> list[VoiceInfo]:
        """All that may be asked for, the configured ones first. The voices must be loaded."""
        configured = [
            VoiceInfo(name, voice.text.language, f"speaks with {voice.name}")
            for name, voice in self._loaded.items()
            if name in self._wanted or not name.startswith("espeak")
        ]
        return [*configured, *self._espeak]
