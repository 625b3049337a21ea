"""What all endpoints speak through: the voices, the places, the figures, and the streams that are open."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from ...core.audio import AudioChunk
from ...core.errors import VoiceError
from ...core.state import StreamState
from ...core.stream import SpeechStream
from ...core.voices.base import Voice
from .admission import Admission
from .settings import ServerSettings
from .voices import Voices

__all__ = ["Service", "Talk"]


class Talk:
    """One stream that is being spoken to a client.

    silent_since: when (monotonic) the client began to wait for audio of a text that is complete; None if he
        does not.
    """

    def __init__(self, stream: SpeechStream, voice: Voice, endpoint: str, patience: float) -> None:
        self.stream, self.voice, self.endpoint = stream, voice, endpoint
        self.silent_since: float | None = None
        self._patience = patience
        self._chunks = aiter(stream)

    def __aiter__(self) -> AsyncIterator[AudioChunk]:
        return self

    async def __anext__(self) -> AudioChunk:
        """Raises the stream's error, or VoiceError if the voice gives nothing for too long."""
        try:
            while True:
                if self.silent_since is None and self.stream.state is not StreamState.OPEN:
                    self.silent_since = time.monotonic()
                with anyio.move_on_after(self._patience):
                    return await anext(self._chunks)
                if self.silent_since is not None:
                    self.stream.cancel()
                    raise VoiceError(f"the voice gave no audio for {self._patience:g} s")
        finally:
            self.silent_since = None


class Service:
    """One for each app. Used on one event loop."""

    def __init__(self, settings: ServerSettings, voices: Voices) -> None:
        self.settings = settings
        self.voices = voices
        self.admission = Admission(settings.max_streams, settings.max_waiting, settings.queue_timeout)
        self.talks: set[Talk] = set()

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
