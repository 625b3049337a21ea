"""The loudspeaker: audio to a device through PortAudio, and a clock that tells what has been heard.

A writer puts samples into a ring, the device's callback takes them out; the two share no lock, so the
callback never waits. The device stays open between answers and plays silence. What is in the device's own
buffer cannot be called back: abort() counts it as unheard, though it sounds for the length of the latency.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from threading import Event, Lock
from time import monotonic
from typing import Any, ClassVar, NamedTuple

import numpy as np

from ..audio import AudioChunk, Resampler, Samples
from ..errors import ConfigurationError, MissingDependencyError, SinkError
from .base import Sink

__all__ = ["SharedSpeaker", "SpeakerSink"]

_POLL = 0.01  # s between two looks at the ring: to be woken by the callback would take a lock


class SpeakerSink(Sink):
    """Plays on an output device.

    device: PortAudio's number or (a part of) the name of an output device; None is the default one.
    preroll: seconds of audio that wait until playing starts, at first and after a gap.
    buffer_seconds: seconds of audio that write() takes before it blocks.

    A stream's underruns are the gaps that were heard in it: the audio was not there in time, and came later.

    Raises MissingDependencyError without the `sounddevice` package or the PortAudio library, SinkError
    without such a device. begin(), write() and finish() raise SinkError if the device fails or goes away.
    """

    def __init__(
        self, device: int | str | None = None, *, preroll: float = 0.05, buffer_seconds: float = 1.0
    ) -> None:
        if not 0 <= preroll <= buffer_seconds or buffer_seconds == 0:
            raise ConfigurationError(f"a preroll of {preroll} s does not fit a buffer of {buffer_seconds} s")
        self._sounddevice = _import_sounddevice()
        self._device = device
        self._preroll = preroll
        self._buffer_seconds = buffer_seconds
        self._pid = os.getpid()
        self._lock = Lock()  # close() may come while another thread asks after the device
        self._closed = False
        self._stream: Any = None
        self._voice_rate = 0
        self._device_rate = 0
        self._resampler: Resampler | None = None
        self._ring: _Ring | None = None
        self._find_device()
        # An open stream calls into this object, also while the interpreter exits.
        atexit.register(self.close)

    def begin(self, sample_rate: int) -> None:
        with self._using_device():
            if sample_rate != self._voice_rate or not self._stream.active:
                self._close_stream()
                self._open_stream(sample_rate)
            rate, latency = self._device_rate, self._stream.latency
        self._resampler = None if rate == sample_rate else Resampler(sample_rate, rate)
        self._ring = _Ring(sample_rate, rate, latency, self._buffer_seconds, self._preroll)

    def write(self, chunk: AudioChunk) -> None:
        ring = self._running()
        ring.accepted += len(chunk.samples)
        self._put(ring, self._resampler.feed(chunk.samples) if self._resampler else chunk.samples)

    def finish(self) -> None:
        ring = self._running()
        if self._resampler:
            self._put(ring, self._resampler.flush())
        ring.complete = True
        while not ring.over:
            self._wait(ring)

    def abort(self) -> None:
        if self._ring:
            self._ring.abort()

    @property
    def played(self) -> float:
        return self._ring.played if self._ring else 0.0

    @property
    def underruns(self) -> int:
        return self._ring.underruns if self._ring else 0

    def close(self) -> None:
        if os.getpid() != self._pid:  # the device is the parent's
            return
        self.abort()
        with self._lock:
            self._closed = True
            self._close_stream()
        atexit.unregister(self.close)

    def _put(self, ring: _Ring, samples: Samples) -> None:
        rest = samples[ring.put(samples) :]
        while len(rest) and not ring.aborted.is_set():
            self._wait(ring)
            rest = rest[ring.put(rest) :]

    def _wait(self, ring: _Ring) -> None:
        ring.aborted.wait(_POLL)
        if not ring.aborted.is_set():
            self._running()

    def _running(self) -> _Ring:
        """The current stream's ring, while there is a device to play it."""
        assert self._ring, "begin() comes first"
        with self._using_device():
            if not self._stream.active:
                raise SinkError("the audio device has stopped: it may have been unplugged")
        return self._ring

    @contextmanager
    def _using_device(self) -> Iterator[None]:
        if os.getpid() != self._pid:
            raise SinkError("the speaker was opened in the parent of this process; open one here")
        with self._lock:
            if self._closed:
                raise SinkError("the speaker is closed")
            try:
                yield
            except self._sounddevice.PortAudioError as error:
                raise SinkError(f"the audio device failed: {error}") from error

    def _callback(self, out: Any, frames: int, time: Any, status: Any) -> None:
        if self._ring:
            self._ring.take(out[:, 0], bool(status.output_underflow))
        else:
            out.fill(0.0)

    def _open_stream(self, voice_rate: int) -> None:
        self._device_rate = self._rate_for(voice_rate)
        self._stream = self._sounddevice.OutputStream(
            samplerate=self._device_rate,
            device=self._device,
            channels=1,
            dtype="float32",
            callback=self._callback,
        )
        self._stream.start()
        self._voice_rate = voice_rate

    def _close_stream(self) -> None:
        if self._stream:
            # Only stop() waits for the callback. Closing at once may kill its thread while it holds a lock.
            self._stream.stop()
            self._stream.close()
            self._stream, self._voice_rate = None, 0

    def _rate_for(self, voice_rate: int) -> int:
        """The voice's rate, if the device takes it, else the one that the device likes best."""
        try:
            self._sounddevice.check_output_settings(
                self._device, channels=1, dtype="float32", samplerate=voice_rate
            )
        except self._sounddevice.PortAudioError:
            return int(self._find_device()["default_samplerate"])
        return voice_rate

    def _find_device(self) -> dict[str, Any]:
        try:
            return dict(self._sounddevice.query_devices(self._device, "output"))
        except (ValueError, self._sounddevice.PortAudioError) as error:
            wanted = "default output device" if self._device is None else f"output device {self._device!r}"
            raise SinkError(f"there is no {wanted}; {self._known_devices()}") from error

    def _known_devices(self) -> str:
        devices = [known for known in self._sounddevice.query_devices() if known["max_output_channels"] > 0]
        if not devices:
            return "this machine has none at all"
        return "there are " + ", ".join(f"{known['index']} {known['name']!r}" for known in devices)


