"""POST /v1/audio/speech: a text, spoken."""

from __future__ import annotations

import base64
import math
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from ...core.encode import FORMATS
from ...core.errors import LLMVoxError
from ...core.voices.base import Voice
from .audio import encoded
from .errors import api_error, invalid
from .response import StreamedResponse, event
from .service import Service, Talk, TheService
from .wire import Format, Parameters, Speed, Text, VoiceName

__all__ = ["SpeechRequest", "router"]

router = APIRouter()


class SpeechRequest(Parameters):
    """As OpenAI's. `model` may be any, `instructions` are accepted and not followed."""

    model: Annotated[str, Field(min_length=1)]
    input: Text
    voice: VoiceName
    response_format: Format = "mp3"
    speed: Speed = 1.0
    instructions: str | None = None
    stream_format: Literal["audio", "sse"] = "audio"


_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The audio, or events that carry it.",
        "content": {type: {} for type in (*FORMATS.values(), "text/event-stream")},
    }
}


@router.post("/v1/audio/speech", response_class=Response, responses=_ANSWERS)
async def create_speech(wanted: SpeechRequest, service: TheService) -> Response:
    """Speak a text; the audio streams while it is made."""
    limit = service.settings.max_input
    if not wanted.input:
        raise invalid("input is empty; it should be the text to speak", "input")
    if len(wanted.input) > limit:
        raise invalid(
            f"input has {len(wanted.input)} characters; at most {limit} are spoken",
            "input",
            "string_too_long",
        )
    voice = await service.voices.get(wanted.voice)
    if wanted.stream_format == "sse":
        return StreamedResponse(_events(service, voice, wanted), "text/event-stream", limits=service.settings)
    parts = _audio(service, voice, wanted)
    return StreamedResponse(parts, FORMATS[wanted.response_format], limits=service.settings)


async def _audio(service: Service, voice: Voice, wanted: SpeechRequest) -> AsyncGenerator[bytes, None]:
    async with service.talk(voice, "speech") as talk:
        talk.stream.write(wanted.input)
        talk.stream.end()
        async with aclosing(encoded(talk, wanted.response_format, wanted.speed)) as parts:
            async for part in parts:
                yield part


async def _events(service: Service, voice: Voice, wanted: SpeechRequest) -> AsyncGenerator[bytes, None]:
    """The same as events. An error after the first of them is one too."""
    begun = False
    async with service.talk(voice, "speech") as talk:
        talk.stream.write(wanted.input)
        talk.stream.end()
        try:
            async with aclosing(encoded(talk, wanted.response_format, wanted.speed)) as parts:
                async for part in parts:
                    begun = True
                    yield event({"type": "speech.audio.delta", "audio": base64.b64encode(part).decode()})
        except LLMVoxError as error:
            if not begun:
                raise
            yield event({"type": "error", **api_error(error).envelope})
            return
        yield event({"type": "speech.audio.done", "usage": _usage(wanted.input, talk)})


def _usage(text: str, talk: Talk) -> dict[str, int]:
    """In what LLMVoX reads and writes: bytes of text, and codes of audio, 75 a second."""
    read = len(text.encode(errors="replace"))
    written = math.ceil(75 * talk.stream.stats.audio_seconds)
    return {"input_tokens": read, "output_tokens": written, "total_tokens": read + written}
