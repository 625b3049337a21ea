"""What is asked of an LLM, and what it answers, in HTTP's own terms: so a proxy can pass on all of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["LLM", "Answer"]


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