class SharedSpeaker(SpeakerSink):
    """The default device, for all in this process who ask for "speaker": nobody talks over another.

    Each of them gets it by take() and gives it back by close(); the last one closes the device.
    """

    _there: ClassVar[SharedSpeaker | None] = None
    _taking: ClassVar[Lock] = Lock()

    def __init__(self) -> None:
        super().__init__()
        self._users = 0
        atexit.unregister(self.close)
        atexit.register(self._shut)

    @classmethod
    def take(cls) -> SharedSpeaker:
        with cls._taking:
            if cls._there is None or cls._there._pid != os.getpid():
                cls._there = cls()
            cls._there._users += 1
            return cls._there

    def close(self) -> None:
        with self._taking:
            self._users -= 1
            if self._users > 0:
                return
            if SharedSpeaker._there is self:
                SharedSpeaker._there = None
        self._shut()

    def _shut(self) -> None:
        super().close()
        atexit.unregister(self._shut)

    @classmethod
    def _after_fork(cls) -> None:
        cls._taking = Lock()  # another thread of the parent may have held it


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=SharedSpeaker._after_fork)


class _Ring:
    """The ring buffer of one stream, and the clock of what was heard from it, in frames at the device's rate.

    Only the writer moves `written`, `accepted` and `complete`; only the device moves `taken` and `underruns`.

    accepted: frames at the voice's rate, before resampling.
    """

    def __init__(
        self, voice_rate: int, device_rate: int, latency: float, buffer_seconds: float, preroll: float
    ) -> None:
        self.accepted = 0
        self.written = 0
        self.complete = False
        self.taken = 0
        self.underruns = 0
        self.aborted = Event()
        self._voice_rate = voice_rate
        self._device_rate = device_rate
        self._latency = latency
        self._buffer = np.zeros(ceil(buffer_seconds * device_rate), np.float32)
        self._preroll = max(1, round(preroll * device_rate))
        self._playing = False
        self._ran_dry = False
        self._last = _Take(0.0, 0, 0, 0.0)
        self._heard = 0.0

    def put(self, samples: Samples) -> int:
        """Take as many of `samples`, (N,), as there is room for; returns how many."""
        begin = self.written % len(self._buffer)
        room = len(self._buffer) - (self.written - self.taken)
        head = samples[: min(room, len(self._buffer) - begin)]
        tail = samples[len(head) : room]
        self._buffer[begin : begin + len(head)] = head
        self._buffer[: len(tail)] = tail
        self.written += len(head) + len(tail)
        return len(head) + len(tail)

    def take(self, out: Samples, underflow: bool) -> None:
        """Fill `out`, (N,), with what is to sound next; underflow: the device has just missed some."""
        complete = self.complete  # read before `written`, which then moves no more
        waiting = self.written - self.taken
        if underflow and self._playing and waiting:
            self.underruns += 1
        if not self._ready(complete, waiting):
            out.fill(0.0)
            return
        count = min(len(out), waiting)
        self._hand_out(out[:count])
        out[count:] = 0.0
        if count < len(out) and not complete:
            self._playing, self._ran_dry = False, True

    def abort(self) -> None:
        self._heard = self.heard
        self.aborted.set()

    @property
    def over(self) -> bool:
        return self.aborted.is_set() or self.heard >= self.written

    @property
    def heard(self) -> float:
        """Frames that have sounded; never fewer than before."""
        if not self.aborted.is_set():
            self._heard = max(self._heard, self._heard_by(monotonic()))
        return self._heard

    @property
    def played(self) -> float:
        """Seconds of the voice's audio that have sounded."""
        accepted = self.accepted / self._voice_rate
        if self.complete and self.heard >= self.written:
            return accepted  # resampling rounds to whole frames
        return min(self.heard / self._device_rate, accepted)

    def _ready(self, complete: bool, waiting: int) -> bool:
        if self.aborted.is_set():
            return False
        if not self._playing and (complete or waiting >= self._preroll):
            self._playing = True
            if self._ran_dry and waiting:  # a gap only now: had nothing followed, it would have been the end
                self.underruns += 1
        return self._playing

    def _hand_out(self, out: Samples) -> None:
        if not len(out):
            return
        begin = self.taken % len(self._buffer)
        head = self._buffer[begin : begin + len(out)]
        out[: len(head)] = head
        out[len(head) :] = self._buffer[: len(out) - len(head)]
        now = monotonic()
        self._last = _Take(self._heard_by(now), self.taken, self.taken + len(out), now)
        self.taken += len(out)

    def _heard_by(self, now: float) -> float:
        last = self._last
        sounding = last.begin + (now - last.at - self._latency) * self._device_rate
        return max(last.heard, min(last.end, sounding))


class _Take(NamedTuple):
    """The last time that the device took samples; what has sounded since then follows from it.

    heard: frames that had sounded by then.
    begin, end: the frames taken.
    at: when, in seconds.
    """

    heard: float
    begin: int
    end: int
    at: float


def _import_sounddevice() -> Any:
    try:
        import sounddevice
    except ImportError as error:
        raise MissingDependencyError(
            'playing needs the sounddevice package: pip install "llmvox-plugins[speaker]"'
        ) from error
    except OSError as error:  # the package is there, the library it binds is not
        raise MissingDependencyError(
            "playing needs the PortAudio library, libportaudio2; on Debian and Ubuntu: "
            "apt-get install libportaudio2"
        ) from error
    return sounddevice
