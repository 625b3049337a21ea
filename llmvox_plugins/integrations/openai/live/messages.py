"""What a client may say on the WebSocket, and how it is read."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from ..errors import invalid
from ..wire import Format, Parameters, Speed, VoiceName

__all__ = ["Cancel", "Config", "End", "Message", "Played", "Text", "parse"]


class Config(Parameters):
    """How what follows is spoken. `model` and `instructions` are accepted, as over HTTP."""

    type: Literal["config"] = "config"
    model: str | None = None
    voice: VoiceName = "default"
    response_format: Format = "pcm"
    speed: Speed = 1.0
    instructions: str | None = None


class Text(Parameters):
    type: Literal["text"]
    text: str


class End(Parameters):
    """The text is complete."""

    type: Literal["end"]


class Cancel(Parameters):
    """Nothing more is to be heard."""

    type: Literal["cancel"]


class Played(Parameters):
    """What the client has played of the audio so far."""

    type: Literal["played"]
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]


Message = Config | Text | End | Cancel | Played
_MESSAGE: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="type")])


def parse(frame: str) -> Message:
    """Raises APIError, which does not repeat what the client sent."""
    try:
        return _MESSAGE.validate_python(json.loads(frame))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"][1:])
        message = f"{where}: {first['msg']}" if where else first["msg"]
        raise invalid(message.encode("ascii", "backslashreplace").decode(), where or "type") from None
    except (ValueError, RecursionError):
        raise invalid('a message is a JSON object such as {"type": "text", "text": "Hello"}') from None
