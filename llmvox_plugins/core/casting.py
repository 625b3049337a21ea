"""Who of an agent is heard, and in which voice: told by the names that a run bears.

A name is whatever a framework calls a run by: an agent, a node of a graph, a tag, a chain.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from .voices import load_voice
from .voices.base import Voice

__all__ = ["Casting"]


class Casting:
    """voice: of everybody who has none of their own; a voice, its name, or None for the default.
    voices: by name. only: names that are heard; None: all. mute: names that are not, whatever `only` says.

    load() comes before voice_for().
    """

    def __init__(
        self,
        voice: Voice | str | None = None,
        voices: Mapping[str, Voice | str] | None = None,
        only: Iterable[str] | None = None,
        mute: Iterable[str] = (),
    ) -> None:
        self._default = voice
        self._voices = dict(voices or {})
        self._only = None if only is None else _names(only)
        self._mute = _names(mute)
        self._loaded: dict[str | None, Voice] = {}

    def load(self) -> None:
        """Load every voice. Raises what load_voice() raises, UnknownVoiceError for one."""
        named: dict[str | None, Voice | str | None] = {None: self._default}
        named.update(self._voices)
        self._loaded = {
            name: load_voice(voice) if voice is None or isinstance(voice, str) else voice
            for name, voice in named.items()
        }

    def hears(self, names: Collection[str]) -> bool:
        """Whether somebody of these names is heard."""
        if not self._mute.isdisjoint(names):
            return False
        return self._only is None or not self._only.isdisjoint(names)

    def voice_for(self, names: Iterable[str]) -> Voice:
        """The voice of somebody of these names, the nearest one first."""
        for name in names:
            if name in self._voices:
                return self._loaded[name]
        return self._loaded[None]


def _names(given: Iterable[str]) -> frozenset[str]:
    return frozenset([given] if isinstance(given, str) else given)
