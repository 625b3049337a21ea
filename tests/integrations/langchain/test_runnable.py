"""`chain | SpeechRunnable()`: text goes in as it is written, audio comes out as it is made."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import numpy as np
import pytest
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.output_parsers import StrOutputParser
from langchain_core.runnables import (
    ConfigurableField,
    RunnableGenerator,
    RunnableLambda,
    RunnableParallel,
    RunnablePassthrough,
)
from support.langchain_models import (
    QUESTION,
    ScriptedModel,
    calling,
    chain,
    reasoning,
    tool_call,
)

from llmvox_plugins import StreamLimits, WavSink
from llmvox_plugins.core.errors import UnknownVoiceError, VoiceError
from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.langchain import SpeechCallbackHandler, SpeechRunnable, SpokenAudio

ANSWER: list[Any] = [reasoning("Hm. "), "Hello ", "there, ", "my ", "friend."]
SAID = "Hello there, my friend."


def said(parts: Any) -> str:
    return ScriptedVoice.read(np.concatenate([part.samples for part in parts]))


@pytest.fixture
def speech(voice: ScriptedVoice) -> SpeechRunnable:
    return SpeechRunnable(voice)


def test_a_chain_streams_audio_out(speech: SpeechRunnable) -> None:
    parts = list((chain(ANSWER) | speech).stream(QUESTION))
    assert len(parts) == 4
    assert said(parts) == SAID
    assert [part.text_span for part in parts] == [(0, 5), (6, 12), (13, 15), (16, 23)]
    assert parts[0].start == 0.0
    assert parts[1].start == pytest.approx(parts[0].end)


async def test_a_chain_streams_audio_out_on_an_event_loop(speech: SpeechRunnable) -> None:
    assert said([part async for part in (chain(ANSWER) | speech).astream(QUESTION)]) == SAID


async def test_invoked_it_gives_the_whole(speech: SpeechRunnable) -> None:
    whole = (chain(ANSWER) | speech).invoke(QUESTION)
    assert said([whole]) == SAID
    assert whole.duration == pytest.approx(len(SAID) * 0.01)
    assert whole.text_span == (0, len(SAID))
    assert said([await (chain(ANSWER) | speech).ainvoke(QUESTION)]) == SAID


async def test_batches_are_spoken_each_by_itself(speech: SpeechRunnable) -> None:
    pipeline: Any = RunnableLambda(lambda n: f"Number {n}.") | speech
    expected = [f"Number {n}." for n in range(5)]
    assert [said([audio]) for audio in pipeline.batch(list(range(5)))] == expected
    assert [said([audio]) for audio in await pipeline.abatch(list(range(5)))] == expected


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("A string.", "A string."),
        (AIMessage("A message."), "A message."),
        (AIMessage([{"type": "text", "text": "A block."}]), "A block."),
        (AIMessageChunk(content="A chunk."), "A chunk."),
        (AIMessage("", tool_calls=[{"name": "x", "args": {}, "id": "1"}]), ""),
        ("", ""),
    ],
    ids=str,
)
def test_what_it_speaks(given: Any, text: str, speech: SpeechRunnable) -> None:
    whole = speech.invoke(given)
    assert ScriptedVoice.read(whole.samples) == text
    assert whole.sample_rate == ScriptedVoice.sample_rate


def test_what_it_does_not_speak_is_said(speech: SpeechRunnable) -> None:
    with pytest.raises(TypeError, match="not dict: put a step before it"):
        speech.invoke({"messages": []})


def test_audio_adds_up(speech: SpeechRunnable) -> None:
    parts = list(speech.stream("One two three."))
    whole = parts[0] + parts[1] + parts[2]
    assert isinstance(whole, SpokenAudio)
    assert said([whole]) == "One two three."
    assert whole.text_span == (0, 14)
    assert whole.start == 0.0
    assert whole.end == pytest.approx(0.14)
    assert repr(whole) == "SpokenAudio(0.14 s at 16000 Hz)"
    with pytest.raises(TypeError):
        _ = whole + "text"


def test_its_chunks_go_wherever_chunks_go(speech: SpeechRunnable, tmp_path: Any) -> None:
    sink = WavSink(tmp_path / "answer.wav")
    whole = speech.invoke("Hello there.")
    sink.begin(whole.sample_rate)
    for chunk in whole.chunks:
        sink.write(chunk)
    sink.close()
    assert (tmp_path / "answer.wav").stat().st_size == 44 + 2 * len(whole.samples)


def test_audio_comes_before_the_text_is_complete(speech: SpeechRunnable) -> None:
    began = time.monotonic()
    times = [
        time.monotonic() - began
        for _ in (chain(["Hello ", "there. ", 0.3, "Bye."]) | speech).stream(QUESTION)
    ]
    assert times[1] < 0.15  # both words, although the next token is far
    assert times[2] > 0.25


async def test_audio_comes_before_the_text_is_complete_and_the_loop_is_free(
    speech: SpeechRunnable,
) -> None:
    latest = [0.0]

    async def tick() -> None:
        while True:
            now = time.monotonic()
            await asyncio.sleep(0.005)
            latest[0] = max(latest[0], time.monotonic() - now - 0.005)

    ticking = asyncio.create_task(tick())
    began, times = time.monotonic(), []
    slow = SpeechRunnable(ScriptedVoice(delay=0.05))
    async for _ in (chain(["Hello ", "there. ", 0.3, "Bye."]) | slow).astream(QUESTION):
        times.append(time.monotonic() - began)
    ticking.cancel()
    assert times[1] < 0.2
    assert times[2] > 0.25
    assert latest[0] < 0.05


def test_text_and_audio_may_be_had_together(speech: SpeechRunnable) -> None:
    both: Any = chain(ANSWER) | StrOutputParser()
    both = both | RunnableParallel(text=RunnablePassthrough(), audio=speech)
    parts = list(both.stream(QUESTION))
    assert "".join(part["text"] for part in parts if "text" in part) == SAID
    assert said([part["audio"] for part in parts if "audio" in part]) == SAID
    whole: Any = None
    for part in parts:
        whole = part if whole is None else whole + part
    assert whole["text"] == SAID
    assert said([whole["audio"]]) == SAID


async def test_text_and_audio_may_be_had_together_on_an_event_loop(speech: SpeechRunnable) -> None:
    both: Any = chain(ANSWER, ANSWER) | RunnableParallel(text=StrOutputParser(), audio=speech)
    parts = [part async for part in both.astream(QUESTION)]
    assert "".join(part["text"] for part in parts if "text" in part) == SAID
    assert said([part["audio"] for part in parts if "audio" in part]) == SAID
    whole = await both.ainvoke(QUESTION)
    assert (whole["text"], said([whole["audio"]])) == (SAID, SAID)


async def test_events_tell_of_the_audio(speech: SpeechRunnable) -> None:
    events = [event async for event in (chain(ANSWER) | speech).astream_events(QUESTION, version="v2")]
    own = [event for event in events if event["name"] == "SpeechRunnable"]
    streamed = [event["data"]["chunk"] for event in own if event["event"] == "on_chain_stream"]
    assert said(streamed) == SAID
    assert [event["event"] for event in own if event["event"] != "on_chain_stream"] == [
        "on_chain_start",
        "on_chain_end",
    ]
    assert said([own[-1]["data"]["output"]]) == SAID
    assert str(own[-1]["data"]["input"].text) == SAID


def test_a_handler_in_the_chain_goes_on_as_ever(speech: SpeechRunnable) -> None:
    voice, sink = ScriptedVoice(), MemorySink()
    with SpeechCallbackHandler(voice, sink) as handler:
        assert said((chain(ANSWER) | speech).stream(QUESTION, config=calling(handler))) == SAID
        assert handler.wait(5)
    assert voice.voiced == SAID


class Source:
    """Tokens without end; `closed` tells that nobody wants more."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def tokens(self, _: Any = None) -> Iterator[str]:
        try:
            while True:
                time.sleep(0.001)
                yield "word "
        finally:
            self.closed.set()

    async def atokens(self, _: Any = None) -> AsyncIterator[str]:
        try:
            while True:
                await asyncio.sleep(0.001)
                yield "word "
        finally:
            self.closed.set()

    @property
    def runnable(self) -> Any:
        return RunnableLambda(lambda _: "?") | RunnableGenerator(self.tokens, self.atokens)


