"""Speaks for an agent: what a doorway needs so that runs, which come and go as they like, are heard in order.

A root is one call of the agent; a run is one answer of a model within it, and has a stream of its own, which
opens with its first text, but not before those of the runs that began before it. Roots do not wait for each
other: a model that thinks for long keeps nobody silent. Streams of one sink are heard one after another while
those that follow are being made. It knows no framework: doorways say which run belongs to which root, by
which names a run goes, and leave out what shall not be heard.
"""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import Literal, TypeAlias, get_args
from weakref import WeakSet

from .casting import Casting
from .errors import ConfigurationError, LLMVoxError, StreamEndedError, foreign
from .roots import Root, Run
from .sinks import Place, Sink, open_sink
from .state import StreamLimits
from .stream import SpeechStream
from .timeline import SpokenText
from .voices.base import Voice

__all__ = ["LIMITS", "Narrator", "Turns"]

log = logging.getLogger("llmvox_plugins")

Turns: TypeAlias = Literal["queue", "latest", "first"]
"""Whose turn it is where several roots would speak at once: one after another; the one that began to speak
last, and the others fall silent; the one that speaks, and the others stay silent."""

LIMITS = StreamLimits(idle_timeout=60.0)  # an agent that is cancelled may never say that it has ended
MOST_ROOTS = 256  # roots whose end nobody tells are forgotten beyond it
MOST_REMEMBERED = 256  # runs that can still be asked after
LOOK_AROUND = 1.0  # seconds between two looks at whether a root is lost


