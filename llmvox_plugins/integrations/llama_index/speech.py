"""A voice for what a program asks to be spoken, response by response."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Mapping
from typing import ClassVar

from ...core.doorway import Doorway
from ...core.narrator import LIMITS, Narrator, Turns
from ...core.sinks import Place
from ...core.state import StreamLimits
from ...core.voices.base import Voice

__all__ = ["Speech", "let_go"]

LONGEST = 60.0  # seconds that speech may go on after its text is complete


class Speech(Doorway):
    """What `speak_response` and `speak_events` speak through, to be waited for and interrupted.

    The parameters are those of `SpeechEventHandler`; it hears nothing by itself.
    """

    framework: ClassVar[str] = "LlamaIndex"

    def __init__(
        self,
        voice: Voice | str | None = None,
        to: Place | None = None,
        *,
        voices: Mapping[str, Voice | str] | None = None,
        only: Iterable[str] | None = None,
        mute: Iterable[str] = (),
        turns: Turns = "queue",
        raise_errors: bool = False,
        limits: StreamLimits = LIMITS,
        narrator: Narrator | None = None,
    ) -> None:
        self._owns_narrator = narrator is None
        self._narrator = narrator or Narrator(
            voice,
            to,
            voices=voices,
            only=only,
            mute=mute,
            turns=turns,
            raise_errors=raise_errors,
            limits=limits,
        )

    def close(self, timeout: float | None = None) -> None:
        if self._owns_narrator:
            super().close(timeout)


def let_go(speech: Doorway) -> None:
    """Close one that nobody holds, once it has spoken; nobody waits for that."""
    if not sys.is_finalizing():  # else no thread begins any more, and the exit has closed everything
        threading.Thread(target=speech.close, args=[LONGEST], name="llmvox-closing").start()
