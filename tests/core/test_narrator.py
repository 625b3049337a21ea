"""What all doorways stand on: runs that come and go, heard in order."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from llmvox_plugins import SpeechStream, SpokenText, StreamLimits, StreamState
from llmvox_plugins.core.audio import AudioChunk
from llmvox_plugins.core.errors import ConfigurationError, SinkError, UnknownVoiceError
from llmvox_plugins.core.narrator import MOST_ROOTS, Narrator, Turns
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


def test_roots_follow_one_another_and_do_not_wait_for_one_that_thinks(
    narrator: Narrator, sink: MemorySink
) -> None:
    for root in (1, 2, 3):
        narrator.begin(root, "run")
    for root in (3, 2, 1):
        narrator.write(root, "run", f"{root}a ")
    for root in (1, 2, 3):
        narrator.write(root, "run", f"{root}b ")
        narrator.finish(root)
    assert narrator.wait(5)
    assert ScriptedVoice.read(sink.samples) == "3a 3b2a 2b1a 1b"


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
    narrator.write(1, "run", "h")
    assert narrator.stream is not None
    narrator.stream.cancel()
    narrator.write(1, "run", "idden")
    narrator.begin(1, "another")
    narrator.write(1, "another", "hidden")
    narrator.finish(1)
    narrator.begin(2, "run")
    narrator.write(2, "run", "heard")
    narrator.finish(2)
    assert narrator.wait(5)
    assert ScriptedVoice.read(sink.samples) == "heard"


def test_roots_whose_end_nobody_tells_are_forgotten(narrator: Narrator) -> None:
    for root in range(2 * MOST_ROOTS):
        narrator.begin(root, "run")
    assert len(narrator._roots) <= MOST_ROOTS + 1


def test_what_belongs_to_no_run_is_ignored(narrator: Narrator, voice: ScriptedVoice) -> None:
    narrator.write("root", "run", "?")
    narrator.end("root", "run")
    narrator.drop("root", "run")
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


def said(sink: MemorySink) -> str:
    return ScriptedVoice.read(sink.samples)


def speak(narrator: Narrator, root: object, *texts: str) -> None:
    for number, text in enumerate(texts):
        narrator.begin(root, (root, number))
        narrator.write(root, (root, number), text)
        narrator.end(root, (root, number))
    narrator.finish(root)


def test_a_run_that_is_held_is_spoken_once_it_has_ended(narrator: Narrator, voice: ScriptedVoice) -> None:
    narrator.begin("root", "a", hold=True)
    narrator.write("root", "a", "never ")
    narrator.begin("root", "b", hold=True)
    narrator.write("root", "b", "at ")
    assert narrator.stream is None
    narrator.drop("root", "a")
    narrator.write("root", "b", "last")
    narrator.end("root", "b")
    narrator.finish("root")
    assert narrator.wait(5)
    assert voice.voiced == "at last"


def test_a_run_that_has_ended_can_still_be_dropped_while_its_root_lives(sink: MemorySink) -> None:
    narrator = Narrator(ScriptedVoice(delay=0.02), sink)
    narrator.begin("root", "a")
    narrator.write("root", "a", "wrong " * 50)
    narrator.end("root", "a")
    narrator.drop("root", "a")
    speak(narrator, "root", "right")
    assert narrator.wait(5)
    assert said(sink).endswith("right")
    assert said(sink).count("wrong") < 5


def test_a_voice_for_each_name_the_nearest_first(voice: ScriptedVoice, sink: MemorySink) -> None:
    other, third = ScriptedVoice(), ScriptedVoice()
    narrator = Narrator(voice, sink, voices={"writer": other, "node": third})
    for run, names in enumerate([["writer", "node"], ["node"], ["nobody"], []]):
        assert narrator.begin("root", run, names)
        narrator.write("root", run, f"{run} ")
        narrator.end("root", run)
    narrator.finish("root")
    assert narrator.wait(5)
    assert (other.voiced, third.voiced, voice.voiced) == ("0", "1", "2 3")
    assert said(sink) == "0123"


def test_only_some_are_heard_and_mute_ones_never(voice: ScriptedVoice, sink: MemorySink) -> None:
    narrator = Narrator(voice, sink, only=["writer", "critic"], mute="critic")
    heard = [narrator.begin("root", names, names) for names in (("writer",), ("critic", "writer"), ("x",))]
    assert heard == [True, False, False]
    narrator.write("root", ("x",), "hidden")
    narrator.finish("root")
    assert voice.voiced == ""


def test_an_unknown_voice_of_a_name_and_an_unknown_rule_are_told_at_once(sink: MemorySink) -> None:
    with pytest.raises(UnknownVoiceError):
        Narrator(ScriptedVoice(), sink, voices={"writer": "espeak:martian"})
    with pytest.raises(ConfigurationError, match="queue, latest, first"):
        Narrator(ScriptedVoice(), sink, turns="loudest")  # type: ignore[arg-type]


class RealTime(MemorySink):
    """Hears in real time; what it took last, and when it was aborted."""

    def __init__(self) -> None:
        super().__init__()
        self._aborted = threading.Event()
        self.wrote_at = 0.0

    def begin(self, sample_rate: int) -> None:
        super().begin(sample_rate)
        self._aborted.clear()

    def write(self, chunk: AudioChunk) -> None:
        self.wrote_at = time.monotonic()
        if not self._aborted.wait(chunk.duration):
            super().write(chunk)

    def abort(self) -> None:
        self._aborted.set()


def test_interrupt_is_silence_at_once_and_tells_what_was_heard() -> None:
    sink = RealTime()
    narrator = Narrator(ScriptedVoice(), sink)
    narrator.begin("root", "run")
    narrator.write("root", "run", "one two three four five six seven eight nine ten ")
    while said(sink) != "one two three":
        time.sleep(0.001)
    began = time.monotonic()
    spoken = narrator.interrupt()
    assert time.monotonic() - began < 0.05
    assert spoken.heard in ("one two three", "one two three four")
    assert spoken.text == "one two three four five six seven eight nine ten "
    narrator.write("root", "run", "eleven")
    narrator.begin("root", "another")
    narrator.write("root", "another", "hidden")
    narrator.finish("root")
    assert narrator.wait(5)
    assert sink.wrote_at < began + 0.05
    assert narrator.spoken == spoken
    speak(narrator, "next", "heard")
    assert narrator.wait(5)
    assert said(sink).endswith("heard")
    assert "hidden" not in said(sink)


def test_an_interruption_tells_all_that_its_root_has_said(sink: MemorySink) -> None:
    narrator = Narrator(ScriptedVoice(delay=0.02), sink)
    for run, text in {"a": "One two.", "b": "Three four " * 20}.items():
        narrator.begin("root", run)
        narrator.write("root", run, text)
        narrator.end("root", run)
    while "Three" not in said(sink):
        time.sleep(0.001)
    spoken = narrator.interrupt()
    assert spoken.heard.startswith("One two.\n\nThree")
    assert narrator.spoken_of("a") == SpokenText("One two.", 8)
    assert narrator.spoken_of("b") == SpokenText("Three four " * 20, len(spoken.heard) - 10)
    assert narrator.spoken_of("c") is None


def test_an_interruption_where_nobody_speaks_tells_nothing(narrator: Narrator) -> None:
    assert narrator.interrupt() == SpokenText("", 0)
    speak(narrator, "root", "Hello")
    assert narrator.wait(5)
    assert narrator.interrupt() == SpokenText("", 0)
    assert narrator.spoken == SpokenText("Hello", 5)


def test_the_latest_root_silences_those_before_it(sink: MemorySink) -> None:
    narrator = Narrator(ScriptedVoice(delay=0.02), sink, turns="latest")
    narrator.begin("old", "run")
    narrator.write("old", "run", "old " * 50)
    narrator.begin("new", "run")
    while not sink.chunks:
        time.sleep(0.001)
    narrator.write("new", "run", "new")
    narrator.write("old", "run", "old")
    narrator.finish("new")
    assert narrator.wait(5)
    narrator.finish("old")
    assert said(sink).endswith("new")
    assert said(sink).count("old") < 10


def test_the_first_root_keeps_the_floor_until_it_has_been_heard(sink: MemorySink) -> None:
    narrator = Narrator(ScriptedVoice(delay=0.02), sink, turns="first")
    narrator.begin("first", "run")
    narrator.write("first", "run", "first ")
    speak(narrator, "second", "hidden", "hidden too")
    narrator.write("first", "run", "on")
    narrator.finish("first")
    assert narrator.wait(5)
    speak(narrator, "third", "third")
    assert narrator.wait(5)
    assert said(sink) == "first onthird"


def test_in_the_background_text_waits_for_the_voice(
    voice: ScriptedVoice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()

    def slowly(name: str | None) -> ScriptedVoice:
        release.wait(5)
        return voice

    monkeypatch.setattr("llmvox_plugins.core.casting.load_voice", slowly)
    narrator = Narrator("slow", tmp_path / "answer.wav", in_background=True)
    assert not (tmp_path / "answer.wav").exists()
    speak(narrator, 1, "One.")
    narrator.begin(2, "run")
    narrator.write(2, "run", "Two ")
    narrator.begin(3, "run")
    narrator.write(3, "run", "hidden")
    narrator.cancel(3)
    assert not narrator.wait(0.05)
    release.set()
    narrator.write(2, "run", "and two.")
    narrator.finish(2)
    assert narrator.wait(5)
    narrator.close()
    assert voice.voiced == "One. Two and two."
    assert (tmp_path / "answer.wav").stat().st_size > 1000


def test_in_the_background_what_cannot_be_opened_is_logged_and_the_agent_goes_on(
    caplog: pytest.LogCaptureFixture, sink: MemorySink
) -> None:
    narrator = Narrator("espeak:martian", sink, in_background=True)
    speak(narrator, 1, "One.")
    assert narrator.wait(5)
    speak(narrator, 2, "Two.")
    assert isinstance(narrator.error, UnknownVoiceError)
    assert len(caplog.records) == 1
    narrator.close()


def test_an_interruption_before_there_is_a_voice_is_silence_too(
    voice: ScriptedVoice, sink: MemorySink, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    monkeypatch.setattr("llmvox_plugins.core.casting.load_voice", lambda name: release.wait(5) and voice)
    narrator = Narrator("slow", sink, in_background=True)
    speak(narrator, 1, "One.")
    narrator.interrupt()
    release.set()
    speak(narrator, 2, "Two.")
    assert narrator.wait(5)
    assert said(sink) == "Two."


def test_a_sink_that_hangs_in_its_abort_holds_up_nobody_but_the_interrupter() -> None:
    release = threading.Event()

    class Hangs(MemorySink):
        def write(self, chunk: AudioChunk) -> None:
            release.wait(0.2)

        def abort(self) -> None:
            release.wait(5)

    narrator = Narrator(ScriptedVoice(), Hangs())
    narrator.begin(1, "run")
    narrator.write(1, "run", "One ")
    time.sleep(0.05)
    interrupter = threading.Thread(target=narrator.interrupt)
    interrupter.start()
    time.sleep(0.05)
    began = time.monotonic()
    narrator.begin(2, "run")
    narrator.write(2, "run", "Two ")
    narrator.write(1, "run", "more ")
    assert time.monotonic() - began < 0.1
    release.set()
    interrupter.join()
    narrator.finish(2)
    assert narrator.wait(5)


def test_without_a_time_limit_what_was_heard_was_heard(voice: ScriptedVoice, sink: MemorySink) -> None:
    narrator = Narrator(voice, sink, limits=StreamLimits())
    speak(narrator, 1, "Hello")
    assert narrator.wait(5)


class SlowToOpen:
    """A voice and a place that are there once they are released."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, voice: ScriptedVoice) -> None:
        self.release = threading.Event()
        self.closed = threading.Event()
        self.sink = MemorySink()
        self.sink.close = self.closed.set  # type: ignore[method-assign]
        monkeypatch.setattr(
            "llmvox_plugins.core.casting.load_voice", lambda name: self.release.wait(5) and voice
        )
        monkeypatch.setattr("llmvox_plugins.core.narrator.open_sink", lambda to: self.sink)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch, voice: ScriptedVoice) -> SlowToOpen:
    return SlowToOpen(monkeypatch, voice)


