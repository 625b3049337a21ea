"""One text in, one audio out, one state: what the threads of the engine room do for a stream.

The writer's thread calls write() and end(); the voice's text thread read() and tick(); its worker due(),
buffered() and deliver(); and either a sink's drain thread play(), or a reader take(). No thread belongs to
a speech itself. `SpeechStream` is its public face.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from .audio import AudioChunk
from .audio_queue import AudioQueue
from .drain import Drain
from .errors import (
    ForkedError,
    InboxFullError,
    LLMVoxError,
    SinkError,
    StreamEndedError,
    VoiceError,
    foreign,
)
from .inbox import Inbox, slices
from .lifecycle import track
from .playback import Playback
from .scheduler import Scheduler
from .sinks import Sink
from .state import Life, StreamLimits, StreamState
from .text import Word
from .timeline import SpokenText, StreamStats, Timeline
from .voices.base import Voice

__all__ = ["Speech"]

log = logging.getLogger("llmvox_plugins")

WORDS_AHEAD = 256  # words read and not yet voiced: beyond it the text waits in the inbox
LOOK_AROUND = 1.0  # seconds until time limits are looked at again, at the latest


class _Batch(NamedTuple):
    words: list[Word]
    flush: bool
    is_last: bool


class Speech:
    """sink: where a drain plays it; None if somebody take()s its audio."""

    def __init__(self, voice: Voice, sink: Sink | None, limits: StreamLimits) -> None:
        self.life = Life()
        self.utterance = voice.utterance()
        self._voice = voice
        self._limits = limits
        self._scheduler = Scheduler.of(voice.engine)
        self._inbox = Inbox(voice.text, limits.inbox)
        self._audio = AudioQueue(limits.buffer_seconds, self._scheduler.work_came)
        self._playback = None if sink is None else Playback(sink, limits.stall_timeout)
        self._timeline = Timeline()
        self._taken = 0.0  # seconds that a reader has taken
        self._unread = False  # the text thread has been told to come
        self.sentence_ends: list[int] = []  # where in the text those end that have been read
        self._words: deque[_Batch] = deque()  # on their way from the text thread to the worker
        self._all_fed = False  # the utterance has every word
        self._notices_logged = 0
        self._words_read = self._words_fed = self._words_voiced = 0
        self._lock = threading.RLock()  # the timeline; no other lock is taken while it is held
        track(self)
        self._scheduler.add(self, voice.engine)
        if sink is not None:
            Drain.of(sink).add(self, sink)

    # the writer

    def write(self, delta: str) -> None:
        """Raises StreamEndedError after end(); after a failure or a cancellation the text is ignored."""
        if not self._takes_text() or not delta:
            return
        try:
            self._inbox.write(delta)
        except InboxFullError as error:
            self.fail(error)
        else:
            self._text_came()

    def write_when_room(self, delta: str) -> None:
        """As write(), and waits as long as the inbox is full."""
        for part in slices(delta):
            if not self._takes_text():
                return
            self._inbox.write_when_room(part)
            self._text_came()

    def end(self) -> None:
        """The text is complete. What was written is spoken to its end."""
        if self.life.drain():
            self._inbox.end()
            self._call_text_thread()

    def cancel(self) -> None:
        """Fall silent now; what was not heard is dropped. A stream that has failed stays failed."""
        self.life.become(StreamState.CANCELLED)
        if not self.life.done:
            self._fall_silent()

    def _takes_text(self) -> bool:
        if self.state in (StreamState.DRAINING, StreamState.FINISHED):
            raise StreamEndedError("text was written after the stream's end: open another stream for it")
        return self.state is StreamState.OPEN

    def _text_came(self) -> None:
        with self._lock:
            self._timeline.wrote(time.monotonic())
        self._call_text_thread()

    def _call_text_thread(self) -> None:
        if not self._unread:
            self._unread = True
            self._scheduler.text_came(self)

    # the text thread

    def read(self) -> bool:
        self._unread = False
        if self.state.is_final or self._crowded:
            return False
        words = self._words_of(self._inbox.read)
        self._pass_on(words, flush=self._inbox.finished)
        return self._inbox.readable and not self._crowded

    def tick(self, now: float) -> float:
        stalls = self._look_after_sink(now)
        if self.state is not StreamState.OPEN:
            return stalls
        pauses = self._inbox.last_text + self._limits.idle_release
        if now >= pauses and self._inbox.holds_back:
            self._pass_on(self._words_of(self._inbox.release), flush=True)
        ends = self._inbox.last_text + self._limits.idle_timeout
        if now >= ends:
            self.end()
        return min(time for time in (stalls, pauses, ends, now + LOOK_AROUND) if time > now)

    def _look_after_sink(self, now: float) -> float:
        if self._playback is None:
            return math.inf
        if now >= self._playback.deadline:
            error = self._playback.stalled()
            self.refuse(error)
            Drain.of(self._playback.sink).stalled(error)
        return self._playback.deadline

    def _words_of(self, read: Callable[[], list[Word]]) -> list[Word]:
        try:
            return read()
        except Exception as error:  # noqa: BLE001  no text, whatever is in it, may end the voice's thread
            self.fail(foreign(error, VoiceError, "the text could not be read"))
            return []

    def _pass_on(self, words: list[Word], flush: bool) -> None:
        if words or flush:
            self._words_read += len(words)
            self.sentence_ends += (word.span[1] for word in words if word.ends_sentence)
            self._words.append(_Batch(words, flush, is_last=self._inbox.finished))
            self._scheduler.work_came()

    @property
    def _crowded(self) -> bool:
        return self._words_read - self._words_voiced >= WORDS_AHEAD

    # the worker thread

    def due(self, now: float) -> float:
        if self.state.is_final:
            return math.inf
        self._feed_utterance()
        if not self._audio.room:
            return math.inf
        return self.utterance.due(self.buffered(now))

    def buffered(self, now: float) -> float:
        with self._lock:
            return self._timeline.buffered(now)

    def deliver(self, chunks: list[AudioChunk], work: float) -> None:
        with self._lock:
            self._timeline.worked(work)
            for chunk in chunks:
                self._timeline.made(chunk, time.monotonic())
        for chunk in chunks:
            if not self._audio.put(chunk):
                self.cancel()
        self._log_notices()
        self._words_voiced = self._words_fed - self.utterance.backlog
        if self._inbox.readable and not self._crowded:
            self._call_text_thread()
        self._close_audio_if_complete()

    def _log_notices(self) -> None:
        for notice in self.utterance.notices[self._notices_logged :]:
            self._notices_logged += 1
            log.warning("%s, for the text at %d to %d", notice.message, *notice.span)

    def fail(self, error: Exception) -> None:
        """The text or the voice is broken: what was made before is still heard."""
        ours = foreign(error, LLMVoxError, "the stream failed")
        if not self.life.become(StreamState.FAILED, ours):
            return
        self.utterance.cancelled = True
        self._inbox.close()
        self._audio.close(ours)
        if self._playback is None:
            self._close()

    def _feed_utterance(self) -> None:
        while self._words:
            batch = self._words.popleft()
            self.utterance.feed(batch.words)
            self._words_fed += len(batch.words)
            if batch.flush:
                self.utterance.flush()
            self._all_fed = batch.is_last
        self._close_audio_if_complete()

    def _close_audio_if_complete(self) -> None:
        if self._all_fed and not self.utterance.backlog and not self._audio.close():
            self.cancel()

    # the listener: a reader, or the drain of a sink

    def take(self) -> AudioChunk | None:
        """The next chunk, or None at the end; raises the stream's error."""
        return self._took(self._audio.get())

    async def take_async(self) -> AudioChunk | None:
        return self._took(await self._audio.get_async())

    def play(self, sink: Sink) -> None:
        assert self._playback is not None
        try:
            self._playback.run(self._voice.sample_rate, self._take_for_sink)
        except SinkError as error:
            self.refuse(error)
        self._finish()

    def refuse(self, error: LLMVoxError) -> None:
        """The sink is broken: nothing more will be heard."""
        self.life.become(StreamState.FAILED, error)
        if not self.life.done:
            self._fall_silent()

    def _take_for_sink(self) -> AudioChunk | None:
        try:
            return self._took(self._audio.get())
        except LLMVoxError:
            return None  # the maker failed, and the state says so; what came before shall be heard

    def _took(self, chunk: AudioChunk | None) -> AudioChunk | None:
        with self._lock:
            self._timeline.listening(time.monotonic())
            if chunk is not None:
                self._taken = chunk.end
        if chunk is None and self._playback is None:
            self._finish()
        return chunk

    # what became of it

    @property
    def state(self) -> StreamState:
        return self.life.state

    @property
    def spoken(self) -> SpokenText:
        text = self._inbox.text
        played = self._taken if self._playback is None else self._playback.played
        with self._lock:
            heard = len(text) if self.state is StreamState.FINISHED else self._timeline.heard_end(played)
        return SpokenText(text, heard)

    @property
    def stats(self) -> StreamStats:
        underruns = None if self._playback is None else self._playback.underruns
        with self._lock:
            return self._timeline.stats(underruns)

    @property
    def pushed(self) -> bool:
        """Whether it is heard without anybody reading it."""
        return self._playback is not None

    def _fall_silent(self) -> None:
        self.utterance.cancelled = True
        self._inbox.close()
        self._audio.clear()
        if self._playback is not None:
            self._playback.abort()
        self._close()

    def _finish(self) -> None:
        self.life.become(StreamState.FINISHED)
        self._close()

    def _close(self) -> None:
        self._inbox.close()
        self._scheduler.remove(self)
        self.life.close()

    def orphan(self) -> None:
        """In a forked child: nobody works for this stream, and its locks may be held by nobody."""
        self._lock, self._playback = threading.RLock(), None
        self._inbox = Inbox(self._voice.text, self._limits.inbox)
        self._audio = AudioQueue(self._limits.buffer_seconds, lambda: None)
        if not self.life.done:
            self.life = Life.lost(
                ForkedError("this stream was opened before the process forked: open one here")
            )
        self._audio.close(self.life.error)
