"""POST /tts, as the LLMVoX server has it: a prompt goes to the LLM, its answer is spoken as it is written.

Without an LLM it is the text itself that is spoken; the header `x-llmvox-source` says which of both it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from ...core.audio import AudioChunk
from ...core.voices.base import Voice
from .audio import MEDIA_TYPES, encoded
from .concurrency import beside
from .errors import invalid
from .llm import LLM, Answer, not_configured
from .llm.chunks import deltas
from .response import Head, StreamedResponse
from .service import Service, Talk, TheService
from .wire import Format, Parameters, Speed, Text, VoiceName

__all__ = ["SpokenPrompt", "router"]

router = APIRouter()


class SpokenPrompt(Parameters):
    """text: the prompt. response_format: f32 is raw float32 at 24 kHz, mono, little-endian.
    messages: what was said before. content: parts beside the text, such as images and audio, in OpenAI's
        shape; the LLM gets them as they are.
    system_prompt: in place of the one that the server is set to.
    """

    text: Text
    voice: VoiceName = "default"
    response_format: Literal[Format, "f32"] = "f32"
    speed: Speed = 1.0
    system_prompt: str | None = None
    content: Annotated[list[dict[str, Any]], Field(min_length=1)] | None = None
    messages: list[dict[str, Any]] | None = None


_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The audio.", "content": {type: {} for type in MEDIA_TYPES.values()}},
    "4XX": {"description": "Something is wrong with the request, or the LLM says so."},
    "5XX": {"description": "The LLM, or the voice, failed."},
}


@router.post("/tts", response_class=Response, responses=_ANSWERS)
async def speak_answer(wanted: SpokenPrompt, request: Request, service: TheService) -> Response:
    """Ask the LLM, and speak its answer while it is being written."""
    _check_length(wanted.text, service.settings.max_input)
    voice = await service.voices.get(wanted.voice)
    if service.llm is not None:
        source, parts = "llm", _answered(service, service.llm, voice, wanted, request.headers)
    elif wanted.content or wanted.messages:
        raise not_configured()
    else:
        source, parts = "text", _as_it_stands(service, voice, wanted)
    return StreamedResponse(
        parts,
        MEDIA_TYPES[wanted.response_format],
        {"x-llmvox-source": source},
        limits=service.settings,
    )


def _check_length(text: str, most: int) -> None:
    if not text:
        raise invalid("text is empty; it should be a prompt", "text")
    if len(text) > most:
        raise invalid(f"text has {len(text)} characters; at most {most} are taken", "text", "string_too_long")


async def _as_it_stands(
    service: Service, voice: Voice, wanted: SpokenPrompt
) -> AsyncGenerator[bytes | Head, None]:
    async with service.talk(voice, "tts") as talk:
        talk.stream.write(wanted.text)
        talk.stream.end()
        async with aclosing(encoded(talk, wanted.response_format, wanted.speed)) as parts:
            async for part in parts:
                yield part


async def _answered(
    service: Service, llm: LLM, voice: Voice, wanted: SpokenPrompt, headers: Mapping[str, str]
) -> AsyncGenerator[bytes | Head, None]:
    body = _question(wanted, service.settings.system_prompt)
    async with service.talk(voice, "tts") as talk, llm.ask(body, headers) as answer:
        if answer.status != 200:
            yield Head(answer.status, answer.headers)
            async for part in answer.parts:
                yield part
            return
        async with (
            beside(_write(answer, talk)) as writing,
            aclosing(_heard(talk, writing)) as chunks,
            aclosing(encoded(chunks, wanted.response_format, wanted.speed)) as parts,
        ):
            async for part in parts:
                yield part


def _question(wanted: SpokenPrompt, system_prompt: str | None) -> dict[str, Any]:
    prompt = wanted.system_prompt if wanted.system_prompt is not None else system_prompt
    system = [{"role": "system", "content": prompt}] if prompt else []
    content = [{"type": "text", "text": wanted.text}, *wanted.content] if wanted.content else wanted.text
    messages = [*system, *(wanted.messages or ()), {"role": "user", "content": content}]
    return {"messages": messages, "stream": True}


async def _write(answer: Answer, talk: Talk) -> None:
    try:
        async with aclosing(deltas(answer)) as written:
            async for delta in written:
                talk.stream.write(delta)
    finally:
        talk.stream.end()


async def _heard(talk: Talk, writing: asyncio.Task[None]) -> AsyncGenerator[AudioChunk, None]:
    """What was written is heard to its end; if the LLM has failed, it ends in its error."""
    async for chunk in talk:
        yield chunk
    await writing