def test_what_waits_for_the_voice_has_not_been_heard(slow: SlowToOpen) -> None:
    narrator = Narrator("slow", in_background=True)
    speak(narrator, 1, "One.")
    assert not narrator.wait(0.02)
    slow.release.set()
    assert narrator.wait(5)
    assert said(slow.sink) == "One."


def test_closed_before_there_is_a_voice_it_stays_silent_and_closes_the_sink(slow: SlowToOpen) -> None:
    narrator = Narrator("slow", in_background=True)
    speak(narrator, 1, "One.")
    narrator.close(0.02)
    slow.release.set()
    assert slow.closed.wait(5)
    assert slow.sink.sample_rate == 0 or not slow.sink.chunks


def test_who_waited_for_the_voice_comes_before_who_speaks_when_it_is_there(slow: SlowToOpen) -> None:
    narrator = Narrator("slow", in_background=True)
    speak(narrator, 1, "One.")
    with narrator._lock:
        slow.release.set()
        time.sleep(0.1)
        speak(narrator, 2, "Two.")
    assert narrator.wait(5)
    assert said(slow.sink) == "One.Two."


class Voiceless(ScriptedVoice):
    def utterance(self) -> Any:
        raise ValueError("no voice")


def test_in_the_background_an_answer_without_a_voice_takes_no_other_along(
    slow: SlowToOpen, voice: ScriptedVoice, caplog: pytest.LogCaptureFixture
) -> None:
    narrator = Narrator("slow", voices={"writer": Voiceless()}, in_background=True)
    narrator.say(1, "hidden", ["writer"])
    narrator.finish(1)
    speak(narrator, 2, "Two.")
    slow.release.set()
    assert narrator.wait(5)
    assert voice.voiced == "Two."
    assert narrator.error is not None
    assert len(caplog.records) == 1


