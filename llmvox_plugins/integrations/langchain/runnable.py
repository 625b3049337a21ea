"""The last step of a chain: text goes in while it is written, audio comes out while it is made.

    for audio in (chain | SpeechRunnable()).stream(question): ...

Here speech is the result and not a side effect: what goes wrong with it is raised.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core.runnables import RunnableConfig, RunnableSerializable
from langchain_core.runnables.config import ContextThreadPoolExecutor
from pydantic import ConfigDict, PrivateAttr

from ...core.state import StreamLimits
from ...core.stream import SpeechStream
from ...core.voices import load_voice
from ...core.voices.base import Voice
from .audio import SpokenAudio
from .drawing import AsyncDrawing, Drawing

__all__ = ["SpeechRunnable"]


class SpeechRunnable(RunnableSerializable[Any, SpokenAudio]):
    """Takes an answer, or its parts as they come: strings and messages. Gives its speech, `SpokenAudio`.

    voice: a voice, its name, or None for LLMVOX_VOICE or the best there is. An unknown one raises here.
    limits: what may wait for the voice, and for the listener.

    Streamed, audio comes before the text is complete; invoked, it comes whole. Whoever stops early ends the
    chain before as well. Nothing waits on an event loop.
    """

    voice: Any = None
    limits: StreamLimits = StreamLimits()

    model_config = ConfigDict(arbitrary_types_allowed=True)
    _speaker: Voice = PrivateAttr()

    def __init__(self, voice: Voice | str | None = None, **options: Any) -> None:
        super().__init__(voice=voice, **options)  # type: ignore[call-arg]
        self._speaker = load_voice(voice) if voice is None or isinstance(voice, str) else voice

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> SpokenAudio:
        return self._whole(list(self.stream(input, config, **kwargs)))

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> SpokenAudio:
        return self._whole([part async for part in self.astream(input, config, **kwargs)])

    def stream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[SpokenAudio]:
        return self.transform(iter([input]), config, **kwargs)

    def astream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[SpokenAudio]:
        return self.atransform(_alone(input), config, **kwargs)

    def transform(
        self, input: Iterator[Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[SpokenAudio]:
        stream = SpeechStream(self._speaker, limits=self.limits)
        drawing = Drawing(input, stream)

        def audio(_: Iterator[Any]) -> Iterator[SpokenAudio]:
            for chunk in stream:
                yield SpokenAudio(chunk.sample_rate, chunk)
            if drawing.error is not None:
                raise drawing.error

        helper = ContextThreadPoolExecutor(max_workers=1, thread_name_prefix="llmvox-drawing")
        helper.submit(drawing.draw)
        parts = self._transform_stream_with_config(drawing, audio, config, **kwargs)
        try:
            for part in parts:  # noqa: UP028  closed, `yield from` would close `parts` before anything else
                yield part
        finally:
            drawing.give_up()
            parts.close()  # type: ignore[attr-defined]
            helper.shutdown(wait=False)

    async def atransform(
        self, input: AsyncIterator[Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[SpokenAudio]:
        stream = SpeechStream(self._speaker, limits=self.limits)
        drawing = AsyncDrawing(input, stream)

        async def audio(_: AsyncIterator[Any]) -> AsyncIterator[SpokenAudio]:
            async for chunk in stream:
                yield SpokenAudio(chunk.sample_rate, chunk)
            if drawing.error is not None:
                raise drawing.error

        helper = asyncio.create_task(drawing.draw())
        parts = self._atransform_stream_with_config(drawing, audio, config, **kwargs)
        try:
            async for part in parts:
                yield part
        finally:
            drawing.give_up()
            helper.cancel()
            await parts.aclose()  # type: ignore[attr-defined]
            await asyncio.wait([helper])

    def _whole(self, parts: list[SpokenAudio]) -> SpokenAudio:
        return SpokenAudio(self._speaker.sample_rate, *(chunk for part in parts for chunk in part.chunks))


async def _alone(input: Any) -> AsyncIterator[Any]:
    yield input
