import asyncio
import gc
import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from llmvox_plugins import SpeechStream, StreamLimits, StreamState, WavSink, load_voice, speak
from llmvox_plugins.core.audio import AudioChunk
from llmvox_plugins.core.errors import (
    InboxFullError,
    SinkError,
    SinkStalledError,
    StreamEndedError,
    StreamError,
    VoiceError,
)
from llmvox_plugins.core.sinks import CallableSink
from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.core.text import TextReader


def llmvox_threads() -> list[str]:
    return sorted(thread.name for thread in threading.enumerate() if thread.name.startswith("llmvox"))


def eventually(fact: Callable[[], bool], seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.002)
    return True


@pytest.fixture(autouse=True)
def no_thread_outlives_its_use() -> Iterator[None]:
    yield
    gc.collect()
    assert eventually(lambda: not llmvox_threads()), llmvox_threads()


def test_what_is_written_is_what_is_heard() -> None:
    with SpeechStream(ScriptedVoice()) as stream:
        stream.write("Hel")
        stream.write("lo wor")
        stream.write("ld.")
        stream.end()
        samples = np.concatenate([chunk.samples for chunk in stream])
    assert ScriptedVoice.read(samples) == "Hello world."
    assert stream.state is StreamState.FINISHED


def test_audio_comes_while_the_text_is_still_being_written() -> None:
    with SpeechStream(ScriptedVoice()) as stream:
        stream.write("Hello there")
        reader = iter(stream)
        first = next(reader)
        assert stream.state is StreamState.OPEN
        assert ScriptedVoice.read(first.samples) == "Hello"


def test_chunks_follow_each_other_in_time_and_name_their_text() -> None:
    text = "One **two** three."
    with SpeechStream(ScriptedVoice()) as stream:
        stream.write(text)
        stream.end()
        chunks = list(stream)
    assert [text[slice(*chunk.text_span)] for chunk in chunks] == ["One", "two", "three."]
    assert [chunk.start for chunk in chunks[1:]] == pytest.approx([chunk.end for chunk in chunks[:-1]])


async def test_an_event_loop_reads_without_being_blocked() -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.001)
            ticks += 1

    ticking = asyncio.create_task(tick())
    async with SpeechStream(ScriptedVoice(delay=0.02)) as stream:
        stream.write("one two three four")
        stream.end()
        said = "".join([ScriptedVoice.read(chunk.samples) async for chunk in stream])
    ticking.cancel()
    assert said == "one two three four"
    assert ticks > 10


async def test_leaving_an_async_stream_waits_until_it_was_heard() -> None:
    sink = MemorySink()
    async with SpeechStream(ScriptedVoice(), sink) as stream:
        stream.write("Hello world.")
    assert ScriptedVoice.read(sink.samples) == "Hello world."
    assert stream.state is StreamState.FINISHED


def test_a_sink_is_played_without_anybody_reading() -> None:
    sink = MemorySink()
    with SpeechStream(ScriptedVoice(), sink) as stream:
        stream.write("Hello world.")
    assert ScriptedVoice.read(sink.samples) == "Hello world."
    assert stream.spoken.heard == "Hello world."


def test_any_function_is_a_sink() -> None:
    chunks: list[AudioChunk] = []
    with SpeechStream(ScriptedVoice(), chunks.append) as stream:
        stream.write("Hello")
    assert len(chunks) == 1


def test_streams_that_share_a_sink_are_played_in_order_of_start() -> None:
    sink, voice = MemorySink(), ScriptedVoice()
    first, second = SpeechStream(voice, sink), SpeechStream(voice, sink)
    second.write("second ")
    second.end()
    assert not second.wait(0.05)
    first.write("first ")
    first.end()
    assert second.wait(5)
    assert ScriptedVoice.read(sink.samples) == "firstsecond"


def test_the_text_after_the_end_is_refused() -> None:
    with SpeechStream(ScriptedVoice(), MemorySink()) as stream:
        stream.end()
        with pytest.raises(StreamEndedError, match="open another stream"):
            stream.write("more")


def test_only_text_can_be_written() -> None:
    with (
        SpeechStream(ScriptedVoice(), MemorySink()) as stream,
        pytest.raises(TypeError, match="takes str, not int"),
    ):
        stream.write(3)  # type: ignore[arg-type]