def test_a_root_has_ended_although_its_end_raised(sink: MemorySink) -> None:
    narrator = Narrator(Voiceless(), sink)
    narrator.begin(1, "run", hold=True)
    narrator.write(1, "run", "hidden")
    with pytest.raises(ValueError, match="no voice"):
        narrator.finish(1)
    assert narrator.wait(1)


@pytest.mark.parametrize(("turns", "heard"), [("latest", "a1.b b b"), ("first", "a1.a2.")])
def test_a_pause_for_a_tool_changes_nobodys_turn(turns: Turns, heard: str, sink: MemorySink) -> None:
    narrator = Narrator(ScriptedVoice(delay=0.02), sink, turns=turns)
    narrator.say("a", "a1.")
    assert narrator.stream is not None
    assert narrator.stream.wait(5)
    narrator.begin("b", "run")
    narrator.write("b", "run", "b b b")
    narrator.say("a", "a2.")
    narrator.finish("a")
    narrator.finish("b")
    assert narrator.wait(5)
    assert said(sink) == heard


def test_who_was_taken_for_lost_does_not_break_in(sink: MemorySink) -> None:
    limits = StreamLimits(idle_timeout=0.1)
    narrator = Narrator(ScriptedVoice(delay=0.05), sink, turns="first", limits=limits)
    narrator.begin("a", "run")
    narrator.write("a", "run", "a1.")
    assert narrator.stream is not None
    assert narrator.stream.wait(5)
    speak(narrator, "b", "b b b")
    narrator.write("a", "run", "a2.")
    narrator.finish("a")
    assert narrator.wait(5)
    assert said(sink) == "a1.b b b"


