"""One text of a WebSocket: written by the listener to the client, spoken by the speaker to him."""

from __future__ import annotations

import uuid
from typing import Any, Protocol

import anyio

from ....core.state import StreamState
from ....core.timeline import StreamStats
from ....core.voices.base import Voice
from ..audio import MEDIA_TYPES, SAMPLE_RATE, Press, silent
from ..errors import APIError
from ..operation.logs import note
from ..service import Service, Talk
from .marks import Mark, Marks
from .messages import Config
from .written import WrittenText

__all__ = ["LiveText", "Sender"]

_NOTHING = StreamStats(None, 0.0, None, 0)
MOST_WAITING = 2**20  # characters that may come before the text has a place


class Sender(Protocol):
    async def send(self, message: dict[str, Any] | bytes) -> None: ...


class LiveText:
    """voice: what speaks it. config: how."""

    def __init__(self, voice: Voice, config: Config) -> None:
        self.open = True
        self._voice, self._config = voice, config
        self._written = WrittenText()
        self._early: list[str] = []  # what was written before it had a place
        self._early_length = 0
        self._talk: Talk | None = None
        self._marks: Marks | None = None
        self._played: float | None = None
        self.cancelled = False
        self._started = False
        self._waiting = anyio.CancelScope()

    # the writer

    def write(self, delta: str) -> None:
        """Raises APIError if too much waits."""
        self._write(self._written.add(delta))

    def end(self) -> None:
        self._write(self._written.flush())
        self.open = False
        if self._talk is not None:
            self._talk.stream.end()

    def cancel(self) -> None:
        """Nothing more of it is to be heard."""
        self.open, self.cancelled = False, True
        if self._talk is None:
            self._waiting.cancel()
        else:
            self._talk.stream.cancel()

    def played(self, seconds: float) -> dict[str, Any]:
        """The client has played so much of it; returns what he has heard, as it is told him."""
        self._played = seconds
        return self._heard()

    def _write(self, text: str) -> None:
        if self._talk is not None:
            self._talk.stream.write(text)
            return
        self._early.append(text)
        self._early_length += len(text)
        if self._early_length > MOST_WAITING:
            raise APIError(413, f"more than {MOST_WAITING} characters came before they could be spoken")

    # the speaker

    async def speak(self, service: Service, client: Sender) -> None:
        """Until all is said, or it was cancelled. Raises APIError and the stream's errors."""
        with self._waiting:
            async with service.talk(self._voice, "live") as talk:
                self._begin(talk)
                await self._send_audio(talk, client)
        await self._start(client)
        await client.send(self._done())

    def _begin(self, talk: Talk) -> None:
        self._talk = talk
        note(format=MEDIA_TYPES[self._config.response_format].partition(";")[0])
        self._marks = Marks(talk.stream.sentence_ends, self._config.speed)
        for text in self._early:
            talk.stream.write(text)
        self._early.clear()
        if not self.open:
            talk.stream.end()

    async def _send_audio(self, talk: Talk, client: Sender) -> None:
        assert self._marks is not None
        press: Press | None = None
        async for chunk in talk:
            if press is None:
                press = Press(self._config.response_format, chunk.sample_rate, self._config.speed)
                await self._start(client)
            for mark in self._marks.feed(chunk):
                await client.send(self._mark(mark))
            if part := await press.feed(chunk.samples):
                await client.send(part)
        if talk.stream.state is StreamState.FINISHED:
            await self._send_rest(press, client)

    async def _send_rest(self, press: Press | None, client: Sender) -> None:
        assert self._marks is not None
        if press is not None:
            rest = await press.flush()
        else:  # raw samples need none, but a file of no bytes is no file
            rest = (
                b"" if self._config.response_format == "pcm" else await silent(self._config.response_format)
            )
        await self._start(client)
        if rest:
            await client.send(rest)
        for mark in self._marks.flush():
            await client.send(self._mark(mark))

    async def _start(self, client: Sender) -> None:
        """Tell what comes, once."""
        if self._started:
            return
        self._started = True
        await client.send(
            {
                "type": "audio.start",
                "id": f"speech_{uuid.uuid4().hex}",
                "voice": self._voice.name,
                "response_format": self._config.response_format,
                "sample_rate": SAMPLE_RATE,
            }
        )

    def _mark(self, mark: Mark) -> dict[str, Any]:
        end = {} if mark.end is None else {"end": round(mark.end, 4)}
        return {
            "type": mark.kind,
            "start": round(mark.start, 4),
            **end,
            "span": list(mark.span),
            "span_utf16": self._written.utf16(mark.span),
            "estimated": mark.estimated,
        }

    def _done(self) -> dict[str, Any]:
        stream = self._talk.stream if self._talk else None
        stats = stream.stats if stream else _NOTHING
        notices = stream.notices if stream else []
        return {
            "type": "audio.done",
            "reason": stream.state.value if stream else "cancelled",
            "audio_seconds": round(stats.audio_seconds / self._config.speed, 4),
            "time_to_first_audio": stats.time_to_first_audio,
            "real_time_factor": stats.real_time_factor,
            "underruns": stats.underruns,
            "heard": self._heard(),
            "notices": [{"span": list(span), "message": message} for span, message in notices],
        }

    def _heard(self) -> dict[str, int]:
        """As far as the client has said that he has played; if he says nothing, as far as was sent."""
        if self._talk is None or self._marks is None:
            return {"end": 0, "end_utf16": 0}
        stream = self._talk.stream
        everything = stream.stats.audio_seconds / self._config.speed
        played = everything if self._played is None else self._played
        if stream.state is StreamState.FINISHED and played >= everything - 0.01:
            end = self._written.length
        else:
            end = self._marks.heard_end(played)
        return {"end": end, "end_utf16": self._written.utf16((end, end))[0]}
