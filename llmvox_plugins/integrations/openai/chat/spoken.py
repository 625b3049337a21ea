"""A chat completion with audio: the LLM is asked for its text, and the text is spoken.

Whatever becomes of speech, the text is passed on whole; and where speech has failed, the answer says so.
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from ....core.errors import LLMVoxError
from ....core.voices.base import Voice
from ..audio import encoded
from ..errors import APIError, api_error, invalid
from ..llm import LLM, Answer
from ..llm.chunks import broken_off
from ..response import Head
from ..service import Service, Talk
from .stream import SpokenStream
from .transcripts import Transcripts, new_id

__all__ = ["Wanted", "spoken"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """How an answer shall be spoken, and whether it is streamed."""

    voice: Voice
    format: str
    speed: float
    stream: bool


async def spoken(
    service: Service,
    llm: LLM,
    body: dict[str, Any],
    headers: Mapping[str, str],
    wanted: Wanted,
    transcripts: Transcripts,
) -> AsyncGenerator[bytes | Head, None]:
    """body: for the LLM, which nothing tells of audio. Errors of the LLM are passed on as they are."""
    async with service.talk(wanted.voice, "chat") as talk, llm.ask(body, headers) as answer:
        if answer.status != 200:
            yield Head(answer.status, answer.headers)
            async for part in answer.parts:
                yield part
        elif wanted.stream:
            stream = SpokenStream(talk, answer, wanted.format, wanted.speed, transcripts)
            async with aclosing(stream.events()) as events:
                async for event in events:
                    yield event
        else:
            completion = await _completion(answer, service.settings.max_body)
            failure = await _speak(completion, talk, wanted, transcripts, service.settings.max_input)
            yield Head(200, {**answer.headers, **({"x-llmvox-speech": "failed"} if failure else {})})
            yield json.dumps(completion).encode()


async def _completion(answer: Answer, most: int) -> dict[str, Any]:
    whole = bytearray()
    async for part in answer.parts:
        whole += part
        if len(whole) > most:
            raise broken_off(f"its answer has more than {most} bytes")
    try:
        completion = json.loads(whole)
    except (ValueError, RecursionError):
        raise broken_off("its answer is not JSON") from None
    if not isinstance(completion, dict):
        raise broken_off("its answer is not a JSON object")
    return completion


async def _speak(
    completion: dict[str, Any], talk: Talk, wanted: Wanted, transcripts: Transcripts, most: int
) -> APIError | None:
    """Add the audio to the message, if there is something to say; returns why it could not be made."""
    message = _message(completion)
    text = message.get("content")
    if not (isinstance(text, str) and text):
        return None
    try:
        if len(text) > most:
            raise invalid(f"the answer has {len(text)} characters; at most {most} are spoken")
        data = await _said(text, talk, wanted)
    except (APIError, LLMVoxError) as error:
        failure = api_error(error)
        message["audio"], completion["speech_error"] = None, failure.body
        return failure
    id = new_id()
    expires = transcripts.remember(id, text)
    message["audio"] = {"id": id, "data": data, "transcript": text, "expires_at": expires}
    return None


def _message(completion: dict[str, Any]) -> dict[str, Any]:
    choices = completion.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, dict) else None
    return message if isinstance(message, dict) else {}


async def _said(text: str, talk: Talk, wanted: Wanted) -> str:
    """Base64 of the whole audio."""
    talk.stream.write(text)
    talk.stream.end()
    audio = bytearray()
    async with aclosing(encoded(talk, wanted.format, wanted.speed)) as parts:
        async for part in parts:
            audio += part
    return base64.b64encode(audio).decode()