def test_an_interruption_silences_those_that_wait_before_the_one_that_speaks(
    narrator: Narrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    for root in range(20):
        narrator.begin(root, "run")
        narrator.write(root, "run", "word ")
        opened.append(narrator.stream)
    silenced: list[SpeechStream] = []
    cancel = SpeechStream.cancel

    def noted(stream: SpeechStream) -> None:
        silenced.append(stream)
        cancel(stream)

    monkeypatch.setattr(SpeechStream, "cancel", noted)
    narrator.interrupt()
    assert silenced == opened[::-1]


def test_an_interruption_while_the_agent_goes_on(sink: MemorySink, monkeypatch: pytest.MonkeyPatch) -> None:
    narrator = Narrator(ScriptedVoice(), sink)
    narrator.begin("root", 0)
    narrator.write("root", 0, "word ")
    spoken = SpeechStream.spoken.fget  # type: ignore[attr-defined]

    def meanwhile(stream: SpeechStream) -> SpokenText:
        narrator.begin("root", object())
        return spoken(stream)  # type: ignore[no-any-return]

    monkeypatch.setattr(SpeechStream, "spoken", property(meanwhile))
    assert narrator.interrupt().text == "word "


def test_neither_asking_nor_dropping_makes_the_agent_wait_for_a_sink_that_hangs() -> None:
    release, writing = threading.Event(), threading.Event()

    class Hangs(MemorySink):
        def write(self, chunk: AudioChunk) -> None:
            writing.set()
            release.wait(5)

        def abort(self) -> None:
            release.wait(5)

    narrator = Narrator(ScriptedVoice(), Hangs())
    narrator.begin(1, "run")
    narrator.write(1, "run", "One two three. Four ")
    assert writing.wait(5)
    threads = [threading.Thread(target=narrator.drop, args=(1, "run"))]
    threads.append(threading.Thread(target=lambda: narrator.spoken))
    for thread in threads:
        thread.start()
        time.sleep(0.05)
    began = time.monotonic()
    narrator.begin(2, "run")
    waited = time.monotonic() - began
    release.set()
    for thread in threads:
        thread.join()
    assert waited < 0.1
    narrator.cancel(1)
    narrator.cancel(2)


def test_a_run_can_be_taken_back_after_its_root_has_ended(sink: MemorySink) -> None:
    narrator = Narrator(ScriptedVoice(delay=0.02), sink)
    narrator.begin("root", "run")
    narrator.write("root", "run", "wrong " * 50)
    narrator.finish("root")
    narrator.take_back("run")
    narrator.take_back("unknown")
    speak(narrator, "other", "right")
    assert narrator.wait(5)
    assert said(sink).endswith("right")
    assert said(sink).count("wrong") < 5
