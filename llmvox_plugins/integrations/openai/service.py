"""What all endpoints speak through: the voices, the places, the figures, and the streams that are open."""

from __future__ import annotations

import asyncio
import importlib
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import anyio
from fastapi import Depends, Request

from ...core.audio import AudioChunk
from ...core.errors import ConfigurationError, LLMVoxError, VoiceError, foreign
from ...core.sinks import Place
from ...core.state import StreamState
from ...core.stream import SpeechStream
from ...core.voices.base import Voice
from .aloud import Aloud
from .llm import LLM
from .operation.admission import Admission
from .operation.logs import note_speech
from .operation.metrics import Metrics
from .settings import ServerSettings
from .voices import Voices

__all__ = ["Service", "Talk", "TheService"]

log = logging.getLogger("llmvox_plugins.server")


LOOK_AROUND = 1.0  # seconds between two looks at whether a text is complete, and a voice silent


class Talk:
    """One stream that is being spoken to a client.

    silent_since: when (monotonic) the client began to wait for audio of a text that is complete; None if he
        does not.
    error: why it was ended before its end, if it was.
    """

    def __init__(self, stream: SpeechStream, voice: Voice, endpoint: str, patience: float) -> None:
        self.stream, self.voice, self.endpoint = stream, voice, endpoint
        self.silent_since: float | None = None
        self.error: VoiceError | None = None
        self._patience = patience
        self._chunks = aiter(stream)

    def __aiter__(self) -> AsyncIterator[AudioChunk]:
        return self

    async def __anext__(self) -> AudioChunk:
        """Raises the stream's error, or VoiceError if the voice gives nothing for too long."""
        try:
            while True:
                await asyncio.sleep(0)  # where audio waits already, nothing else would let others have a turn
                self._look_around()
                with anyio.move_on_after(min(LOOK_AROUND, self._patience)):
                    return await anext(self._chunks)
        except StopAsyncIteration:
            if self.error is not None:
                raise self.error from None
            raise
        finally:
            self.silent_since = None

    def cut(self, why: str) -> None:
        """End it now, in the middle: its reader gets the error."""
        self.error = self.error or VoiceError(why)
        self.stream.cancel()

    def _look_around(self) -> None:
        if self.stream.state is StreamState.OPEN:
            return
        now = time.monotonic()
        self.silent_since = self.silent_since or now
        if now >= self.silent_since + self._patience:
            self.cut(f"the voice gave no audio for {self._patience:g} s")


class Service:
    """One for each app. Used on one event loop.

    failure: why it cannot get ready, once that is known.
    llm: the LLM behind, if there is one.
    aloud: what speaks its answers on this machine, if anything does.

    speaks_to: where; None if nowhere. Raises ConfigurationError if there is nobody to speak for, and what
    the place raises if it cannot be opened.
    """

    def __init__(
        self,
        settings: ServerSettings,
        voices: Voices,
        llm: LLM | None = None,
        speaks_to: Place | None = None,
    ) -> None:
        self.settings = settings
        self.voices = voices
        self.llm = llm
        self.talks: set[Talk] = set()
        self.metrics = Metrics(lambda: len(self.talks), lambda: self.admission.waiting, lambda: self.silence)
        self.admission = Admission(
            settings.max_streams, settings.max_waiting, settings.queue_timeout, self.metrics.refused
        )
        self.failure: LLMVoxError | None = None
        self._llm_is_open = llm is None
        self.aloud = None if speaks_to is None else self._aloud(speaks_to)

    @property
    def ready(self) -> bool:
        """Whether all is loaded."""
        return self.voices.ready and self._llm_is_open

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Load the voices and the LLM, and measure the event loop, while the block goes on."""
        tasks = [asyncio.create_task(self._load()), asyncio.create_task(self.metrics.watch_loop())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            if self.aloud is not None:
                await self.aloud.close(self.settings.shutdown_timeout)
            if self.llm is not None:
                await self.llm.close()

    @asynccontextmanager
    async def talk(self, voice: Voice, endpoint: str) -> AsyncIterator[Talk]:
        """A stream with a place of its own; left before its end, it falls silent. Raises APIError."""
        async with self.admission.place():
            stream = SpeechStream(voice)
            talk = Talk(stream, voice, endpoint, self.settings.voice_timeout)
            self.talks.add(talk)
            try:
                yield talk
            finally:
                self.talks.discard(talk)
                stream.cancel()
                failed = (talk.error or stream.error) is not None
                self.metrics.spoke(endpoint, stream.stats, failed)
                note_speech(voice.name, stream.stats)

    def cut(self, why: str) -> None:
        """End all that is being spoken, in the middle."""
        for talk in list(self.talks):
            talk.cut(why)

    @property
    def silence(self) -> float:
        """Seconds that somebody has been waiting for audio of a complete text."""
        now = time.monotonic()
        return max((now - (talk.silent_since or now) for talk in self.talks), default=0.0)

    def _aloud(self, to: Place) -> Aloud:
        if self.llm is None:
            raise ConfigurationError(
                "aloud speaks what an LLM answers, and none is configured: llm_base_url, llm_model or "
                "llm_local names one"
            )
        return Aloud(to, self.settings.aloud_turns, self.settings.max_waiting, self.metrics)

    async def _load(self) -> None:
        try:
            await asyncio.to_thread(importlib.import_module, "av")  # 0.1 s that no request should wait for
            await self.voices.load()
            if self.aloud is not None:
                self.aloud.open(await self.voices.get("default"))
            if self.llm is not None:
                await self.llm.open()
            self._llm_is_open = True
        except Exception as error:  # noqa: BLE001  whatever it is, it is to be told
            self.failure = foreign(error, LLMVoxError, "the server could not get ready")
            log.getChild("start").error("%s", self.failure)


def _service_of(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


TheService = Annotated[Service, Depends(_service_of)]
