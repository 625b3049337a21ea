"""espeak-ng in a process of its own: requests come on stdin, frames of audio go to stdout.

It is a process because espeak-ng 1.52 crashes on some text: on a single "ⓜ" in Marathi, on "s's's's'…" in
English. Nor should what it prints get among the user's output. `process` runs this file as a script, and
imports the formats below; it knows nothing of the package.
"""

from __future__ import annotations

import ctypes
import os
import signal
import struct
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

__all__ = ["ACKNOWLEDGEMENT", "DONE", "FAILED", "FRAME", "MORE", "POSITION", "REQUEST", "SAMPLE_RATE"]

SAMPLE_RATE = 22050  # Hz, of all of its voices

# Request: rate, pitch, whether a pause follows; bytes of the voice's name, of the text; then these in UTF-8.
REQUEST = struct.Struct("<iiiii")
# Frame: its kind, bytes of its content, how many positions follow it. The content is 16-bit PCM, or of FAILED
# the reason; a position is (index of a character of the text, sample at which it begins).
FRAME = struct.Struct("<iii")
POSITION = struct.Struct("<ii")
MORE, DONE, FAILED = range(3)
# The answer to each MORE: whether the listener is still there.
ACKNOWLEDGEMENT = struct.Struct("<?")

_SYNCHRONOUS = 2
_BUFFER_MILLISECONDS = 100
_DO_NOT_EXIT = 0x8000  # it prints and exits otherwise when its data is not found
_IN_CHARACTERS = 1
_UTF8 = 0x0001
_PAUSE_AT_END = 0x1000
_LONGEST_WORK = 10  # s for one request; it has to be asked for less then
_RATE, _PITCH = 1, 3
_LIST_END, _WORD = 0, 1


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),  # in characters, from 1
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_void_p),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Event))


class _FailedError(Exception):
    """What is reported as FAILED."""


def main(library_path: str, data_path: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to act on
    requests, frames = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the library prints must not get among the frames
    try:
        library = _load(library_path, data_path)
    except _FailedError as failure:
        _send(frames, FAILED, str(failure).encode(errors="replace"))
        return
    _send(frames, DONE)
    while header := requests.read(REQUEST.size):
        _limit_time(_LONGEST_WORK)
        try:
            _answer(library, header, requests, frames)
            _send(frames, DONE)
        except _FailedError as failure:
            _send(frames, FAILED, str(failure).encode(errors="replace"))
        _limit_time(0)


def _limit_time(seconds: int) -> None:
    """End this process, as a crash would, unless called again in time; 0 is no limit."""
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)


def _load(library_path: str, data_path: str) -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(library_path)
    except OSError as error:
        raise _FailedError(f"espeak-ng cannot be loaded: {error}") from error
    library.espeak_Synth.argtypes = (
        *(ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int),
        *(ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p),
    )
    data = os.fsencode(data_path)
    if library.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MILLISECONDS, data, _DO_NOT_EXIT) != SAMPLE_RATE:
        raise _FailedError(
            f"espeak-ng cannot use the data in {data_path}; over 150 characters are too long for it"
        )
    return library


def _answer(library: ctypes.CDLL, header: bytes, requests: BinaryIO, frames: BinaryIO) -> None:
    rate, pitch, pause, voice_size, text_size = REQUEST.unpack(header)
    voice, text = requests.read(voice_size), requests.read(text_size)

    def send(samples: int | None, count: int, events: Any) -> int:
        if not samples:
            return 0
        _send(frames, MORE, ctypes.string_at(samples, 2 * count), list(_words(events)))
        return int(requests.read(ACKNOWLEDGEMENT.size) != ACKNOWLEDGEMENT.pack(True))

    # Setting the voice, though it be the same, takes 0.1 ms and drops the last clause's echo.
    _check(library.espeak_SetVoiceByName(voice), f"load the voice {voice.decode()}")
    _check(library.espeak_SetParameter(_RATE, rate, 0), "set the rate")
    _check(library.espeak_SetParameter(_PITCH, pitch, 0), "set the pitch")
    callback = _Callback(send)
    library.espeak_SetSynthCallback(callback)
    flags = _UTF8 | (_PAUSE_AT_END if pause else 0)
    _check(library.espeak_Synth(text, len(text) + 1, 0, _IN_CHARACTERS, 0, flags, None, None), "speak")


def _words(events: Any) -> Iterator[tuple[int, int]]:
    for event in events:  # without end, being a pointer
        if event.type == _LIST_END:
            return
        if event.type == _WORD:
            yield event.text_position - 1, event.sample


def _check(status: int, what: str) -> None:
    if status != 0:
        raise _FailedError(f"espeak-ng could not {what} (status {status})")


def _send(frames: BinaryIO, kind: int, content: bytes = b"", positions: Any = ()) -> None:
    frames.write(FRAME.pack(kind, len(content), len(positions)) + content)
    frames.write(b"".join(POSITION.pack(*position) for position in positions))
    frames.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