def test_a_cancelled_stream_ignores_text_and_drops_what_was_not_heard() -> None:
    stream = SpeechStream(ScriptedVoice())
    stream.write("one two three")
    reader = iter(stream)
    next(reader)
    stream.cancel()
    stream.write(" four")
    assert stream.state is StreamState.CANCELLED
    assert next(reader, None) is None
    assert stream.spoken.heard == "one"
    assert stream.spoken.unheard == " two three"


def test_cancelling_releases_who_waits() -> None:
    stream = SpeechStream(ScriptedVoice(), MemorySink())
    threading.Timer(0.02, stream.cancel).start()
    assert stream.wait(5)
    assert stream.state is StreamState.CANCELLED


def test_an_exception_inside_cancels() -> None:
    with pytest.raises(ZeroDivisionError), SpeechStream(ScriptedVoice(), MemorySink()) as stream:
        stream.write("one two")
        raise ZeroDivisionError
    assert stream.state is StreamState.CANCELLED


def test_a_reader_who_stops_early_cancels() -> None:
    stream = SpeechStream(ScriptedVoice())
    stream.write("one two three")
    for _ in stream:
        break
    assert stream.state is StreamState.CANCELLED


def test_leaving_a_stream_unread_cancels_it() -> None:
    with SpeechStream(ScriptedVoice()) as stream:
        stream.write("one two three")
    assert stream.state is StreamState.CANCELLED


def test_a_loop_that_is_closed_cancels() -> None:
    stream = SpeechStream(ScriptedVoice())
    loop = asyncio.new_event_loop()
    reader = stream.__aiter__()
    reading = loop.create_task(reader.__anext__())
    loop.run_until_complete(asyncio.sleep(0))
    loop.stop()
    loop.close()
    stream.write("Hello world.")
    assert eventually(lambda: stream.state is StreamState.CANCELLED)
    reading._log_destroy_pending = False  # type: ignore[attr-defined]  # that it never ran on is the point


def test_a_stream_has_one_reader() -> None:
    with SpeechStream(ScriptedVoice()) as stream:
        reader = iter(stream)
        with pytest.raises(StreamError, match="one reader"):
            iter(stream)
        del reader


def test_a_stream_with_a_sink_is_not_iterated() -> None:
    with (
        SpeechStream(ScriptedVoice(), MemorySink()) as stream,
        pytest.raises(StreamError, match="without a sink"),
    ):
        iter(stream)


def test_a_stream_that_nobody_has_any_more_is_gone() -> None:
    SpeechStream(ScriptedVoice()).write("Hello world.")
    gc.collect()  # the fixture sees that its threads are gone too


def test_a_stream_with_a_sink_speaks_on_when_nobody_has_it_any_more() -> None:
    sink = MemorySink()
    SpeechStream(ScriptedVoice(delay=0.01), sink).write("Hello there world.")
    gc.collect()
    assert eventually(lambda: ScriptedVoice.read(sink.samples) == "Hello there world.")


def test_too_much_waiting_text_fails_the_stream_and_not_the_writer(caplog: pytest.LogCaptureFixture) -> None:
    stream = SpeechStream(ScriptedVoice(), MemorySink(), limits=StreamLimits(inbox=100))
    stream.write("x" * 101)
    stream.write("more")
    assert stream.state is StreamState.FAILED
    with pytest.raises(InboxFullError, match="holds 100"):
        stream.wait(5)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_write_all_waits_instead() -> None:
    sink = MemorySink()
    text = "word " * 2000
    limits = StreamLimits(inbox=4000, buffer_seconds=1)
    with SpeechStream(ScriptedVoice(), sink, limits=limits) as stream:
        stream.write_all(text)
    assert ScriptedVoice.read(sink.samples) == text.strip()


def test_cancelling_releases_a_writer_who_waits() -> None:
    stream = SpeechStream(ScriptedVoice(), limits=StreamLimits(inbox=2000, buffer_seconds=0.1))
    writer = threading.Thread(target=stream.write_all, args=["word " * 5000])
    writer.start()
    time.sleep(0.05)
    stream.cancel()
    writer.join(5)
    assert not writer.is_alive()


def test_a_slow_listener_holds_back_the_voice_and_the_text() -> None:
    voice = ScriptedVoice()
    limits = StreamLimits(buffer_seconds=1)
    with SpeechStream(voice, limits=limits) as stream:
        stream.write("0123456789 " * 1000)
        time.sleep(0.3)
        made = len(voice.words)
        assert 1 <= made * 0.1 <= 1.3  # a word is 0.1 s
        for _, _chunk in zip(range(50), stream, strict=False):
            pass


