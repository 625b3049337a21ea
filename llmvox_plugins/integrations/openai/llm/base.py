"""What is asked of an LLM, and what it answers, in HTTP's own terms: so a proxy can pass on all of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from starlette.datastructures import Headers

__all__ = ["LLM", "Answer", "Forwarded", "Forwards"]


@dataclass(frozen=True, slots=True)
class Answer:
    """headers: those that are the asker's affair. parts: the body, as it comes; read once."""

    status: int
    headers: Mapping[str, str]
    parts: AsyncGenerator[bytes, None]


class LLM(Protocol):
    """Used on one event loop."""

    async def open(self) -> None:
        """Get ready; else the first who asks waits for it. Raises LLMVoxError."""

    async def close(self) -> None: ...

    async def models(self, headers: Mapping[str, str]) -> list[dict[str, Any]]:
        """Those that it offers, in OpenAI's shape; none if it cannot say."""

    def ask(self, body: dict[str, Any], headers: Mapping[str, str]) -> AbstractAsyncContextManager[Answer]:
        """A chat completion, streamed or not, as OpenAI's API has it; left before its end, it is given up.

        body: the request; what is not known in it is nobody's business but the LLM's.
        headers: those of the client's request.

        Raises APIError where there is no answer, and so do the answer's parts.
        """


@dataclass(frozen=True, slots=True)
class Forwarded:
    """Any request to any path of an endpoint.

    path: below its base URL, without a slash before it, and escaped as the client has it.
    as_it_is: whether the answer may be compressed; else somebody here reads it.
    """

    method: str
    path: bytes
    query: bytes
    headers: Headers
    body: bytes | AsyncIterable[bytes] | None
    as_it_is: bool = True


@runtime_checkable
class Forwards(Protocol):
    """An LLM that answers more than chat completions."""

    def addressed(self, body: dict[str, Any]) -> dict[str, Any]:
        """The request, to the model that is meant where a client names none; else the same object."""

    def forward(self, request: Forwarded) -> AbstractAsyncContextManager[Answer]:
        """Its answer, byte for byte. Raises APIError where there is none, and so do the answer's parts."""
