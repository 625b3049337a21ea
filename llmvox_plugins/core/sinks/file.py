"""Recordings: the answers of all streams, one after another, in one file.

A recording has one rate, that of its first stream; streams at other rates are resampled to it. What write()
has taken is in the file, but for a codec's own delay, so a process that is killed leaves what was said. A
forked child has no part in it: there, writing raises SinkError and closing leaves the file as it is.
"""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from ..audio import AudioChunk, Resampler, Samples, to_pcm16
from ..encode import WAV_HEADER_SIZE, WAV_MAX_DATA, Encoder, open_encoder, wav_header
from ..errors import ConfigurationError, SinkError
from .base import Sink

__all__ = ["SUFFIXES", "EncodedSink", "WavSink"]

SUFFIXES = {".mp3": "mp3", ".opus": "opus", ".ogg": "opus", ".aac": "aac", ".flac": "flac", ".pcm": "pcm"}
"""The format that an `EncodedSink` writes to a path, by the path's suffix."""


class _Recording(Sink):
    """What recordings share: who may touch the file, its rate, and how far the current stream has come."""

    def __init__(self, target: str | os.PathLike[str] | BinaryIO) -> None:
        self._owned = isinstance(target, str | os.PathLike)
        self._file = _create(target) if isinstance(target, str | os.PathLike) else target
        self._name = f"{target}" if self._owned else f"{getattr(target, 'name', target)}"
        self._pid = os.getpid()
        self._lock = Lock()  # close() may come while another thread writes
        self._closed = False
        self._aborted = False
        self._file_rate = 0
        self._stream_rate = 0
        self._frames = 0
        self._resampler: Resampler | None = None

    def begin(self, sample_rate: int) -> None:
        with self._writing():
            if not self._file_rate:
                self._start(sample_rate)
                self._file_rate = sample_rate
            same = sample_rate == self._file_rate
            self._resampler = None if same else Resampler(sample_rate, self._file_rate)
            self._stream_rate, self._frames, self._aborted = sample_rate, 0, False

    def write(self, chunk: AudioChunk) -> None:
        with self._writing():
            if self._aborted:
                return
            self._append(self._resampler.feed(chunk.samples) if self._resampler else chunk.samples)
            self._frames += len(chunk.samples)

    def finish(self) -> None:
        with self._writing():
            if self._resampler and not self._aborted:
                self._append(self._resampler.flush())

    def abort(self) -> None:
        """What was written stays; the rest of the stream is dropped."""
        self._aborted = True

    @property
    def played(self) -> float:
        return self._frames / self._stream_rate if self._stream_rate else 0.0

    def close(self) -> None:
        if os.getpid() != self._pid:
            self._release()
            return
        with self._lock:
            if self._closed:
                return
            self._closed = True
            try:
                self._complete()
            finally:
                self._release()

    @abstractmethod
    def _start(self, sample_rate: int) -> None:
        """The file's rate is known."""

    @abstractmethod
    def _append(self, samples: Samples) -> None:
        """Take samples at the file's rate."""

    def _complete(self) -> None:
        """Nothing follows. Not every format has an end to write."""

    def _release(self) -> None:
        if self._owned:
            self._file.close()  # unbuffered, so this writes nothing

    @contextmanager
    def _writing(self) -> Iterator[None]:
        if os.getpid() != self._pid:
            raise SinkError(f"{self._name} is being written by the parent of this process")
        with self._lock:
            if self._closed:
                raise SinkError(f"{self._name} is closed")
            yield

    def _put(self, data: bytes, at: int | None = None) -> None:
        """Write all of `data`, where the last write ended or at a position in the file."""
        try:
            if at is not None:
                self._file.seek(at)
            rest = memoryview(data)
            while rest:  # an unbuffered file takes what it can
                rest = rest[self._file.write(rest) :]
            self._file.flush()
        except (OSError, ValueError) as error:  # ValueError: somebody else has closed it
            raise SinkError(f"cannot write to {self._name}: {_reason(error)}") from error


class WavSink(_Recording):
    """A 16-bit mono WAV file, whose header is right after every write.

    Raises SinkError if the path cannot be written, and when the file is full, at 4 GiB.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path)
        self._size = 0

    def _start(self, sample_rate: int) -> None:
        self._put(wav_header(sample_rate, 0), at=0)

    def _append(self, samples: Samples) -> None:
        data = to_pcm16(samples)
        if self._size + len(data) > WAV_MAX_DATA:
            raise SinkError(f"{self._name} is full: a WAV file holds no more than 4 GiB")
        self._put(data, at=WAV_HEADER_SIZE + self._size)  # before the header that tells of it
        self._size += len(data)
        self._put(wav_header(self._file_rate, self._size), at=0)

    def _complete(self) -> None:
        if not self._file_rate:  # nothing was said, which makes a file too
            self._start(sample_rate=24_000)


class EncodedSink(_Recording):
    """A file in another format, or an open binary stream, such as `sys.stdout.buffer`.

    target: a path, whose suffix tells the format, or a stream, which need not be seekable and is not closed.
    format: one of `encode.FORMATS`; a stream needs it. "wav" has a header for an unknown length.

    The codec's delay stays behind until close(). Raises ConfigurationError for an unknown suffix or format,
    SinkError if the path cannot be written.
    """

    def __init__(self, target: str | os.PathLike[str] | BinaryIO, format: str | None = None) -> None:
        self._format = format or _format_of(target)
        open_encoder(self._format, 48_000)  # better now than after the first synthesis
        self._encoder: Encoder | None = None
        super().__init__(target)

    def _start(self, sample_rate: int) -> None:
        self._encoder = open_encoder(self._format, sample_rate)

    def _append(self, samples: Samples) -> None:
        assert self._encoder
        self._put(self._encoder.feed(samples))

    def _complete(self) -> None:
        if self._encoder:
            self._put(self._encoder.flush())


def _create(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a file without a buffer: what is written is out, and a forked child has nothing left to write."""
    try:
        return Path(path).open("wb", buffering=0)
    except OSError as error:
        raise SinkError(f"cannot write to {path}: {_reason(error)}") from error


def _reason(error: OSError | ValueError) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _format_of(target: str | os.PathLike[str] | BinaryIO) -> str:
    if not isinstance(target, str | os.PathLike):
        raise ConfigurationError("a stream has no suffix that tells its format: name one")
    suffix = Path(target).suffix.lower()
    if suffix not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise ConfigurationError(f"no audio format has the suffix {suffix!r} of {target}; known are {known}")
    return SUFFIXES[suffix]
