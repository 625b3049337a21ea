"""The server's own voice: an ear for each answer that passes, and one mouth for them all.

The event loop only drops bytes into an inbox. A thread reads them and tells a narrator what to say: whatever
the voice and the place do, no client waits for it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from queue import Empty, SimpleQueue

from ....core.errors import LLMVoxError
from ....core.narrator import Narrator, Turns
from ....core.sinks import Place, open_sink
from ....core.stream import SpeechStream
from ....core.voices.base import Voice
from ..operation.failsafe import log_unforeseen
from ..operation.logs import current_id
from ..operation.metrics import Metrics
from .ear import Ear, Edge, Fate

__all__ = ["ASIDE", "Aloud"]

log = logging.getLogger("llmvox_plugins.server")

MOST_UNREAD = 16 * 2**20  # bytes in the inbox; there are as many only if the thread hangs
MOST_REMEMBERED = 64  # answers that are known if their request comes again
LOOK_AROUND = 0.05  # seconds between two looks at what has become of those that speak
LAST_WORDS = 1.0  # seconds that it may take to fall silent

ASIDE = "x-llmvox-aloud"
"""A header by which a request says "no": who asks speaks himself, or it is nothing for the ear."""

_NO = ("no", "off", "false", "0")
_WAKE = None


class Aloud:
    """to: a path, "speaker", a sink or a function that takes chunks; what cannot be opened raises here.
    turns: whose turn it is where several answers would be spoken at once, as `Narrator` has it.
    most_waiting: answers that may wait while one is spoken; what comes beyond them is not spoken.
    """

    def __init__(self, to: Place, turns: Turns, most_waiting: int, metrics: Metrics) -> None:
        self._sink = open_sink(to)
        self._owns_sink = self._sink is not to
        self._turns, self._most_waiting, self._metrics = turns, most_waiting, metrics
        self._inbox: SimpleQueue[tuple[Ear, bytes | Edge] | None] = SimpleQueue()
        self._listening: set[Ear] = set()
        self._put = self._taken = 0  # bytes: one is counted by the loop, the other by the thread
        self._ends_at: float | None = None  # when (monotonic) there is silence
        self._thread: threading.Thread | None = None
        self._over = threading.Event()
        self._all_heard = True
        self._speaking: list[Ear] = []  # the thread's own, in the order in which they began
        self._latest: SpeechStream | None = None
        self._answered: OrderedDict[bytes, Ear] = OrderedDict()  # by their questions

    # the event loop

    def open(self, voice: Voice) -> None:
        """Speak from now on, also what has been heard before."""
        narrator = Narrator(voice, self._sink, turns=self._turns)
        self._thread = threading.Thread(
            target=self._run, args=[narrator, voice.name], name="llmvox-aloud", daemon=True
        )
        self._thread.start()

    def ear(self, path: str, asked: bytes, headers: Mapping[str, str]) -> Ear | None:
        """For one request whose answer is meant for a listener; None if he wants to hear it elsewhere."""
        if headers.get(ASIDE, "").strip().lower() in _NO:
            return None
        return Ear(path, asked, headers, current_id(), self._hear)

    def _hear(self, ear: Ear, part: bytes | Edge) -> None:
        if part is Edge.BEGIN:
            self._listening.add(ear)
            return
        if isinstance(part, bytes):
            self._put += len(part)
            if self._put - self._taken > MOST_UNREAD:
                ear.deaf, part = True, Edge.CUT
        self._inbox.put((ear, part))
        if isinstance(part, Edge):
            self._listening.discard(ear)

    async def close(self, patience: float) -> bool:
        """Let what passes, and what has been said, be heard for so many seconds; then there is silence.

        Returns whether all was heard. Called again, it waits for the same.
        """
        if self._ends_at is None:
            self._ends_at = time.monotonic() + patience
            if self._thread is None:
                self._close_sink()
                self._over.set()
            self._inbox.put(_WAKE)
        left = self._ends_at + LAST_WORDS - time.monotonic()
        await asyncio.to_thread(self._over.wait, max(0.0, left))
        return self._over.is_set() and self._all_heard

    # the thread

    def _run(self, narrator: Narrator, voice: str) -> None:
        while self._goes_on:
            self._take(narrator)
            self._look_after(voice)
        self._all_heard = not (self._listening or self._speaking)
        narrator.close(timeout=0)
        self._look_after(voice)
        self._close_sink()
        self._over.set()

    @property
    def _goes_on(self) -> bool:
        if self._ends_at is None:
            return True
        waits = self._listening or self._speaking or not self._inbox.empty()
        return bool(waits) and time.monotonic() < self._ends_at

    def _take(self, narrator: Narrator) -> None:
        idle = self._ends_at is None and not self._speaking
        try:
            entry = self._inbox.get(timeout=None if idle else LOOK_AROUND)
        except Empty:
            return
        if entry is _WAKE:
            return
        ear, part = entry
        self._taken += len(part) if isinstance(part, bytes) else 0
        try:
            if not ear.over:
                self._heed(narrator, ear, part)
        except Exception as error:  # noqa: BLE001  the next answer shall be heard all the same
            log_unforeseen(error)
            self._silence(narrator, ear)

    def _heed(self, narrator: Narrator, ear: Ear, part: bytes | Edge) -> None:
        for text in ear.texts(part):
            if not ear.said:
                self._begin(narrator, ear)
            if ear.unspoken is None:
                narrator.write(ear, ear, text)
                self._note_stream(narrator, ear)
        if ear.complete:
            narrator.finish(ear)
            self._note_stream(narrator, ear)
            ear.over = True
        elif ear.failed or isinstance(part, Edge):
            self._silence(narrator, ear)

    def _begin(self, narrator: Narrator, ear: Ear) -> None:
        ear.said = True
        ear.unspoken = self._why_not(narrator, ear)
        if ear.unspoken is None:
            self._answered[ear.question] = ear
            if len(self._answered) > MOST_REMEMBERED:
                self._answered.popitem(last=False)
            narrator.begin(ear, ear)
        self._speaking.append(ear)

    def _why_not(self, narrator: Narrator, ear: Ear) -> Fate | None:
        """Who repeats a request has no use for its first answer: what of that was not heard will not be."""
        earlier = self._answered.get(ear.question) if ear.is_again else None
        if earlier is not None:
            if not earlier.speaks and earlier.fate == "heard":
                return "repeated"
            self._silence(narrator, earlier)
        waiting = sum(each.unspoken is None for each in self._speaking)
        if waiting > self._most_waiting:
            log.warning("an answer is not spoken: %d others are, or wait to be heard", waiting)
            return "dropped"
        return None

    def _note_stream(self, narrator: Narrator, ear: Ear) -> None:
        """A stream that has opened while somebody said something is his."""
        if narrator.stream is not None and narrator.stream is not self._latest:
            self._latest = narrator.stream
            ear.streams.append(self._latest)

    def _silence(self, narrator: Narrator, ear: Ear) -> None:
        ear.over = True
        narrator.cancel(ear)
        for stream in ear.streams:  # the narrator does not know it any more once it was complete
            stream.cancel()

    def _look_after(self, voice: str) -> None:
        """Tell what became of those that do not speak any more."""
        for ear in [ear for ear in self._speaking if not ear.speaks]:
            self._speaking.remove(ear)
            self._metrics.spoke_aloud(ear.fate)
            for stream in ear.streams:
                self._metrics.spoke("aloud", stream.stats, stream.error is not None)
            self._tell(ear, voice)

    def _tell(self, ear: Ear, voice: str) -> None:
        stats = [stream.stats for stream in ear.streams]
        facts = {
            "request_id": ear.request_id,
            "voice": voice,
            "fate": ear.fate,
            "audio_seconds": round(sum(each.audio_seconds for each in stats), 3),
        }
        log.info("spoken aloud", extra=facts)

    def _close_sink(self) -> None:
        try:
            if self._owns_sink:
                self._sink.close()
        except LLMVoxError as error:
            log.error("what was spoken aloud could not be completed: %s", error)
