"""`speak_response`: one response is heard while it is read.

    for token in speak_response(query_engine.query(question), to="speaker").response_gen:
        print(token, end="")

What is returned is what was given; only where that cannot be, as with a generator, it is another one.
"""

from __future__ import annotations

import functools
import types
import weakref
from collections.abc import AsyncGenerator, Generator
from typing import Any, TypeVar

from llama_index.core.agent.workflow import AgentOutput
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse
from llama_index.core.base.response.schema import (
    AsyncStreamingResponse,
    PydanticResponse,
    Response,
    StreamingResponse,
)
from llama_index.core.chat_engine.types import AgentChatResponse, StreamingAgentChatResponse

from ...core.doorway import Doorway, harmless
from ...core.narrator import LIMITS
from ...core.sinks import Place
from ...core.state import StreamLimits
from ...core.voices.base import Voice
from . import claims
from .answers import Answer, Call, Telling
from .heard import HeardAsyncIterator, HeardIterator
from .results import text_of
from .speech import Speech, let_go

__all__ = ["speak_response"]

R = TypeVar("R")

WHOLE = (
    Response,
    PydanticResponse,
    AgentChatResponse,
    CompletionResponse,
    ChatResponse,
    ChatMessage,
    AgentOutput,
    str,
)
"""Responses that are complete; those that are data say nothing."""


def speak_response(
    response: R,
    voice: Voice | str | None = None,
    to: Place | None = None,
    *,
    speech: Doorway | None = None,
    raise_errors: bool = False,
    limits: StreamLimits = LIMITS,
) -> R:
    """Speak a response of an engine, an agent or a model, and return it.

    response: a streaming one is heard while it is read, and what is not read is not heard; any other is
        heard at once. A generator comes back as another one, which has the same items.
    voice, to, raise_errors, limits: as `SpeechEventHandler` takes them; for this response alone.
    speech: what speaks instead, a `Speech` or a `SpeechEventHandler`: it can be waited for and interrupted,
        and several responses follow one another in its recording.

    What an attached handler would have said of it is left to this call. Raises TypeError for what is not a
    response.
    """
    if not _is_response(response):
        raise TypeError(
            f"speak_response() takes a response or a generator of them, not {type(response).__name__}"
        )
    doorway = speech or Speech(voice, to, raise_errors=raise_errors, limits=limits)
    claims.claim(response)
    names = [response.current_agent_name] if isinstance(response, AgentOutput) else []
    heard: R = _heard(response, _Reading(doorway, _begin(doorway, names), closes=speech is None))
    return heard


def _is_response(value: object) -> bool:
    streaming = isinstance(value, StreamingResponse | AsyncStreamingResponse | StreamingAgentChatResponse)
    return streaming or isinstance(value, WHOLE) or _is_stream(value)


def _is_stream(value: object) -> bool:
    return hasattr(type(value), "__next__") or hasattr(type(value), "__anext__")


def _begin(doorway: Doorway, names: list[str]) -> Answer:
    call = Call(doorway._narrator)
    answer = call.begin(names)
    call.finish()  # it is over with its only answer
    return answer


def _heard(response: Any, reading: _Reading) -> Any:
    if isinstance(response, StreamingAgentChatResponse):
        cls: Any = type(response)
        response.__class__ = _spoken(cls)
        response.__dict__["_reading"] = reading
        weakref.finalize(response, reading.drop).atexit = False
    elif isinstance(response, StreamingResponse | AsyncStreamingResponse) and response.response_txt is None:
        response.response_gen = _iterated(response.response_gen, reading)
    elif _is_stream(response):
        return _iterated(response, reading)
    else:
        reading.whole(text_of(response))
    return response


def _iterated(items: Any, reading: _Reading) -> Any:
    if hasattr(items, "__anext__"):
        return HeardAsyncIterator(items, reading)
    return HeardIterator(items, reading)


class _Reading(Telling):
    """A response that somebody reads. closes: nobody else holds what it speaks through."""

    def __init__(self, doorway: Doorway, answer: Answer, *, closes: bool) -> None:
        super().__init__(doorway, answer)
        self._closes = closes

    @harmless
    def whole(self, text: str) -> None:
        self._answer.end(text)
        self._over()

    def end(self) -> None:
        super().end()
        self._over()

    def drop(self) -> None:
        """Void, unless it has come to its end."""
        if not self._answer.over:
            super().drop()
        self._over()

    def _over(self) -> None:
        if self._closes:
            self._closes = False
            let_go(self._doorway)


class _SpokenChat(StreamingAgentChatResponse):
    """Speaks what is read of it."""

    _reading: _Reading

    @property
    def response_gen(self) -> Generator[str, None, None]:
        return self._read(super().response_gen)

    def _read(self, tokens: Generator[str, None, None]) -> Generator[str, None, None]:
        yield from HeardIterator(tokens, self._reading)

    async def async_response_gen(self) -> AsyncGenerator[str, None]:
        tokens: HeardAsyncIterator[str] = HeardAsyncIterator(super().async_response_gen(), self._reading)
        try:
            async for token in tokens:
                yield token
        finally:
            await tokens.aclose()

    def __str__(self) -> str:
        text = super().__str__()
        if self.is_done:
            self._reading.whole(text)
        return text


@functools.cache
def _spoken(cls: type[StreamingAgentChatResponse]) -> type[StreamingAgentChatResponse]:
    bases = (_SpokenChat,) if cls is StreamingAgentChatResponse else (_SpokenChat, cls)
    return types.new_class(cls.__name__, bases)
