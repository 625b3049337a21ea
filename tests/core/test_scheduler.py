"""Fairness among streams of one voice, with the real threads."""

import threading
import time
from collections.abc import Sequence

import numpy as np

from llmvox_plugins import SpeechStream, StreamLimits
from llmvox_plugins.core.audio import AudioChunk
from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.core.voices.base import Utterance


def test_the_listener_who_would_run_dry_first_is_served_first() -> None:
    voice = ScriptedVoice(delay=0.01)  # makes ten times what a listener hears: "0123456789" is 0.1 s
    limits = StreamLimits(buffer_seconds=1000)
    with (
        SpeechStream(voice, limits=limits) as greedy,
        SpeechStream(voice, limits=limits) as late,
    ):
        reader = iter(greedy)
        greedy.write("0123456789 " * 200)
        next(reader)
        time.sleep(0.1)  # by now it has a second of audio waiting
        began = time.monotonic()
        late.write("hello. ")
        next(late_reader := iter(late))
        assert time.monotonic() - began < 0.1
        del late_reader


def test_streams_of_one_voice_advance_together() -> None:
    voice = ScriptedVoice(delay=0.005)
    streams = [SpeechStream(voice) for _ in range(5)]
    for stream in streams:
        stream.write("one two three four five six seven eight ")
    time.sleep(0.15)
    made = [stream.stats.audio_seconds for stream in streams]
    assert min(made) > 0
    assert max(made) < 3 * min(made)
    for stream in streams:
        stream.cancel()


def test_a_slow_sink_holds_up_nobody_else() -> None:
    voice = ScriptedVoice()

    def slow(chunk: AudioChunk) -> None:
        time.sleep(0.3)

    limits = StreamLimits(buffer_seconds=0.2)
    stalled = SpeechStream(voice, slow, limits=limits)
    stalled.write("word " * 500)
    began = time.monotonic()
    for _ in range(20):
        with SpeechStream(voice, MemorySink(), limits=limits) as stream:
            stream.write("Hello there.")
    assert time.monotonic() - began < 2
    stalled.cancel()


def test_the_threads_of_a_voice_are_two_however_many_streams() -> None:
    voice = ScriptedVoice()
    before = set(threading.enumerate())
    streams = [SpeechStream(voice) for _ in range(20)]
    for stream in streams:
        stream.write("Hello ")
    names = [thread.name for thread in set(threading.enumerate()) - before]
    assert sorted(names) == ["llmvox-text", "llmvox-voice"]
    for stream in streams:
        stream.cancel()


def test_cancelling_is_heard_within_one_piece_of_work() -> None:
    voice = ScriptedVoice(delay=0.05)
    stream = SpeechStream(voice)
    stream.write("word " * 100)
    time.sleep(0.12)
    began = time.monotonic()
    stream.cancel()
    assert time.monotonic() - began < 0.02
    time.sleep(0.1)
    made = len(voice.words)
    time.sleep(0.15)
    assert len(voice.words) == made


class WatchfulVoice(ScriptedVoice):
    """Notes whether its engine is ever at work for two at once."""

    def __init__(self) -> None:
        super().__init__()
        self.at_work, self.may_go_on = threading.Event(), threading.Event()
        self.crowded = False
        advance = self.engine.advance

        def watched(utterances: Sequence[Utterance]) -> list[list[AudioChunk]]:
            self.crowded = self.crowded or self.at_work.is_set()
            self.at_work.set()
            self.may_go_on.wait(5)
            self.at_work.clear()
            return advance(utterances)

        self.engine.advance = watched  # type: ignore[method-assign]


def test_a_stream_that_begins_while_the_last_one_is_being_cancelled_does_not_meet_it() -> None:
    voice = WatchfulVoice()
    first = SpeechStream(voice)
    first.write("One ")
    voice.at_work.wait(5)
    first.cancel()
    while [thread for thread in threading.enumerate() if thread.name == "llmvox-text"]:
        time.sleep(0.001)
    with SpeechStream(voice) as second:
        second.write("two.")
        second.end()
        time.sleep(0.05)
        voice.may_go_on.set()
        assert ScriptedVoice.read(np.concatenate([chunk.samples for chunk in second])) == "two."
    assert not voice.crowded
