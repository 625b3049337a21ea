"""A listener who hears nothing before he is let: what is taken back until then is surely not heard."""

import threading
from typing import Any

from llmvox_plugins.core.audio import AudioChunk
from llmvox_plugins.core.testing import MemorySink, ScriptedVoice

__all__ = ["Gate"]


class Gate(MemorySink):
    """Takes nothing before it is opened."""

    def __init__(self) -> None:
        super().__init__()
        self._open = threading.Event()

    def write(self, chunk: AudioChunk) -> None:
        self._open.wait(5)
        super().write(chunk)

    def abort(self) -> None:
        pass  # the one who is interrupted waits at the gate, too

    def open(self, speech: Any) -> str:
        """Let him hear; returns all that he does, once `speech` has said it."""
        self._open.set()
        assert speech.wait(5)
        return ScriptedVoice.read(self.samples)