def test_who_stops_early_ends_the_chain_before(speech: SpeechRunnable) -> None:
    source = Source()
    reading = (source.runnable | speech).stream("?")
    next(reading)
    reading.close()
    assert source.closed.wait(5)


async def test_who_stops_early_on_an_event_loop_ends_the_chain_before(speech: SpeechRunnable) -> None:
    source = Source()
    reading: Any = (source.runnable | speech).astream("?")
    await anext(reading)
    await reading.aclose()
    await all_is_over()
    assert source.closed.is_set()


async def exhaust(reading: AsyncIterator[Any]) -> None:
    async for _ in reading:
        pass


async def all_is_over() -> None:
    """LangChain closes its generators some turns of the loop after the reader has left."""
    for _ in range(500):
        await asyncio.sleep(0.002)
        if len(asyncio.all_tasks()) == 1:
            return
    raise AssertionError(asyncio.all_tasks())


async def test_a_task_that_is_cancelled_ends_the_chain_before(speech: SpeechRunnable) -> None:
    source = Source()
    task = asyncio.create_task(exhaust((source.runnable | speech).astream("?")))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await all_is_over()
    assert source.closed.is_set()


async def test_who_stops_early_does_not_wait_for_a_chain_that_hangs(speech: SpeechRunnable) -> None:
    reading: Any = (chain(["Hello ", "there ", 30.0]) | speech).astream(QUESTION)
    began = time.monotonic()
    await anext(reading)
    await reading.aclose()
    await all_is_over()
    assert time.monotonic() - began < 1


