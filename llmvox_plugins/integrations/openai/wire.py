"""The parameters that every way of asking for speech has in common."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from ...core.tempo import MAX_SPEED, MIN_SPEED

__all__ = ["Format", "Parameters", "Speed", "Text", "VoiceId", "VoiceName", "name_of"]


class Parameters(BaseModel):
    """What a client sends: types are not guessed, and a name that nobody knows is a mistake."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _all_known(cls, given: object) -> object:
        for name in given if isinstance(given, dict) else ():
            if name not in cls.model_fields:
                near = get_close_matches(name, cls.model_fields, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                about = {"name": ascii(name[:50])[1:-1], "hint": hint}
                raise PydanticCustomError("unknown_parameter", "there is no parameter '{name}'{hint}", about)
        return given


class VoiceId(Parameters):
    """A voice by its identifier, which here is its name."""

    id: str


Text = Annotated[str, Field(json_schema_extra={"minLength": 1})]
"""Any text, halves of characters included: a limit to its length would have pydantic refuse those."""

Format = Literal["mp3", "opus", "aac", "flac", "wav", "pcm"]
Speed = Annotated[float, Field(ge=MIN_SPEED, le=MAX_SPEED)]
VoiceName = str | VoiceId


def name_of(voice: VoiceName) -> str:
    return voice if isinstance(voice, str) else voice.id
