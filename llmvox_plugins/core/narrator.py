"""Speaks for an agent: what a doorway needs so that runs, which come and go as they like, are heard in order.

A root is one call of the agent, and has one stream; a run is one answer of a model within it. Runs of a root
that write at the same time are spoken one after another, in the order in which they began. It knows no
framework: doorways say which run belongs to which root, and leave out what shall not be heard.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Hashable
from dataclasses import dataclass, field
from weakref import WeakSet

from .errors import LLMVoxError, StreamEndedError
from .sinks import Place, open_sink
from .state import StreamLimits
from .stream import SpeechStream
from .voices import load_voice
from .voices.base import Voice

__all__ = ["Narrator"]

LIMITS = StreamLimits(idle_timeout=60.0)  # an agent that is cancelled may never say that it has ended
BETWEEN_RUNS = "\n\n"
MOST_ROOTS = 256  # roots whose end nobody tells are forgotten beyond it


@dataclass(slots=True)
class _Run:
    waiting: list[str] = field(default_factory=list)  # text that came before it was this run's turn
    wrote: bool = False
    ended: bool = False


@dataclass(slots=True)
class _Root:
    stream: SpeechStream
    runs: dict[Hashable, _Run] = field(default_factory=dict)  # in order of start; the first one is heard
    between: bool = False  # a run has ended that said something


class Narrator:
    """voice: a voice, its name, or None for the default.
    to: a path, "speaker", a sink or a function; None for the default. Opened now, so that what cannot be
        opened raises here and not in the agent; closed by close() unless it was given open.
    raise_errors: whether trouble with speech is raised into the agent; else logged and kept on the stream.
    """

    def __init__(
        self,
        voice: Voice | str | None = None,
        to: Place | None = None,
        *,
        raise_errors: bool = False,
        limits: StreamLimits = LIMITS,
    ) -> None:
        self.voice = load_voice(voice) if voice is None or isinstance(voice, str) else voice
        self.stream: SpeechStream | None = None
        self._sink = open_sink(to)
        self._owns_sink = self._sink is not to
        self._raise_errors = raise_errors
        self._limits = limits
        self._lock = threading.RLock()
        self._roots: dict[Hashable, _Root] = {}
        self._streams: list[SpeechStream] = []  # those that are not done
        self._closed = False
        _live.add(self)

    def begin(self, root: Hashable, run: Hashable) -> None:
        """A model starts to answer."""
        with self._lock:
            if self._closed:
                return
            if root not in self._roots:
                self._forget_lost_roots()
                self._roots[root] = _Root(self._open())
            self._roots[root].runs[run] = _Run()

    def write(self, root: Hashable, run: Hashable, text: str) -> None:
        """The model's answer goes on."""
        with self._lock:
            place = self._roots.get(root)
            if place is None or run not in place.runs or not text:
                return
            place.runs[run].wrote = True
            if run == next(iter(place.runs)):
                self._speak(place, text)
            else:
                place.runs[run].waiting.append(text)

    def end(self, root: Hashable, run: Hashable) -> None:
        """The model's answer is complete."""
        with self._lock:
            place = self._roots.get(root)
            if place is None or run not in place.runs:
                return
            place.runs[run].ended = True
            self._hear_next(place)

    def drop(self, root: Hashable, run: Hashable) -> None:
        """The model's answer is void: what of it has not been heard will not be."""
        with self._lock:
            place = self._roots.get(root)
            if place is None or run not in place.runs:
                return
            heard_now = run == next(iter(place.runs))
            if place.runs.pop(run).wrote and heard_now:
                self.void(root)
            self._hear_next(place)

    def void(self, root: Hashable) -> None:
        """What the root has said is void: what has not been heard will not be. Its runs go on."""
        with self._lock:
            place = self._roots.get(root)
            if place is not None:
                place.stream.cancel()
                place.stream, place.between = self._open(), False

    def finish(self, root: Hashable) -> None:
        """The root has ended, and what it said is spoken to its end."""
        with self._lock:
            place = self._roots.pop(root, None)
            if place is None:
                return
            for run in place.runs.values():
                run.ended = True
            self._hear_next(place)
            place.stream.end()

    def cancel(self, root: Hashable) -> None:
        """The root has failed or was cancelled: silence."""
        with self._lock:
            place = self._roots.pop(root, None)
        if place is not None:
            place.stream.cancel()

    def wait(self, timeout: float | None = None) -> bool:
        """Until all that was begun has been heard; returns whether it has. With raise_errors, raises the
        first error of a stream."""
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._lock:
            streams = list(self._streams)
        error: LLMVoxError | None = None
        for stream in streams:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            try:
                if not stream.wait(left):
                    return False
            except LLMVoxError as trouble:
                error = error or trouble
        if error is not None and self._raise_errors:
            raise error
        return True

    def close(self, timeout: float | None = None) -> None:
        """Finish what was begun, for `timeout` seconds at most, then fall silent and close the sink."""
        with self._lock:
            self._closed = True
            for root in list(self._roots):
                self.finish(root)
        try:
            if not self.wait(timeout):
                for stream in self._streams:
                    stream.cancel()
        finally:
            self._streams = []
            if self._owns_sink:
                self._sink.close()

    def _open(self) -> SpeechStream:
        self._streams = [stream for stream in self._streams if not stream.done]
        self.stream = SpeechStream(self.voice, self._sink, limits=self._limits)
        self._streams.append(self.stream)
        return self.stream

    def _speak(self, place: _Root, text: str) -> None:
        if place.between:
            place.between, text = False, BETWEEN_RUNS + text
        try:
            place.stream.write(text)
        except StreamEndedError:  # it was silent for so long that the stream ended itself
            place.stream = self._open()
            place.stream.write(text)
        if self._raise_errors and place.stream.error is not None:
            raise place.stream.error

    def _hear_next(self, place: _Root) -> None:
        """Let go of the runs that have ended, and speak what has waited for them."""
        for key, run in list(place.runs.items()):
            if run.waiting:
                self._speak(place, "".join(run.waiting))
                run.waiting.clear()
            if not run.ended:
                return
            del place.runs[key]
            place.between = place.between or run.wrote

    def _forget_lost_roots(self) -> None:
        done = [root for root, place in self._roots.items() if place.stream.done]
        for root in done[: max(0, len(self._roots) - MOST_ROOTS)]:
            del self._roots[root]

    def orphan(self) -> None:
        """In a forked child: its runs are the parent's business."""
        self._lock = threading.RLock()
        self._roots, self._streams = {}, []


_live: WeakSet[Narrator] = WeakSet()


def _after_fork() -> None:
    for narrator in list(_live):
        narrator.orphan()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
