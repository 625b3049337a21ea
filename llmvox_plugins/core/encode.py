"""Samples → the bytes of an audio format, while samples are still coming: feed() → bytes, flush() → the rest.

An encoder makes one continuous piece of mono audio. It has no threads and no files, and knows nothing of
streams or of where the bytes go. It holds back its codec's own delay and nothing more.
"""

from __future__ import annotations

import os
import struct
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, cast
from weakref import finalize

import numpy as np

from .audio import Samples, to_pcm16
from .errors import ConfigurationError, LLMVoxError, MissingDependencyError, SinkError

if TYPE_CHECKING:
    from av import AudioFrame, AudioStream

__all__ = ["FORMATS", "WAV_HEADER_SIZE", "WAV_MAX_DATA", "Encoder", "open_encoder", "wav_header"]

FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "wav": "audio/wav",
        "pcm": "audio/pcm",
        "mp3": "audio/mpeg",
        "opus": "audio/ogg; codecs=opus",
        "aac": "audio/aac",
        "flac": "audio/flac",
    }
)
"""Every format's name, and its MIME type."""

WAV_HEADER_SIZE = 44
WAV_MAX_DATA = 0xFFFFFFFF - (WAV_HEADER_SIZE - 8)
"""Bytes of samples that a WAV header can tell of."""


class Encoder(ABC):
    """Encodes one piece of audio."""

    @abstractmethod
    def feed(self, samples: Samples) -> bytes:
        """Take samples, (N,), and return the bytes that are ready, perhaps none.

        Raises SinkError if the codec fails.
        """

    @abstractmethod
    def flush(self) -> bytes:
        """The audio is complete: return the last bytes. The encoder is used up."""


def open_encoder(format: str, sample_rate: int) -> Encoder:
    """An encoder for samples at `sample_rate` Hz into one of `FORMATS`.

    "wav" and "pcm" are 16-bit little-endian. "opus" comes in Ogg, "aac" in ADTS. Where a codec does not know
    the rate, the audio is resampled to the next higher one that it knows.

    Raises ConfigurationError for another format or an impossible rate, MissingDependencyError if FFmpeg was
    built without the codec.
    """
    if format not in FORMATS:
        raise ConfigurationError(f"there is no audio format {format!r}; there are {', '.join(FORMATS)}")
    if sample_rate <= 0:
        raise ConfigurationError(f"a sample rate is a positive number of Hz, not {sample_rate}")
    if format == "pcm":
        return _PCMEncoder()
    if format == "wav":
        return _WAVEncoder(sample_rate)
    return _FFmpegEncoder(format, sample_rate)


def wav_header(sample_rate: int, data_size: int | None = None) -> bytes:
    """The header of a mono 16-bit WAV file with `data_size` bytes of samples; None if nobody knows yet."""
    if data_size is None:
        riff_size = data_size = 0xFFFFFFFF  # what players take for "until the end"
    else:
        riff_size = data_size + WAV_HEADER_SIZE - 8
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", riff_size, b"WAVE"),
        *(b"fmt ", 16, 1, 1, sample_rate, 2 * sample_rate, 2, 16),
        *(b"data", data_size),
    )


class _PCMEncoder(Encoder):
    def feed(self, samples: Samples) -> bytes:
        return to_pcm16(samples)

    def flush(self) -> bytes:
        return b""


class _WAVEncoder(Encoder):
    def __init__(self, sample_rate: int) -> None:
        self._header = wav_header(sample_rate)

    def feed(self, samples: Samples) -> bytes:
        header, self._header = self._header, b""
        return header + to_pcm16(samples)

    def flush(self) -> bytes:
        return self._header


@dataclass(frozen=True, slots=True)
class _Codec:
    """How FFmpeg is to make a format: bit rates that are ample for speech, and little delay."""

    name: str
    container: str
    options: Mapping[str, str]
    container_options: Mapping[str, str] = field(default_factory=dict)


_CODECS = {
    "mp3": _Codec(
        "libmp3lame",
        "mp3",
        {"b": "64k", "reservoir": "0"},  # the reservoir would double the delay
        {"id3v2_version": "0"},  # there is nothing to tag
    ),
    "opus": _Codec("libopus", "ogg", {"b": "32k"}, {"page_duration": "20000"}),  # µs; one packet
    "aac": _Codec("aac", "adts", {"b": "64k"}),
    "flac": _Codec(
        "flac",
        "flac",
        {"compression_level": "2"},  # the highest that works in blocks of 27 rather than 105 ms
        {"metadata_header_padding": "0"},  # else 8 KiB of nothing
    ),
}


class _Outbox:
    """What FFmpeg has written and nobody has taken. It cannot seek, as no HTTP response can."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: bytes) -> int:
        self._parts.append(part)
        return len(part)

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


class _FFmpegEncoder(Encoder):
    def __init__(self, format: str, sample_rate: int) -> None:
        import av  # 0.1 s, and wav does without

        codec = _CODECS[format]
        self._outbox = _Outbox()
        self._sample_rate = sample_rate
        self._fed = 0
        with ffmpeg_errors(f"{format} at {sample_rate} Hz is not possible", ConfigurationError):
            rate = _next_rate(av.Codec(codec.name, "w").audio_rates, sample_rate)
            options = dict(codec.container_options)
            self._container = av.open(self._outbox, "w", format=codec.container, options=options)
            # PyAV may crash if it is the garbage collector that finds an open container.
            self._close = finalize(self, self._container.close)
            stream = self._container.add_stream(codec.name, rate, dict(codec.options), layout="mono")
            self._stream = cast("AudioStream", stream)
            self._container.start_encoding()

    def feed(self, samples: Samples) -> bytes:
        if len(samples):
            with ffmpeg_errors("encoding failed", SinkError), nullcontext() if self._fed else _one_core():
                self._container.mux(self._stream.encode(self._frame(samples)))
        return self._outbox.take()

    def flush(self) -> bytes:
        with ffmpeg_errors("encoding failed", SinkError):
            self._container.mux(self._stream.encode(None))
            self._close()
        return self._outbox.take()

    def _frame(self, samples: Samples) -> AudioFrame:
        from av import AudioFrame

        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples)[np.newaxis], "flt", "mono")
        frame.sample_rate = self._sample_rate
        frame.time_base = Fraction(1, self._sample_rate)
        frame.pts = self._fed
        self._fed += len(samples)
        return frame


def _next_rate(known: Sequence[int] | None, wanted: int) -> int:
    """The lowest known rate that loses nothing, else the highest; None knows every rate."""
    if not known:
        return wanted
    return min((rate for rate in known if rate >= wanted), default=max(known))


@contextmanager
def _one_core() -> Iterator[None]:
    """Have PyAV set up its resampler on one core.

    It would start a thread for every core that it sees, use none of them, and wait for them for ever when a
    forked child collects its copy.
    """
    if sys.platform != "linux":
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


@contextmanager
def ffmpeg_errors(what: str, error: type[LLMVoxError]) -> Iterator[None]:
    from av.codec.codec import UnknownCodecError
    from av.error import FFmpegError

    try:
        yield
    except UnknownCodecError as missing:
        raise MissingDependencyError(
            f"the FFmpeg in PyAV has no {missing} encoder; PyAV's own wheels have it: "
            "pip install --force-reinstall --only-binary av av"
        ) from missing
    except FFmpegError as failure:
        raise error(f"{what}: {failure}") from failure