def test_the_model_learns_that_its_reader_has_stopped(
    speech: SpeechRunnable, handler: SpeechCallbackHandler
) -> None:
    reading = (chain(["word ", 0.01] * 100) | speech).stream(QUESTION, config=calling(handler))
    next(reading)
    reading.close()
    began = time.monotonic()
    assert handler.wait(5)
    assert time.monotonic() - began < 0.5


def broken() -> SpeechRunnable:
    return SpeechRunnable(ScriptedVoice(fails_after=2))


async def test_what_goes_wrong_with_the_voice_is_raised() -> None:
    heard = []
    with pytest.raises(VoiceError):
        for part in (chain(ANSWER) | broken()).stream(QUESTION):
            heard.append(part)
    assert said(heard) == "Hello there,"
    with pytest.raises(VoiceError):
        (chain(ANSWER) | broken()).invoke(QUESTION)
    with pytest.raises(VoiceError):
        await (chain(ANSWER) | broken()).ainvoke(QUESTION)


async def test_a_voice_that_fails_ends_the_chain_before() -> None:
    source = Source()
    with pytest.raises(VoiceError):
        list((source.runnable | broken()).stream("?"))
    assert source.closed.wait(5)
    source = Source()
    with pytest.raises(VoiceError):
        await exhaust((source.runnable | broken()).astream("?"))
    await all_is_over()
    assert source.closed.is_set()


async def test_what_goes_wrong_in_the_chain_before_is_raised(speech: SpeechRunnable) -> None:
    for script in (["Hello ", ConnectionError("gone")], [ConnectionError("gone")]):
        with pytest.raises(ConnectionError):
            (chain(script) | speech).invoke(QUESTION)
        with pytest.raises(ConnectionError):
            await (chain(script) | speech).ainvoke(QUESTION)


def test_an_unknown_voice_is_said_when_it_is_made() -> None:
    with pytest.raises(UnknownVoiceError):
        SpeechRunnable("espeak:english-of-mars")


def test_its_voice_may_be_chosen_in_the_call(voice: ScriptedVoice) -> None:
    other = ScriptedVoice()
    choice = SpeechRunnable(voice).configurable_fields(voice=ConfigurableField(id="voice"))
    assert said([choice.invoke("One.")]) == "One."
    assert said([choice.with_config(configurable={"voice": other}).invoke("Two.")]) == "Two."
    assert (voice.voiced, other.voiced) == ("One.", "Two.")


async def test_a_long_text_waits_for_the_voice(voice: ScriptedVoice) -> None:
    speech = SpeechRunnable(voice, limits=StreamLimits(inbox=1000, buffer_seconds=1000))
    text = "word " * 1000
    assert speech.invoke(text).duration > 45
    assert (await speech.ainvoke(text)).duration > 45


def test_it_can_be_drawn(speech: SpeechRunnable) -> None:
    drawn = (chain(ANSWER) | speech).get_graph().draw_mermaid()
    assert "SpeechRunnable" in drawn
    assert (chain(ANSWER) | speech).get_name() == "RunnableSequence"


async def test_many_stop_at_random(speech: SpeechRunnable) -> None:
    before = threading.active_count()
    for count in range(12):
        source = Source()
        reading = (source.runnable | speech).stream("?")
        for _ in range(count):
            next(reading)
        reading.close()
        if count:
            assert source.closed.wait(5)
        areading: Any = (source.runnable | speech).astream("?")
        for _ in range(count):
            await anext(areading)
        await areading.aclose()
    await all_is_over()
    for _ in range(100):
        if threading.active_count() <= before + 4:  # the engine's own
            return
        await asyncio.sleep(0.01)
    raise AssertionError(threading.enumerate())


def test_tool_calls_are_not_spoken(speech: SpeechRunnable) -> None:
    model = ScriptedModel(scripts=[["Wait. ", tool_call("look_up", word="x")]])
    assert said([(model | speech).invoke("?")]) == "Wait."
