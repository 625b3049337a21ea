"""The public face of the engine: text goes into a `SpeechStream` as it is written, audio comes out.

With a sink, audio is played there by itself; without one, whoever iterates the stream gets it.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Any

from .audio import AudioChunk
from .errors import LLMVoxError, StreamError
from .sinks import Place, Sink, open_sink
from .speech import Speech
from .state import StreamLimits, StreamState
from .timeline import SpokenText, StreamStats
from .voices import load_voice
from .voices.base import Notice, Voice

__all__ = ["SpeechStream", "speak"]


class SpeechStream:
    """One text, one audio, one state. Made, it waits for text.

    voice: as load_voice() gives it.
    sink: where the audio is played, a `Sink` or a function that takes chunks. Streams that share a sink are
        played one after another, in the order in which they were opened. None: iterate the stream, with for
        or async for; one reader, who cancels the stream if he stops early.
    limits: what it may hold and how long it waits.

    As a context manager it ends the text and waits until everything has been heard; an exception inside
    cancels it, and so does leaving a stream without a sink that has not been read to its end.
    """

    def __init__(
        self,
        voice: Voice,
        sink: Sink | Callable[[AudioChunk], object] | None = None,
        *,
        limits: StreamLimits | None = None,
    ) -> None:
        place = None if sink is None else open_sink(sink)
        self._speech = Speech(voice, place, limits or StreamLimits())
        self._reading = False
        # Nobody can write to a stream that nobody has any more: its text is complete.
        weakref.finalize(self, self._speech.end).atexit = False

    def write(self, delta: str) -> None:
        """Add text; returns at once, and never fails because speech does.

        After a cancellation or a failure the text is ignored. Raises StreamEndedError after end(), and
        TypeError for anything but a string.
        """
        if not isinstance(delta, str):
            raise TypeError(f"write() takes str, not {type(delta).__name__}")
        self._speech.write(delta)

    def write_all(self, deltas: str | Iterable[str]) -> None:
        """Add all of a text, however long, in pace with the speech: waits while the inbox is full."""
        for delta in [deltas] if isinstance(deltas, str) else deltas:
            self._speech.write_when_room(delta)

    def end(self) -> None:
        """The text is complete; what was written is spoken to its end. May be called again."""
        self._speech.end()

    def cancel(self) -> None:
        """Fall silent at once, from any thread; what was not heard is dropped. May be called again."""
        self._speech.cancel()

    def wait(self, timeout: float | None = None) -> bool:
        """Until everything has been heard, or the stream was cancelled; returns whether it is so.

        timeout: seconds. Raises the stream's error if it has failed.
        """
        done = self._speech.life.wait(timeout)
        self._raise_if_failed(done)
        return done

    async def wait_async(self) -> None:
        """As wait(), on the running event loop."""
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        self._speech.life.when_done(lambda: _resolve(loop, done))
        await done
        self._raise_if_failed(True)

    @property
    def state(self) -> StreamState:
        return self._speech.state

    @property
    def done(self) -> bool:
        """Whether the state is final, and nothing will be heard any more."""
        return self._speech.life.done

    @property
    def error(self) -> LLMVoxError | None:
        """Why the stream has failed."""
        return self._speech.life.error

    @property
    def spoken(self) -> SpokenText:
        """What was written, and how much of it has been heard by now.

        Heard is what a sink has really played, or what a reader has taken.
        """
        return self._speech.spoken

    @property
    def stats(self) -> StreamStats:
        return self._speech.stats

    @property
    def sentence_ends(self) -> Sequence[int]:
        """Where in the text, in code points, sentences end; those that have been read so far, in order."""
        return self._speech.sentence_ends

    @property
    def notices(self) -> list[Notice]:
        """What went less than well, though speech went on: a sentence that had to be stopped, say."""
        return list(self._speech.utterance.notices)

    def __iter__(self) -> _Reader:
        return self._reader()

    def __aiter__(self) -> _Reader:
        return self._reader()

    def __enter__(self) -> SpeechStream:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None) -> None:
        if self._leaves_waiting(kind):
            try:
                self.wait()
            except BaseException:
                self.cancel()  # Ctrl-C while it speaks: silence
                raise

    async def __aenter__(self) -> SpeechStream:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None
    ) -> None:
        if self._leaves_waiting(kind):
            try:
                await self.wait_async()
            except BaseException:
                self.cancel()
                raise

    def _leaves_waiting(self, kind: type[BaseException] | None) -> bool:
        if kind is not None or not self._speech.pushed:
            if not self.state.is_final:
                self.cancel()
            return False
        self.end()
        return True

    def _raise_if_failed(self, done: bool) -> None:
        if done and self._speech.life.error is not None:
            raise self._speech.life.error

    def _reader(self) -> _Reader:
        if self._speech.pushed:
            raise StreamError("this stream plays into its sink: open one without a sink to iterate it")
        if self._reading:
            raise StreamError("this stream is being read already: its audio has one reader")
        self._reading = True
        return _Reader(self._speech)


def speak(
    text: str | Iterable[str],
    *,
    voice: Voice | str | None = None,
    to: Place | None = None,
) -> SpokenText:
    """Say a text, or deltas as they come, and return when it has been heard.

    voice: a voice, its name, or None for LLMVOX_VOICE or the best there is.
    to: a path, whose suffix tells the format, "speaker", a sink or a function that takes chunks; None for
        LLMVOX_TO or the speaker.

    Raises what goes wrong; what was written to a file by then is playable.
    """
    speaker = load_voice(voice) if voice is None or isinstance(voice, str) else voice
    sink = open_sink(to)
    try:
        with SpeechStream(speaker, sink) as stream:
            stream.write_all(text)
    finally:
        if sink is not to:
            sink.close()
    return stream.spoken


class _Reader:
    """Draws the audio out of a stream; given up before the end, it cancels the stream."""

    def __init__(self, speech: Speech) -> None:
        self._speech = speech

    def __iter__(self) -> _Reader:
        return self

    def __aiter__(self) -> _Reader:
        return self

    def __next__(self) -> AudioChunk:
        chunk = self._speech.take()
        if chunk is None:
            raise StopIteration
        return chunk

    async def __anext__(self) -> AudioChunk:
        chunk = await self._speech.take_async()
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    def __del__(self) -> None:
        if not self._speech.state.is_final:
            self._speech.cancel()


def _resolve(loop: asyncio.AbstractEventLoop, future: asyncio.Future[None]) -> None:
    def resolve() -> None:
        if not future.done():
            future.set_result(None)

    if not loop.is_closed():
        loop.call_soon_threadsafe(resolve)
