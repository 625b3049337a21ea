"""POST /v1/chat/completions: a proxy that gives the LLM behind it a voice.

Without the audio modality it only passes on, both ways, and what passes may be spoken aloud. With it, the LLM
is asked for text alone, and what it writes is spoken beside it. Structured output is for programs: it is not
spoken.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, ValidationError

from ..aloud import Ear
from ..errors import invalid
from ..llm import not_configured
from ..passage import passed_on
from ..response import StreamedResponse
from ..service import Service, TheService
from ..wire import Format, Parameters, Speed, VoiceName
from .spoken import Wanted, spoken
from .transcripts import Transcripts

__all__ = ["router"]

router = APIRouter()

ChatBody = Annotated[
    dict[str, Any],
    Body(
        description="As OpenAI's. `modalities` with `audio`, and `audio` with its voice and format, "
        "give the answer a voice; all else is the LLM's affair."
    ),
]


class AudioParameters(Parameters):
    """speed: not in OpenAI's."""

    voice: VoiceName
    format: Literal[Format, "pcm16"]
    speed: Speed = 1.0


class SpokenChatRequest(BaseModel):
    """Of a request for audio, what is our affair."""

    model_config = ConfigDict(extra="ignore", strict=True)

    modalities: list[str]
    audio: AudioParameters
    n: int | None = None
    stream: bool | None = None


_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The answer.", "content": {"application/json": {}, "text/event-stream": {}}},
    "4XX": {"description": "Something is wrong with the request, or the LLM says so."},
    "5XX": {"description": "The LLM failed."},
}


@router.post("/v1/chat/completions", response_class=Response, responses=_ANSWERS)
async def create_chat_completion(body: ChatBody, request: Request, service: TheService) -> Response:
    """Ask the LLM; with the audio modality its answer is also spoken, while it is being written."""
    llm = service.llm
    if llm is None:
        raise not_configured()
    transcripts: Transcripts = request.app.state.transcripts
    body = transcripts.put_back(body)
    if not _wants_audio(body):
        parts = passed_on(llm.ask(body, request.headers), await _ear(body, request, service))
        return StreamedResponse(parts, "application/json", limits=service.settings)
    wanted = await _wanted(body, service)
    asked = _without_audio(body)
    if _is_structured(body):
        parts = passed_on(llm.ask(asked, request.headers))
    else:
        parts = spoken(service, llm, asked, request.headers, wanted, transcripts)
    media_type = "text/event-stream" if wanted.stream else "application/json"
    return StreamedResponse(parts, media_type, limits=service.settings)


async def _ear(body: dict[str, Any], request: Request, service: Service) -> Ear | None:
    """What hears the answer, if it is to be spoken on this machine."""
    if service.aloud is None or _is_structured(body):
        return None
    return service.aloud.ear("/v1/chat/completions", await request.body(), request.headers)


def _wants_audio(body: dict[str, Any]) -> bool:
    modalities = body.get("modalities")
    return isinstance(modalities, list) and "audio" in modalities


async def _wanted(body: dict[str, Any], service: Service) -> Wanted:
    """Raises APIError and RequestValidationError, before the LLM is asked anything."""
    try:
        asked = SpokenChatRequest.model_validate(body)
    except ValidationError as error:
        raise RequestValidationError(
            [{**each, "loc": ("body", *each["loc"])} for each in error.errors(include_url=False)]
        ) from None
    if asked.n not in (None, 1):
        raise invalid("n: with audio there is one answer", "n")
    voice = await service.voices.get(asked.audio.voice)
    format = "pcm" if asked.audio.format == "pcm16" else asked.audio.format
    return Wanted(voice, format, asked.audio.speed, bool(asked.stream))


def _without_audio(body: dict[str, Any]) -> dict[str, Any]:
    others = [each for each in body["modalities"] if each != "audio"]
    kept = {name: value for name, value in body.items() if name not in ("audio", "modalities")}
    return kept if others in ([], ["text"]) else {**kept, "modalities": others}


def _is_structured(body: dict[str, Any]) -> bool:
    wanted = body.get("response_format")
    return isinstance(wanted, dict) and wanted.get("type") not in (None, "text")
