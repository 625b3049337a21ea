"""What every doorway gives its user, shown on the smallest one there can be."""

import logging
import time

import pytest

from llmvox_plugins.core.audio import AudioChunk
from llmvox_plugins.core.doorway import Doorway, harmless
from llmvox_plugins.core.errors import SinkError
from llmvox_plugins.core.narrator import Narrator
from llmvox_plugins.core.testing import MemorySink, ScriptedVoice


class Small(Doorway):
    framework = "small"

    def __init__(self, narrator: Narrator) -> None:
        self._narrator = narrator

    @harmless
    def hear(self, text: str) -> None:
        self._narrator.begin("root", "run")
        self._narrator.write("root", "run", text)
        self._narrator.finish("root")

    @harmless
    def stumble(self) -> int:
        raise ValueError("a mistake of ours")


def test_it_tells_what_was_heard_and_closes_in_the_end(sink: MemorySink) -> None:
    with Small(Narrator(ScriptedVoice(), sink)) as speech:
        speech.hear("Hello there.")
        assert speech.wait(5)
        assert speech.stream is not None
        assert speech.spoken.heard == "Hello there."
        assert speech.error is None
    speech.hear("Nobody listens.")
    assert ScriptedVoice.read(sink.samples) == "Hello there."


async def test_it_can_be_waited_for_on_an_event_loop(sink: MemorySink) -> None:
    speech = Small(Narrator(ScriptedVoice(delay=0.05), sink))
    speech.hear("Hello there.")
    assert not await speech.wait_async(0.01)
    assert await speech.wait_async()
    assert ScriptedVoice.read(sink.samples) == "Hello there."


def test_an_exception_inside_is_silence(sink: MemorySink) -> None:
    began = time.monotonic()
    with (
        pytest.raises(KeyError),
        Small(Narrator(ScriptedVoice(delay=0.1), sink)) as speech,
    ):
        speech.hear("word " * 100)
        raise KeyError
    assert time.monotonic() - began < 1


def test_trouble_of_its_own_is_told_once_and_kept(caplog: pytest.LogCaptureFixture, sink: MemorySink) -> None:
    speech = Small(Narrator(ScriptedVoice(), sink))
    for _ in range(3):
        assert speech.stumble() is None
    assert [(record.levelno, record.message) for record in caplog.records] == [
        (logging.ERROR, "speech for small failed: ValueError")
    ]
    assert isinstance(speech.error, ValueError)


def test_trouble_is_raised_where_it_was_asked_for(sink: MemorySink) -> None:
    speech = Small(Narrator(ScriptedVoice(), sink, raise_errors=True))
    with pytest.raises(ValueError, match="ours"):
        speech.stumble()


def test_trouble_with_the_place_is_the_stream_s(caplog: pytest.LogCaptureFixture) -> None:
    def broken(chunk: AudioChunk) -> None:
        raise OSError("no device")

    speech = Small(Narrator(ScriptedVoice(), broken))
    speech.hear("Hello.")
    assert speech.wait(5)
    assert isinstance(speech.error, SinkError)
    assert len(caplog.records) == 1
