"""The callback handler that a program attaches to what shall be heard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...core.narrator import LIMITS, Narrator, Turns
from ...core.sinks import Place
from ...core.state import StreamLimits
from ...core.voices.base import Voice
from .listener import Listener
from .streaming import forcing_streams
from .teller import Filler

__all__ = ["SpeechCallbackHandler"]


class SpeechCallbackHandler(Listener):
    """Speaks the answers of the runs that it is attached to.

    voice: a voice, its name, or None for LLMVOX_VOICE or the best there is.
    to: a path, "speaker", a sink or a function that takes chunks; None for LLMVOX_TO or the speaker. A path
        is one recording, in which the answers follow one another.
    voices: other voices by name; a name is that of an agent, a node, a tag or a run, the nearest one first.
    only, mute: names that are heard, and names that are not; a name stands for the runs below it, too.
    sub_agents: whether models are heard that work inside a tool.
    final_only: an answer is spoken once it is complete, and not at all if it calls tools.
    filler: said when a tool starts and the model that called it has said nothing: a text, or a function of
        the tool's name that returns one or None.
    turns: what happens where several calls would speak at once: "queue", "latest" or "first".
    force_streaming: make `.invoke()` stream, so that speech begins with the first words.
    raise_errors: raise trouble with speech into the run; else it is logged once and kept on `error`.
    narrator: speak through one that is there; its voices, its place and its turns are its own.

    Raises only here, and only what would be wrong in every run: an unknown voice, a place that cannot be
    opened. One handler may serve any number of runs, at once, in threads and on event loops.
    """

    def __new__(cls, *args: Any, force_streaming: bool = True, **kwargs: Any) -> SpeechCallbackHandler:
        return super().__new__(forcing_streams(cls) if force_streaming else cls)

    def __init__(
        self,
        voice: Voice | str | None = None,
        to: Place | None = None,
        *,
        voices: Mapping[str, Voice | str] | None = None,
        only: Iterable[str] | None = None,
        mute: Iterable[str] = (),
        sub_agents: bool = False,
        final_only: bool = False,
        filler: Filler | None = None,
        turns: Turns = "queue",
        force_streaming: bool = True,
        raise_errors: bool = False,
        limits: StreamLimits = LIMITS,
        narrator: Narrator | None = None,
    ) -> None:
        speaks = narrator or Narrator(
            voice,
            to,
            voices=voices,
            only=only,
            mute=mute,
            turns=turns,
            raise_errors=raise_errors,
            limits=limits,
        )
        super().__init__(speaks, sub_agents=sub_agents, final_only=final_only, filler=filler)
