"""An answer of the LLM on its way to the client, byte for byte as it comes; an ear may hear it pass."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, nullcontext

from .aloud import Ear
from .llm import Answer
from .response import Head

__all__ = ["passed_on"]


async def passed_on(
    asking: AbstractAsyncContextManager[Answer], ear: Ear | None = None
) -> AsyncGenerator[bytes | Head, None]:
    """What a `StreamedResponse` is made of. Raises APIError if the LLM breaks off."""
    with ear or nullcontext():
        async with asking as answer:
            yield Head(answer.status, answer.headers)
            if ear is None:
                async for part in answer.parts:
                    yield part
                return
            ear.attend(answer.status, answer.headers)
            async for part in answer.parts:
                ear.hear(part)
                yield part
