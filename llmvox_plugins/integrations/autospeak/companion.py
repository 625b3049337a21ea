"""The process that speaks for a program under `llmvox run`. It ends with the program, and never before it.

It hears the terminal's Ctrl-C itself, and then is silent at once, whatever the program makes of it.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any, cast

from ...core.errors import LLMVoxError
from ...core.lifecycle import EXIT_LIMIT
from ...core.narrator import Narrator, Turns
from ...settings import Settings
from .messages import BYE, HUSH, TOLD

__all__ = ["heed", "main"]

log = logging.getLogger("llmvox_plugins")

HUSH_LIMIT = 1.0  # seconds for closing a recording when there is to be silence


def main() -> None:
    """Standard input is the line to the program."""
    logging.basicConfig(format="llmvox: %(message)s", level=logging.ERROR)
    line = _open_line()
    _heed_ctrl_c_later()
    try:
        narrator = Narrator(turns=cast("Turns", Settings.load().turns), in_background=True)
    except LLMVoxError as error:
        log.error("nothing will be heard: %s", error)
        line.send(TOLD)
        return
    threading.Thread(target=_heed_ctrl_c, args=[narrator], daemon=True).start()
    _listen(line, narrator)


def _open_line() -> socket.socket:
    if os.name == "nt":
        shared: socket.socket = socket.fromshare(sys.stdin.buffer.read())  # type: ignore[attr-defined]
        return shared
    os.closerange(3, 1024)  # what else the program has left open is none of ours
    return socket.socket(fileno=0)


def _listen(line: socket.socket, narrator: Narrator) -> None:
    """Until the program is gone, or wants silence."""
    closing = None
    with line.makefile("rb") as messages:
        for message in messages:
            if message == HUSH:
                break
            if message == BYE:
                closing = threading.Thread(target=_close_and_leave, args=[narrator], daemon=True)
                closing.start()
            else:
                heed(narrator, *json.loads(message))
    narrator.interrupt()
    if closing is None:
        closing = threading.Thread(target=narrator.close, args=[HUSH_LIMIT], daemon=True)
        closing.start()
    closing.join(HUSH_LIMIT)
    os._exit(0)  # a voice that is still being loaded keeps nobody


def _close_and_leave(narrator: Narrator) -> None:
    try:
        narrator.close(EXIT_LIMIT)
    finally:
        os._exit(0)


def heed(narrator: Narrator, verb: str, *about: Any) -> None:
    """Tell the narrator what the program has told."""
    try:
        if verb == "begin":
            root, run, names, hold = about
            narrator.begin(root, run, names, hold=hold)
        elif verb in ("write", "end", "drop", "finish", "cancel", "interrupt"):
            told: Callable[..., object] = getattr(narrator, verb)
            told(*about)
    except Exception as error:  # noqa: BLE001  whatever it is, there may be more to say
        log.error("speech failed: %s", error)


def _heed_ctrl_c_later() -> None:
    """Threads that begin from now on do not get it."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    else:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _heed_ctrl_c(narrator: Narrator) -> None:
    if hasattr(signal, "sigwait"):
        while True:
            signal.sigwait([signal.SIGINT])
            narrator.interrupt()
