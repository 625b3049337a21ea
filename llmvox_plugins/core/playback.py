"""One stream's turn at a sink: brings its audio there, and knows what has been heard, and whether it hangs.

run() is the drain thread's; everything else may be asked from any thread.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from .audio import AudioChunk
from .errors import SinkError, SinkStalledError, foreign
from .sinks import Sink

__all__ = ["Playback"]


class Playback:
    """stall_timeout: seconds, beyond the length of the audio it holds, that a call of the sink may take."""

    def __init__(self, sink: Sink, stall_timeout: float) -> None:
        self.sink = sink
        self.deadline = math.inf  # when the call that the sink is in will have taken too long
        self._stall_timeout = stall_timeout
        self._lock = threading.RLock()
        self._has_turn = False
        self._aborted = False
        self._played = 0.0
        self._underruns: int | None = None

    @property
    def played(self) -> float:
        """Seconds of this stream that have been heard."""
        with self._lock:
            return self.sink.played if self._has_turn else self._played

    @property
    def underruns(self) -> int | None:
        with self._lock:
            return self.sink.underruns if self._has_turn else self._underruns

    def run(self, sample_rate: int, take: Callable[[], AudioChunk | None]) -> None:
        """Bring all that take() gives to the sink; returns when it has been heard.

        Raises SinkError, whatever the sink raises, and says after how much audio.
        """
        chunk = take()
        if chunk is None:
            return
        try:
            self._begin(sample_rate, chunk.duration)
            while chunk is not None and not self._aborted:
                written = chunk.end
                self._allow(written)
                self.sink.write(chunk)
                self.deadline = math.inf
                chunk = take()
            if not self._aborted:
                self._allow(written)
                self.sink.finish()
        except SinkError:
            raise
        except Exception as error:  # a sink may be any function of the user's
            where = f"{type(self.sink).__name__} failed after {self.played:.2f} s of audio"
            raise foreign(error, SinkError, where) from error
        finally:
            self._end()

    def abort(self) -> None:
        """Drop what has not been heard."""
        with self._lock:
            self._aborted = True
            if self._has_turn:
                self.sink.abort()

    def stalled(self) -> SinkStalledError:
        """What to say once the deadline has passed."""
        self.deadline = math.inf
        return SinkStalledError(
            f"{type(self.sink).__name__} took no audio for {self._stall_timeout:g} s, "
            f"after {self.played:.2f} s of audio"
        )

    def _begin(self, sample_rate: int, ahead: float) -> None:
        self._allow(ahead)
        self.sink.begin(sample_rate)
        with self._lock:
            self._has_turn = True

    def _end(self) -> None:
        self.deadline = math.inf
        with self._lock:
            if self._aborted and self._has_turn:
                self.sink.abort()  # once more: a chunk may have been on its way when it was first said
            if self._has_turn:
                self._played, self._underruns = self.sink.played, self.sink.underruns
            self._has_turn = False

    def _allow(self, written: float) -> None:
        """The call that comes next may last until what was written has been heard, and a while longer."""
        unheard = max(0.0, written - self.played)
        self.deadline = time.monotonic() + unheard + self._stall_timeout
