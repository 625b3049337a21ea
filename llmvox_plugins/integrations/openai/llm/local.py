"""A local `transformers` model, asked as an endpoint is: one request after another, streamed as it writes.

It reads text only and calls no tools. Whoever does not wait for the end of an answer ends its writing.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from ....core.errors import LLMVoxError
from ..errors import busy, unavailable
from .base import Answer
from .question import Question
from .writer import Writer
from .writing import End, Writing

__all__ = ["LocalLLM"]


class LocalLLM:
    """name: of a model, as transformers takes it, or its folder; code that comes with it is not run.
    most_waiting: requests that may wait while one is answered.
    """

    def __init__(self, name: str, *, most_waiting: int) -> None:
        self._name = name
        self._most = 1 + most_waiting
        self._at_work: set[Writing] = set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="llmvox-llm")
        self._loading: asyncio.Future[Writer] | None = None

    async def open(self) -> None:
        await self._writer()

    async def _writer(self) -> Writer:
        if self._loading is None:
            loop = asyncio.get_running_loop()
            self._loading = loop.run_in_executor(self._thread, Writer, self._name)
        return await asyncio.shield(self._loading)

    async def _loaded(self) -> Writer:
        try:
            return await self._writer()
        except LLMVoxError as error:  # not the client's fault, whatever it is
            raise unavailable("the local LLM could not be loaded", 60, "llm_not_loaded") from error

    async def close(self) -> None:
        for writing in self._at_work:
            writing.stop()
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)

    async def models(self, headers: Mapping[str, str]) -> list[dict[str, Any]]:
        return [{"id": self._name, "object": "model", "created": 0, "owned_by": "local"}]

    @asynccontextmanager
    async def ask(self, body: dict[str, Any], headers: Mapping[str, str]) -> AsyncIterator[Answer]:
        question = Question.of(body)
        writer = await self._loaded()
        if len(self._at_work) >= self._most:
            raise busy("as many requests wait for the local LLM as may", 5)
        writing = Writing(asyncio.get_running_loop())
        self._at_work.add(writing)
        job = self._thread.submit(writer.write, question, writing)
        try:
            await writing.begun()
            kind = "text/event-stream" if question.stream else "application/json"
            parts = self._streamed(writing, question) if question.stream else self._whole(writing)
            yield Answer(200, {"content-type": kind}, parts)
        finally:
            self._at_work.discard(writing)
            writing.stop()
            job.cancel()

    async def _streamed(self, writing: Writing, question: Question) -> AsyncGenerator[bytes, None]:
        frame = self._frame("chat.completion.chunk")
        yield _event(frame, [_choice(delta={"role": "assistant", "content": ""}, finish_reason=None)])
        async for text in writing:
            yield _event(frame, [_choice(delta={"content": text}, finish_reason=None)])
        end = writing.end
        yield _event(frame, [_choice(delta={}, finish_reason=end.reason)])
        if question.include_usage:
            yield _event({**frame, "usage": _usage(end)}, [])
        yield b"data: [DONE]\n\n"

    async def _whole(self, writing: Writing) -> AsyncGenerator[bytes, None]:
        text = "".join([text async for text in writing])
        message = {"role": "assistant", "content": text, "refusal": None}
        choices = [_choice(message=message, finish_reason=writing.end.reason)]
        frame = self._frame("chat.completion")
        yield json.dumps({**frame, "choices": choices, "usage": _usage(writing.end)}).encode()

    def _frame(self, object: str) -> dict[str, Any]:
        id = f"chatcmpl-{secrets.token_hex(12)}"
        return {"id": id, "object": object, "created": int(time.time()), "model": self._name}


def _choice(**fields: Any) -> dict[str, Any]:
    return {"index": 0, "logprobs": None, **fields}


def _event(frame: dict[str, Any], choices: list[dict[str, Any]]) -> bytes:
    return f"data: {json.dumps({**frame, 'choices': choices})}\n\n".encode()


def _usage(end: End) -> dict[str, int]:
    read, written = end.read, end.written
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