def test_a_voice_that_breaks_fails_the_stream_after_what_it_made(caplog: pytest.LogCaptureFixture) -> None:
    stream = SpeechStream(ScriptedVoice(fails_after=2))
    stream.write("one two three four")
    stream.end()
    heard = []
    with pytest.raises(VoiceError, match="after 2 words"):
        for chunk in stream:
            heard.append(ScriptedVoice.read(chunk.samples))
    assert heard == ["one", " two"]
    assert stream.state is StreamState.FAILED
    assert len(caplog.records) == 1


def test_a_sink_hears_what_was_made_before_the_voice_broke() -> None:
    sink = MemorySink()
    with pytest.raises(VoiceError), SpeechStream(ScriptedVoice(fails_after=2), sink) as stream:
        stream.write("one two three four")
    assert ScriptedVoice.read(sink.samples) == "one two"
    assert stream.spoken.heard == "one two"


def test_a_broken_voice_fails_only_its_streams() -> None:
    good, bad = MemorySink(), MemorySink()
    with SpeechStream(ScriptedVoice(), good) as survivor:
        with pytest.raises(VoiceError), SpeechStream(ScriptedVoice(fails_after=0), bad) as stream:
            stream.write("one two")
        survivor.write("still here")
    assert ScriptedVoice.read(good.samples) == "still here"


class BrokenSink(MemorySink):
    def write(self, chunk: AudioChunk) -> None:
        if len(self.chunks) == 2:
            raise OSError("the cable was pulled")
        super().write(chunk)


def test_a_sink_that_breaks_fails_the_stream_and_says_where(caplog: pytest.LogCaptureFixture) -> None:
    sink = BrokenSink()
    with (
        pytest.raises(SinkError, match=r"after 0\.07 s of audio: the cable"),
        SpeechStream(ScriptedVoice(), sink) as stream,
    ):
        stream.write("one two three four")
    assert ScriptedVoice.read(sink.samples) == "one two"
    assert stream.spoken.heard == "one two"
    assert len(caplog.records) == 1


def test_no_text_of_the_user_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def sink(chunk: AudioChunk) -> None:
        raise ValueError("secret words")

    with pytest.raises(SinkError) as caught, SpeechStream(ScriptedVoice(), sink) as stream:
        stream.write("secret words")
    assert "secret" not in caplog.text
    assert isinstance(caught.value.__cause__, ValueError)


def test_a_sink_that_hangs_fails_its_streams_and_no_others() -> None:
    hung = threading.Event()

    def hang(chunk: AudioChunk) -> None:
        hung.wait(10)

    voice, stuck, good = ScriptedVoice(), CallableSink(hang), MemorySink()
    limits = StreamLimits(stall_timeout=0.1)
    stream = SpeechStream(voice, stuck, limits=limits)
    behind = SpeechStream(voice, stuck, limits=limits)
    with SpeechStream(voice, good) as other:
        stream.write("one two")
        behind.write("three")
        other.write("still here")
    assert ScriptedVoice.read(good.samples) == "still here"
    for each in (stream, behind):
        with pytest.raises(SinkStalledError, match="CallableSink took no audio"):
            each.wait(5)
    with pytest.raises(SinkStalledError):
        SpeechStream(voice, stuck).wait(5)
    hung.set()


def test_a_pause_of_the_llm_releases_the_last_word() -> None:
    with SpeechStream(ScriptedVoice(), limits=StreamLimits(idle_release=0.05)) as stream:
        stream.write("Just a moment")
        reader = iter(stream)
        assert "".join(ScriptedVoice.read(next(reader).samples) for _ in range(3)) == "Just a moment"
        stream.write(" please")
        stream.end()
        assert ScriptedVoice.read(next(reader).samples) == " please"
        assert next(reader, None) is None


def test_a_stream_without_text_for_long_ends_itself() -> None:
    stream = SpeechStream(ScriptedVoice(), MemorySink(), limits=StreamLimits(idle_timeout=0.05))
    stream.write("Hello")
    assert stream.wait(5)
    assert stream.state is StreamState.FINISHED
    assert stream.spoken.heard == "Hello"


def test_a_text_with_nothing_to_say_finishes() -> None:
    for text in ("", " \n ", "```python\nprint()\n```"):
        sink = MemorySink()
        with SpeechStream(ScriptedVoice(), sink) as stream:
            stream.write(text)
        assert stream.state is StreamState.FINISHED
        assert sink.chunks == []
        assert stream.spoken.heard == text


