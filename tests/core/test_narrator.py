"""What all doorways stand on: runs that come and go, heard in order."""

import time
from pathlib import Path

import pytest

from llmvox_plugins import StreamLimits, StreamState
from llmvox_plugins.core.audio import AudioChunk
from llmvox_plugins.core.errors import SinkError
from llmvox_plugins.core.narrator import MOST_ROOTS, Narrator
from llmvox_plugins.core.testing import MemorySink, ScriptedVoice


@pytest.fixture
def narrator(voice: ScriptedVoice, sink: MemorySink) -> Narrator:
    return Narrator(voice, sink)


def test_runs_of_a_root_are_heard_in_order_of_start(narrator: Narrator, voice: ScriptedVoice) -> None:
    for run in "abc":
        narrator.begin("root", run)
    for run in "cba":
        narrator.write("root", run, f"{run}1 ")
    narrator.end("root", "c")
    narrator.write("root", "a", "a2 ")
    narrator.end("root", "a")
    narrator.write("root", "b", "b2 ")
    narrator.finish("root")
    assert narrator.wait(5)
    assert voice.voiced == "a1 a2 b1 b2 c1"


def test_a_run_that_is_dropped_takes_along_only_what_it_said(narrator: Narrator, sink: MemorySink) -> None:
    narrator.begin("root", "a")
    narrator.begin("root", "b")
    narrator.write("root", "b", "from b ")
    narrator.drop("root", "a")
    narrator.write("root", "b", "on")
    narrator.finish("root")
    assert narrator.wait(5)
    assert ScriptedVoice.read(sink.samples) == "from b on"


def test_roots_follow_one_another_in_order_of_start(narrator: Narrator, sink: MemorySink) -> None:
    for root in (1, 2, 3):
        narrator.begin(root, "run")
    for root in (3, 2, 1):
        narrator.write(root, "run", f"{root}")
        narrator.finish(root)
    assert narrator.wait(5)
    assert ScriptedVoice.read(sink.samples) == "123"


def test_a_root_that_was_silent_for_long_speaks_again(voice: ScriptedVoice, sink: MemorySink) -> None:
    narrator = Narrator(voice, sink, limits=StreamLimits(idle_timeout=0.05))
    narrator.begin("root", "run")
    narrator.write("root", "run", "before")
    first = narrator.stream
    assert first is not None
    assert first.wait(5)
    narrator.write("root", "run", "after")
    assert narrator.stream is not first
    narrator.finish("root")
    assert narrator.wait(5)
    assert ScriptedVoice.read(sink.samples) == "beforeafter"


def test_cancelling_the_stream_silences_its_root_and_not_the_next(
    narrator: Narrator, sink: MemorySink
) -> None:
    narrator.begin(1, "run")
    assert narrator.stream is not None
    narrator.stream.cancel()
    narrator.write(1, "run", "hidden")
    narrator.finish(1)
    narrator.begin(2, "run")
    narrator.write(2, "run", "heard")
    narrator.finish(2)
    assert narrator.wait(5)
    assert ScriptedVoice.read(sink.samples) == "heard"


def test_roots_whose_end_nobody_tells_are_forgotten(narrator: Narrator) -> None:
    for root in range(2 * MOST_ROOTS):
        narrator.begin(root, "run")
        assert narrator.stream is not None
        narrator.stream.cancel()
    assert len(narrator._roots) <= MOST_ROOTS + 1


def test_what_belongs_to_no_run_is_ignored(narrator: Narrator, voice: ScriptedVoice) -> None:
    narrator.write("root", "run", "?")
    narrator.end("root", "run")
    narrator.drop("root", "run")
    narrator.void("root")
    narrator.finish("root")
    narrator.cancel("root")
    assert narrator.wait(1)
    assert voice.voiced == ""


def test_wait_is_for_as_long_as_it_is_told(narrator: Narrator) -> None:
    narrator.begin("root", "run")
    assert not narrator.wait(0.05)
    narrator.finish("root")
    assert narrator.wait(5)


def test_close_falls_silent_after_its_timeout(sink: MemorySink) -> None:
    narrator = Narrator(ScriptedVoice(delay=0.1), sink)
    narrator.begin("root", "run")
    narrator.write("root", "run", "word " * 100)
    began = time.monotonic()
    narrator.close(timeout=0.2)
    assert time.monotonic() - began < 1
    assert narrator.stream is not None
    assert narrator.stream.state is StreamState.CANCELLED


def test_a_recording_is_closed_and_a_sink_that_was_given_is_not(tmp_path: Path, voice: ScriptedVoice) -> None:
    class Given(MemorySink):
        closed = False

        def close(self) -> None:
            self.closed = True

    given = Given()
    Narrator(voice, given).close()
    assert not given.closed
    narrator = Narrator(voice, tmp_path / "answer.flac")
    narrator.begin("root", "run")
    narrator.write("root", "run", "Hello")
    narrator.close()
    assert (tmp_path / "answer.flac").read_bytes().startswith(b"fLaC")


def test_raise_errors_raises_in_write_and_in_wait(voice: ScriptedVoice) -> None:
    def broken(chunk: AudioChunk) -> None:
        raise OSError("no device")

    narrator = Narrator(voice, broken, raise_errors=True)
    narrator.begin("root", "run")
    narrator.write("root", "run", "Hello there. ")
    with pytest.raises(SinkError):
        narrator.wait(5)
    with pytest.raises(SinkError):
        narrator.write("root", "run", "more")