class Narrator:
    """voice: a voice, its name, or None for the default.
    to: a path, "speaker", a sink or a function; None for the default. Opened now, so that what cannot be
        opened raises here and not in the agent; closed by close() unless it was given open.
    voices, only, mute: who is heard in which voice, as `Casting` takes them.
    turns: whose turn it is where several roots would speak at once.
    raise_errors: whether trouble with speech is raised into the agent; else logged and kept on the stream.
    in_background: voices and place are opened by a thread once the first run begins; text waits for them.
        What cannot be opened is logged once and kept in `error`, and nothing is heard.
    """

    def __init__(
        self,
        voice: Voice | str | None = None,
        to: Place | None = None,
        *,
        voices: Mapping[str, Voice | str] | None = None,
        only: Iterable[str] | None = None,
        mute: Iterable[str] = (),
        turns: Turns = "queue",
        raise_errors: bool = False,
        limits: StreamLimits = LIMITS,
        in_background: bool = False,
    ) -> None:
        if turns not in get_args(Turns):
            raise ConfigurationError(f"turns is one of {', '.join(get_args(Turns))}, not {turns!r}")
        self.stream: SpeechStream | None = None
        self.raise_errors = raise_errors
        self._casting = Casting(voice, voices, only, mute)
        self._to = to
        self._turns = turns
        self._limits = limits
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._roots: dict[Hashable, Root] = {}
        self._spoke: deque[Run] = deque()  # in order of their first text, from the first one not done
        self._waiting: list[Root] = []  # those that spoke before there was a voice
        self._remembered: OrderedDict[Hashable, Run] = OrderedDict()
        self._sink: Sink | None = None
        self._opening: threading.Thread | None = None
        self._trouble: LLMVoxError | None = None
        self._closed = False
        self._sink_closed = False
        if not in_background:
            self._sink = self._open_all()
        _live.add(self)

    # what an agent does

    def begin(
        self, root: Hashable, run: Hashable, names: Collection[str] = (), *, hold: bool = False
    ) -> bool:
        """A model starts to answer; returns whether it will be heard.

        names: what the run is called by, the nearest first.
        hold: its text is spoken once it has ended, and not before.
        """
        with self._lock:
            if self._closed or not self._casting.hears(names):
                return False
            if self._sink is None and self._opening is None:
                # no daemon: a program that ends meanwhile is still heard
                self._opening = threading.Thread(target=self._open_in_background, name="llmvox-opening")
                self._opening.start()
            if root not in self._roots:
                self._forget_lost_roots()
                self._roots[root] = Root()
            place = self._roots[root]
            self._forget_what_was_long_ago(place)
            place.runs[run] = self._remembered[run] = Run(place, names, hold)
            place.active = time.monotonic()
            return not place.mute

    def write(self, root: Hashable, run: Hashable, text: str) -> None:
        """The model's answer goes on."""
        with self._lock:
            found = self._find(root, run)
            if found is None or found.ended or not text:
                return
            found.root.active = time.monotonic()
            if found.streams:
                self._write(found, text)
            else:
                found.text.append(text)
                self._open_streams(found.root)

    def end(self, root: Hashable, run: Hashable) -> None:
        """The model's answer is complete."""
        with self._lock:
            found = self._find(root, run)
            if found is None:
                return
            found.ended = True
            for stream in found.streams:
                stream.end()
            self._open_streams(found.root)

    def say(self, root: Hashable, text: str, names: Collection[str] = ()) -> None:
        """A remark that no model wrote."""
        run = object()
        if self.begin(root, run, names):
            self.write(root, run, text)
            self.end(root, run)

    def drop(self, root: Hashable, run: Hashable) -> None:
        """The model's answer is void, also if it has ended: what of it has not been heard will not be."""
        with self._lock:
            place = self._roots.get(root)
            found = None if place is None else place.runs.pop(run, None)
            void = [] if found is None else found.silence()
        _cancel(void)
        with self._lock:
            if place is not None and self._roots.get(root) is place:
                self._open_streams(place)

    def take_back(self, run: Hashable) -> None:
        """As drop(), also once the run's root has ended: somebody else speaks it."""
        with self._lock:
            found = self._remembered.get(run)
            void = [] if found is None else found.silence()
        _cancel(void)

    def finish(self, root: Hashable) -> None:
        """The root has ended, and what it said is spoken to its end."""
        with self._lock:
            place = self._roots.get(root)
            if place is None:
                return
            try:
                for run in list(place.runs):
                    self.end(root, run)
            finally:
                del self._roots[root]
                self._changed.notify_all()

    def cancel(self, root: Hashable) -> None:
        """The root has failed or was cancelled: silence."""
        with self._lock:
            place = self._roots.pop(root, None)
            void = [] if place is None else place.silence()
            self._changed.notify_all()
        _cancel(void)

    # what the listener does

    def interrupt(self) -> SpokenText:
        """Fall silent at once; returns the text that was being spoken, and what of it has been heard.

        All that is at work now stays silent until it has ended; what begins from now on is heard.
        """
        with self._lock:
            speaking = [run for run in self._spoke if run.speaks]
            void = [stream for run in speaking for stream in run.silence()]
            for place in [*self._roots.values(), *self._waiting, *(run.root for run in speaking)]:
                place.silence()
            self._changed.notify_all()
        _cancel(void)
        return speaking[0].root.spoken if speaking else SpokenText("", 0)

    @property
    def spoken(self) -> SpokenText:
        """What the root that opened its mouth last has said, and how much of it has been heard by now."""
        with self._lock:
            last = self._spoke[-1].root if self._spoke else None
        return SpokenText("", 0) if last is None else last.spoken

    def spoken_of(self, run: Hashable) -> SpokenText | None:
        """What a run has said, also after its end; None if it is not known, or was not to be heard."""
        with self._lock:
            found = self._remembered.get(run)
        return None if found is None else found.spoken

    @property
    def error(self) -> LLMVoxError | None:
        """What went wrong last: in the stream that was opened last, or where none could be opened."""
        return self._trouble or (None if self.stream is None else self.stream.error)

    def wait(self, timeout: float | None = None) -> bool:
        """Until all that was begun has been heard; returns whether it has. With raise_errors, raises the
        first error of a stream."""
        deadline = time.monotonic() + (threading.TIMEOUT_MAX if timeout is None else timeout)
        if self._opening is not None:
            self._opening.join(_left(deadline))
        with self._changed:
            while self._roots_end_by() > time.monotonic() and _left(deadline):
                self._changed.wait(min(_left(deadline), LOOK_AROUND))
            streams = [stream for run in self._spoke for stream in run.streams]
            over = not self._waiting and self._roots_end_by() <= time.monotonic()
        heard = [_wait(stream, _left(deadline)) for stream in streams]
        errors = [error for error in [self._trouble, *(stream.error for stream in streams)] if error]
        if errors and self.raise_errors:
            raise errors[0]
        return over and all(heard)

    def _roots_end_by(self) -> float:
        """When the last one that is at work may be taken for lost; it is only known by its silence."""
        return max(map(self._ends_by, self._roots.values()), default=-math.inf)

    def _ends_by(self, root: Root) -> float:
        return -math.inf if root.mute or root.broke_off else root.active + self._limits.idle_timeout

    def close(self, timeout: float | None = None) -> None:
        """Finish what was begun, for `timeout` seconds at most, then fall silent and close the sink."""
        with self._lock:
            closes, self._closed = not self._closed, True
            for root in list(self._roots):
                self.finish(root)
        heard = False
        try:
            heard = self.wait(timeout)
        finally:
            if not heard:
                self.interrupt()
            if closes:
                with self._lock:  # the sink may be on its way
                    sink, self._sink_closed = self._sink, True
                self._close(sink)

    def _close(self, sink: Sink | None) -> None:
        if sink is not None and sink is not self._to:
            sink.close()

    # from a run to its streams

    def _find(self, root: Hashable, run: Hashable) -> Run | None:
        """The run, if it may be heard."""
        place = self._roots.get(root)
        found = None if place is None or place.mute else place.runs.get(run)
        return None if found is None or found.void else found

    def _open_streams(self, root: Root) -> None:
        """Let those speak that have something to say, as long as nobody before them is still silent."""
        if self._sink is None:
            if root not in self._waiting and self._trouble is None:
                self._waiting.append(root)
            return
        for run in list(root.runs.values()):
            if run.streams or run.void:
                continue
            if run.text and (run.ended or not run.hold):
                if not self._may_speak(root):
                    return
                text, run.text = "".join(run.text), []
                self._open_stream(run, self._sink)
                self._write(run, text)
                if run.ended:
                    run.streams[-1].end()
            elif not run.ended:
                return

    def _may_speak(self, root: Root) -> bool:
        if root.broke_off:
            _cancel(root.silence())
        if self._turns != "queue" and not root.mute:
            self._take_turn(root)
        return not root.mute

    def _take_turn(self, root: Root) -> None:
        """Silence the others, or this one."""
        now = time.monotonic()
        since = min(root.since, now)
        speaking = {run.root for run in self._spoke if run.speaks and not run.void} - {root}
        if self._turns == "first":  # it is also the turn of one that waits for a tool
            at_work = [other for other in self._roots.values() if self._ends_by(other) > now]
            out_of_turn = bool(speaking) or any(other.since < since for other in at_work)
        else:
            out_of_turn = any(other.since > since for other in speaking)
        if out_of_turn:
            _cancel(root.silence())
            return
        root.since = since
        if self._turns == "latest":
            _cancel([stream for other in speaking for stream in other.silence()])

    def _open_stream(self, run: Run, sink: Sink) -> None:
        while self._spoke and not self._spoke[0].speaks:  # they are heard in this order
            self._spoke.popleft()
        try:
            self.stream = SpeechStream(self._casting.voice_for(run.names), sink, limits=self._limits)
        except BaseException:
            run.void = True  # it would fail at every token
            raise
        run.streams.append(self.stream)
        self._spoke.append(run)

    def _write(self, run: Run, text: str) -> None:
        assert self._sink is not None
        try:
            run.streams[-1].write(text)
        except StreamEndedError:  # it was silent for so long that the stream ended itself
            if not self._may_speak(run.root):
                return
            self._open_stream(run, self._sink)
            run.streams[-1].write(text)
        if self.raise_errors and run.streams[-1].error is not None:
            raise run.streams[-1].error

    def _forget_what_was_long_ago(self, root: Root) -> None:
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        if len(root.runs) >= MOST_REMEMBERED:
            first = next(iter(root.runs))
            if root.runs[first].ended and not root.runs[first].speaks:
                del root.runs[first]

    def _forget_lost_roots(self) -> None:
        if len(self._roots) < MOST_ROOTS:
            return
        lost = [key for key, place in self._roots.items() if not any(r.speaks for r in place.runs.values())]
        for key in lost[: len(self._roots) - MOST_ROOTS + 1]:
            del self._roots[key]

    # voices and the place

    def _open_all(self) -> Sink:
        self._casting.load()
        return open_sink(self._to)

    def _open_in_background(self) -> None:
        sink, trouble = None, None
        try:
            sink = self._open_all()
        except Exception as error:  # noqa: BLE001  whatever it is, the agent goes on
            trouble = foreign(error, LLMVoxError, "no voice could be opened")
            log.error("nothing will be heard: %s", trouble)
        with self._lock:  # those that have waited come before those that speak from now on
            self._sink, self._trouble = sink, trouble
            waiting, self._waiting = self._waiting, []
            for root in waiting:
                self._open_what_waited(root)
            is_late = self._sink_closed
        if is_late:
            self._close(sink)

    def _open_what_waited(self, root: Root) -> None:
        try:
            self._open_streams(root)
        except Exception as error:  # noqa: BLE001  no agent is here to be told
            self._trouble = foreign(error, LLMVoxError, "what waited for the voice could not be spoken")
            log.error("an answer will not be heard: %s", self._trouble)

    def orphan(self) -> None:
        """In a forked child: its runs are the parent's business."""
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._roots, self._spoke, self._waiting = {}, deque(), []
        self._remembered = OrderedDict()
        self.stream = None
        if self._sink is None:
            self._opening = None


def _cancel(streams: list[SpeechStream]) -> None:
    """The first one last: while it speaks, none of the others gets a turn."""
    for stream in reversed(streams):
        stream.cancel()


def _left(deadline: float) -> float:
    return min(threading.TIMEOUT_MAX, max(0.0, deadline - time.monotonic()))


def _wait(stream: SpeechStream, timeout: float) -> bool:
    try:
        return stream.wait(timeout)
    except LLMVoxError:
        return True


_live: WeakSet[Narrator] = WeakSet()


def _after_fork() -> None:
    for narrator in list(_live):
        narrator.orphan()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