def test_stats_tell_how_it_went() -> None:
    with SpeechStream(ScriptedVoice(delay=0.01), MemorySink()) as stream:
        assert stream.stats.time_to_first_audio is None
        stream.write("one two three")
    stats = stream.stats
    assert stats.time_to_first_audio is not None
    assert 0.01 <= stats.time_to_first_audio < 1
    assert stats.audio_seconds == pytest.approx(0.13)
    assert stats.real_time_factor is not None
    assert 0.03 / 0.13 <= stats.real_time_factor < 10


def test_speak_writes_a_text_or_deltas_to_a_file(tmp_path: Path) -> None:
    spoken = speak("Hello world.", voice=ScriptedVoice(), to=tmp_path / "text.wav")
    assert spoken.heard == "Hello world."
    speak(iter(["Hel", "lo wor", "ld."]), voice=ScriptedVoice(), to=tmp_path / "deltas.wav")
    assert (tmp_path / "deltas.wav").read_bytes() == (tmp_path / "text.wav").read_bytes()


def test_speak_refuses_a_path_before_anything_is_made(tmp_path: Path) -> None:
    voice = ScriptedVoice()
    with pytest.raises(SinkError, match="nowhere"):
        speak("Hello", voice=voice, to=tmp_path / "nowhere" / "answer.wav")
    assert voice.voiced == ""


def test_speak_leaves_a_sink_open_that_it_was_given(tmp_path: Path) -> None:
    sink = WavSink(tmp_path / "two.wav")
    for _ in range(2):
        speak("Hello", voice=ScriptedVoice(), to=sink)
    sink.close()
    speak("Hello", voice=ScriptedVoice(), to=tmp_path / "one.wav")
    assert (tmp_path / "two.wav").stat().st_size - 44 == 2 * ((tmp_path / "one.wav").stat().st_size - 44)


def test_an_llm_that_breaks_cancels_and_keeps_what_was_said(tmp_path: Path) -> None:
    def deltas() -> Iterator[str]:
        yield "one two. "
        time.sleep(0.1)
        raise ConnectionError("the LLM is gone")

    with pytest.raises(ConnectionError):
        speak(deltas(), voice=ScriptedVoice(), to=tmp_path / "answer.wav")
    data = (tmp_path / "answer.wav").read_bytes()[44:]
    assert ScriptedVoice.read(np.frombuffer(data, "<i2").astype(np.float32)) == "one two."


@pytest.mark.parametrize("stage", ["feed", "flush"])
def test_a_text_that_cannot_be_read_fails_its_stream_and_no_other(
    stage: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    original = getattr(TextReader, stage)

    def read(reader: TextReader, *text: str) -> object:
        if reader is poisoned:
            raise ZeroDivisionError("secret words")
        return original(reader, *text)

    voice, sink = ScriptedVoice(), MemorySink()
    stream = SpeechStream(voice, limits=StreamLimits(idle_release=0.02))
    poisoned = stream._speech._inbox._reader
    monkeypatch.setattr(TextReader, stage, read)
    stream.write("secret words")
    with pytest.raises(VoiceError, match="could not be read: ZeroDivisionError"):
        stream.wait(5)
    with SpeechStream(voice, sink) as other:
        other.write("still here")
    assert ScriptedVoice.read(sink.samples) == "still here"
    assert "secret" not in caplog.text


def test_two_streams_in_two_languages_at_once_sound_as_they_do_alone() -> None:
    texts = {
        "espeak:en-us": "One two three four, five six seven.",
        "espeak:de": "Eins zwei drei vier, fünf sechs.",
    }

    def start(name: str, sink: MemorySink) -> SpeechStream:
        stream = SpeechStream(load_voice(name), sink)
        stream.write(texts[name])
        stream.end()
        return stream

    alone = {name: MemorySink() for name in texts}
    for name, sink in alone.items():
        assert start(name, sink).wait(10)
    together = {name: MemorySink() for name in texts}
    for stream in [start(name, sink) for name, sink in together.items()]:
        assert stream.wait(10)
    for name in texts:
        assert [chunk.text_span for chunk in together[name].chunks] == [
            c.text_span for c in alone[name].chunks
        ]
        assert len(together[name].samples) == pytest.approx(len(alone[name].samples), rel=0.02)


def test_the_last_word_is_never_lost() -> None:
    voice = ScriptedVoice()
    for _ in range(300):
        with SpeechStream(voice) as stream:
            stream.write("one two")
            stream.end()
            assert "".join(ScriptedVoice.read(chunk.samples) for chunk in stream) == "one two"
