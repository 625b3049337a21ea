"""What an agent says: runs, each an answer with its streams, and roots, each a call of it with its runs.

They are the narrator's, which holds its lock while it changes them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass, field

from .state import StreamState
from .stream import SpeechStream
from .timeline import SpokenText

__all__ = ["BETWEEN", "Root", "Run", "joined"]

BETWEEN = "\n\n"  # two answers, where they are told as one text


@dataclass(slots=True, eq=False)
class Run:
    root: Root
    names: Collection[str]
    hold: bool  # its text is spoken once it is complete
    text: list[str] = field(default_factory=list)  # written before there was a stream
    streams: list[SpeechStream] = field(default_factory=list)  # more than one if it paused for very long
    ended: bool = False
    void: bool = False

    @property
    def speaks(self) -> bool:
        return any(not stream.done for stream in self.streams)

    @property
    def broke_off(self) -> bool:
        """Whether its stream has failed, or was cancelled by somebody who holds it."""
        stopped = (StreamState.CANCELLED, StreamState.FAILED)
        return not self.void and bool(self.streams) and self.streams[-1].state in stopped

    @property
    def spoken(self) -> SpokenText:
        if not self.streams:
            return SpokenText("".join(self.text), 0)
        return joined((stream.spoken for stream in self.streams), "")

    def silence(self) -> list[SpeechStream]:
        """Nothing more of it is heard, once these are cancelled."""
        self.void = True
        return [stream for stream in self.streams if not stream.done]


@dataclass(slots=True, eq=False)
class Root:
    runs: dict[Hashable, Run] = field(default_factory=dict)
    mute: bool = False  # it was interrupted, or it is not its turn
    active: float = 0.0  # when it was heard of last
    since: float = math.inf  # when it began to speak

    @property
    def broke_off(self) -> bool:
        return any(run.broke_off for run in self.runs.values())

    def silence(self) -> list[SpeechStream]:
        """Nothing more of it is heard, once these are cancelled."""
        self.mute = True
        return [stream for run in self.runs.values() for stream in run.silence()]

    @property
    def spoken(self) -> SpokenText:
        """What its runs have said, as one text."""
        return joined(run.spoken for run in list(self.runs.values()) if run.streams)


def joined(parts: Iterable[SpokenText | None], between: str = BETWEEN) -> SpokenText:
    """Several texts as one; it is heard up to where the last one was heard that was."""
    text, heard = "", 0
    for part in parts:
        if part is not None and part.text:
            text += between if text else ""
            heard = len(text) + part.heard_end if part.heard_end else heard
            text += part.text
    return SpokenText(text, heard)
