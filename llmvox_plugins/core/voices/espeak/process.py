"""The one espeak-ng of this process: a clause of text in, samples and the places of its words out.

espeak-ng has one state for all voices, so calls take turns under a lock. It runs in a helper process, started
at first use, and anew after a crash or a fork. Knows nothing of words, streams or voices.
"""

from __future__ import annotations

import atexit
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, NamedTuple, cast

import numpy as np

from ...audio import Samples
from ...errors import MissingDependencyError, VoiceError
from . import helper
from .data import data_path, library_path

__all__ = ["EspeakCrashedError", "Setting", "Speech", "ensure_running", "synthesize"]

# Control characters carry espeak-ng's own commands, and UTF-8 has no surrogates.
_UNSPEAKABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class EspeakCrashedError(VoiceError):
    """espeak-ng crashed on this text; the next is spoken again."""


class Setting(NamedTuple):
    """How a clause sounds: espeak-ng's name of the voice, words per minute, pitch from 0 to 99."""

    voice: str
    rate: int
    pitch: int


class Speech(NamedTuple):
    """What espeak-ng made of a clause.

    samples: float32, (N,), at 22,050 Hz.
    words: (index of a character of the text, sample at which what stands there begins), as they came.
    """

    samples: Samples
    words: list[tuple[int, int]]


def ensure_running() -> None:
    """Start the helper, if it is not running. Raises MissingDependencyError, VoiceError."""
    with _running_helper():
        pass


def synthesize(text: str, setting: Setting, *, pause: bool, cancelled: Callable[[], bool]) -> Speech:
    """Speak `text`, any str, never reading it as markup.

    pause: whether the silence that belongs to its closing punctuation follows.
    cancelled: asked at every 0.1 s of audio; once true, what has been made by then is returned.
    Raises VoiceError, EspeakCrashedError, MissingDependencyError.
    """
    pcm = bytearray()
    words: list[tuple[int, int]] = []
    with _running_helper() as running:
        running.request(_UNSPEAKABLE.sub(" ", text), setting, pause)
        for content, positions in running.frames():
            pcm += content
            words += positions
            running.write(helper.ACKNOWLEDGEMENT.pack(not cancelled()))
    samples = np.frombuffer(pcm, "<i2").astype(np.float32)
    return Speech(samples * np.float32(1 / 32768), words)


class _Helper:
    """A running helper process; `helper` documents what is said to it."""

    def __init__(self) -> None:
        files = [helper.__file__, str(library_path()), str(data_path())]
        try:
            self._process = subprocess.Popen(
                [_interpreter(), "-I", "-S", *files],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            raise VoiceError(f"the process of espeak-ng cannot be started: {error}") from error
        self._requests = cast("IO[bytes]", self._process.stdin)
        self._answers = cast("IO[bytes]", self._process.stdout)

    def request(self, text: str, setting: Setting, pause: bool) -> None:
        voice, content = setting.voice.encode(), text.encode()
        sizes = (len(voice), len(content))
        self.write(helper.REQUEST.pack(setting.rate, setting.pitch, pause, *sizes) + voice + content)

    def frames(self) -> Iterator[tuple[bytes, list[tuple[int, int]]]]:
        """The answer, (PCM, positions of words) at a time; each is to be acknowledged."""
        while True:
            kind, size, count = helper.FRAME.unpack(self._read(helper.FRAME.size))
            content = self._read(size)
            positions = list(helper.POSITION.iter_unpack(self._read(count * helper.POSITION.size)))
            if kind == helper.FAILED:
                raise VoiceError(content.decode())
            if kind == helper.DONE:
                return
            yield content, positions

    def write(self, data: bytes) -> None:
        try:
            self._requests.write(data)
            self._requests.flush()
        except OSError as error:
            raise EspeakCrashedError("espeak-ng crashed") from error

    def _read(self, size: int) -> bytes:
        data = self._answers.read(size)
        if len(data) < size:
            raise EspeakCrashedError("espeak-ng crashed")
        return data

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def disown(self) -> None:
        """Let go of it in a forked child, whose parent goes on using it."""
        self._process.returncode = 0
        self._requests.close()
        self._answers.close()


_lock = threading.Lock()
_idle: _Helper | None = None


@contextmanager
def _running_helper() -> Iterator[_Helper]:
    """The helper, for one request: one that has not answered it to the end is never used again."""
    global _idle
    with _lock:
        running, _idle = _idle or _start(), None
        try:
            yield running
            _idle = running
        finally:
            if _idle is None:
                running.kill()


def _start() -> _Helper:
    started = _Helper()
    try:
        for _ in started.frames():  # it says whether it could load the library
            pass
    except VoiceError as error:
        started.kill()
        raise MissingDependencyError(f"espeak-ng cannot be used here: {error}") from error
    return started


def _interpreter() -> str:
    # A frozen program's executable is the program, which would start itself again and again.
    if not sys.executable or getattr(sys, "frozen", False):
        raise MissingDependencyError("espeak-ng runs in a Python interpreter, and this program has none")
    return sys.executable


@atexit.register
def _stop() -> None:
    if _idle is not None:
        _idle.kill()


def _after_fork_in_child() -> None:
    global _idle
    if _idle is not None:
        _idle.disown()
        _idle = None
    _lock.release()


if sys.platform != "win32":
    # Under the lock, so that no fork happens in the middle of a clause.
    os.register_at_fork(
        before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_after_fork_in_child
    )
