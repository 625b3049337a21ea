"""The parameters that every way of asking for speech has in common."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ...core.tempo import MAX_SPEED, MIN_SPEED

__all__ = ["Format", "Speed", "VoiceId", "VoiceName", "name_of"]


class VoiceId(BaseModel):
    """A voice by its identifier, which here is its name."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    id: str


Format = Literal["mp3", "opus", "aac", "flac", "wav", "pcm"]
Speed = Annotated[float, Field(ge=MIN_SPEED, le=MAX_SPEED)]
VoiceName = str | VoiceId


def name_of(voice: VoiceName) -> str:
    return voice if isinstance(voice, str) else voice.id
