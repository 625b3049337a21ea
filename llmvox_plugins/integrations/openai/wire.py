"""The parameters that every way of asking for speech has in common."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError

from ...core.tempo import MAX_SPEED, MIN_SPEED

__all__ = ["Format", "Parameters", "Speed", "Text", "VoiceName", "voice_schema"]


class Parameters(BaseModel):
    """What a client sends: types are not guessed, and a name that nobody knows is a mistake.

    null is as good as not given, where there is a default: some clients send all that there is.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _known_and_given(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        for name in given:
            if name not in cls.model_fields:
                near = get_close_matches(name, cls.model_fields, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                about = {"name": ascii(name[:50])[1:-1], "hint": hint}
                raise PydanticCustomError("unknown_parameter", "there is no parameter '{name}'{hint}", about)
        return {
            name: value
            for name, value in given.items()
            if value is not None or cls.model_fields[name].is_required()
        }

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        reference = handler(core)
        schema = handler.resolve_ref_schema(reference)
        required = schema.get("required", ())
        for name, field in schema["properties"].items():
            if name not in required:
                schema["properties"][name] = {"anyOf": [field, {"type": "null"}]}
        return reference


Text = Annotated[str, Field(json_schema_extra={"minLength": 1})]
"""Any text, halves of characters included: a limit to its length would have pydantic refuse those."""

Format = Literal["mp3", "opus", "aac", "flac", "wav", "pcm"]
Speed = Annotated[float, Field(ge=MIN_SPEED, le=MAX_SPEED)]


def _name_of(voice: object) -> object:
    """A voice may be given by its identifier, which here is its name: {"id": "alloy"}."""
    if isinstance(voice, dict) and voice.keys() == {"id"}:
        voice = voice["id"]
    if not isinstance(voice, str):
        raise PydanticCustomError("voice_type", 'should be a name, or an object such as {"id": "alloy"}')
    return voice


def voice_schema(name: dict[str, Any]) -> dict[str, Any]:
    """How a voice may be given whose names are of that schema."""
    by_id = {"type": "object", "properties": {"id": name}, "required": ["id"], "additionalProperties": False}
    return {"anyOf": [name, by_id]}


VoiceName = Annotated[str, BeforeValidator(_name_of), WithJsonSchema(voice_schema({"type": "string"}))]
