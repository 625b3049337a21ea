"""A streamed chat completion with audio: events of the LLM as they come, between them those of its speech.

Those that end the answer are held back until all has been spoken. If the voice fails, the text goes on; an
error event then stands where [DONE] would.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from ....core.audio import AudioChunk
from ....core.errors import LLMVoxError
from ..audio import encoded
from ..concurrency import merged
from ..errors import APIError, api_error
from ..llm import Answer
from ..llm.chunks import Chunk, chunks
from ..response import event
from ..service import Talk
from .transcripts import Transcripts, new_id

__all__ = ["SpokenStream"]

_FRAME = ("id", "object", "created", "model", "service_tier", "system_fingerprint")

_WHOLE = 6
"""Bytes: whole samples, and whole groups of base64, so that pieces can be decoded alone and also joined."""


class SpokenStream:
    """answer: of the LLM, streamed."""

    def __init__(
        self, talk: Talk, answer: Answer, format: str, speed: float, transcripts: Transcripts
    ) -> None:
        self._talk, self._answer = talk, answer
        self._format, self._speed = format, speed
        self._transcripts = transcripts
        self._id: str | None = None
        self._frame: dict[str, Any] = {}
        self._content: list[str] = []
        self._untold = ""  # of the content, what no transcript has yet
        self._told = self._spoken = 0  # code points of the content
        self._ending: list[bytes] = []
        self._last = b""
        self._failure: APIError | None = None  # of the voice
        self._given_up = False  # by the LLM, who has said so

    async def events(self) -> AsyncGenerator[bytes, None]:
        """Raises APIError if the LLM breaks off."""
        async with aclosing(merged(self._texts(), self._sounds())) as parts:
            async for part in parts:
                yield part
        for part in self._ending:
            yield part
        yield event(self._failure.envelope) if self._failure else self._last

    # the LLM's events

    async def _texts(self) -> AsyncGenerator[bytes, None]:
        try:
            async with aclosing(chunks(self._answer)) as found:
                async for chunk in found:
                    if chunk.error:
                        self._give_up(chunk)
                        return
                    if part := self._passed(chunk):
                        yield part
                    self._say(chunk)
        finally:
            self._talk.stream.end()

    def _passed(self, chunk: Chunk) -> bytes:
        """What of it may go out now."""
        if chunk.is_done:
            self._last = chunk.raw
            return b""
        if not (self._ending or chunk.finishes):
            return chunk.raw
        if chunk.finishes and chunk.text:
            text, end = chunk.split()
            self._ending.append(event(end))
            return event(text)
        self._ending.append(chunk.raw)
        return b""

    def _say(self, chunk: Chunk) -> None:
        if not chunk.text:
            return
        if not self._content:
            self._frame = {name: chunk.fields[name] for name in _FRAME if name in chunk.fields}
        self._content.append(chunk.text)
        self._untold += chunk.text
        self._talk.stream.write(chunk.text)

    def _give_up(self, chunk: Chunk) -> None:
        self._given_up, self._last = True, chunk.raw
        self._talk.stream.cancel()

    # its speech

    async def _sounds(self) -> AsyncGenerator[bytes, None]:
        audio = bytearray()
        try:
            async with (
                aclosing(self._heard()) as heard,
                aclosing(encoded(heard, self._format, self._speed)) as parts,
            ):
                async for part in parts:
                    audio += part
                    if self._content and len(audio) >= _WHOLE:
                        whole = len(audio) // _WHOLE * _WHOLE
                        yield self._audio(audio[:whole])
                        del audio[:whole]
        except LLMVoxError as error:
            self._failure = None if self._given_up else api_error(error)
            return
        if self._content and not self._given_up:
            self._spoken = self._told + len(self._untold)
            if audio or self._untold:
                yield self._audio(audio)
            yield self._event(expires_at=self._remember())

    async def _heard(self) -> AsyncGenerator[AudioChunk, None]:
        async for chunk in self._talk:
            self._spoken = max(self._spoken, chunk.text_span[1])
            yield chunk

    def _audio(self, data: bytes | bytearray) -> bytes:
        fields: dict[str, Any] = {}
        if self._id is None:  # once: clients join the strings of all events
            fields["id"] = self._id = new_id()
        if data:
            fields["data"] = base64.b64encode(data).decode()
        new = self._spoken - self._told
        if new > 0:
            fields["transcript"], self._untold = self._untold[:new], self._untold[new:]
            self._told += len(fields["transcript"])
        return self._event(**fields)

    def _event(self, **audio: Any) -> bytes:
        choice = {"index": 0, "delta": {"audio": audio}, "finish_reason": None}
        return event({**self._frame, "choices": [choice]})

    def _remember(self) -> int:
        assert self._id is not None
        return self._transcripts.remember(self._id, "".join(self._content))
