"""WebSocket /v1/audio/speech/stream, with a real client of it."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pytest
from starlette.testclient import TestClient
from support.decoding import decoded
from support.live_client import Answer, live_client
from support.serving import Serving, serving
from websockets.exceptions import ConnectionClosedError

from llmvox_plugins.core.audio import Resampler, Samples
from llmvox_plugins.core.testing import ScriptedVoice
from llmvox_plugins.core.voices.llmvox import LLMVoXVoice
from llmvox_plugins.integrations.openai import create_app
from llmvox_plugins.integrations.openai.settings import ServerSettings

TEXT = "Hello world. This is **quite** an answer, e.g. 😀 to you! Done"


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    with serving(create_app("espeak:en-us")) as server:
        yield server


@pytest.fixture(scope="module")
def scripted() -> Iterator[Serving]:
    with serving(create_app(ScriptedVoice())) as server:
        yield server


async def eventually(condition: Callable[[], bool]) -> None:
    """Until it is so, within 5 seconds."""
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come true")


def read(pcm: bytes) -> str:
    """What the scripted voice says in the audio that was sent."""
    samples, rate = decoded(pcm, "pcm")
    resampler = Resampler(rate, ScriptedVoice.sample_rate)
    return ScriptedVoice.read(np.concatenate([resampler.feed(samples), resampler.flush()]))


async def test_text_goes_in_and_audio_comes_out(scripted: Serving) -> None:
    async with live_client(scripted) as client:
        answer = await client.say(["Hel", "lo wor", "ld. Good", "bye."])
    start, *_, done = answer.messages
    assert start["type"] == "audio.start"
    assert start.items() >= {"response_format": "pcm", "sample_rate": 24_000, "voice": "scripted"}.items()
    assert read(answer.audio) == "Hello world. Goodbye."
    assert done["reason"] == "finished"
    assert done["audio_seconds"] == pytest.approx(len(answer.audio) / 48_000, abs=0.001)
    assert done["time_to_first_audio"] > 0
    assert done["heard"] == {"end": 21, "end_utf16": 21}


async def test_words_and_sentences_are_places_in_the_text(server: Serving) -> None:
    async with live_client(server) as client:
        answer = await client.say(TEXT)
    in_utf16 = TEXT.encode("utf-16-le")
    words = [TEXT[slice(*mark["span"])] for mark in answer.marks("word")]
    assert words[:4] == ["Hello", "world.", "This", "is"]
    assert words[-3:] == ["to", "you!", "Done"]
    for mark in answer.marks("word") + answer.marks("sentence"):
        begin, end = mark["span_utf16"]
        assert in_utf16[2 * begin : 2 * end].decode("utf-16-le") == TEXT[slice(*mark["span"])]
        assert mark["estimated"] is False
    sentences = [TEXT[slice(*mark["span"])] for mark in answer.marks("sentence")]
    assert sentences == ["Hello world.", "This is **quite** an answer, e.g. 😀 to you!", "Done"]
    assert all(a["end"] == b["start"] for a, b in pairwise(answer.marks("sentence")))
    assert answer.marks("sentence")[-1]["end"] == answer.done["audio_seconds"]


async def test_a_mark_comes_before_the_audio_of_its_word(server: Serving) -> None:
    async with live_client(server) as client:
        await client.write(TEXT)
        await client.send("end")
        answer, received = Answer(), 0.0
        while (message := await client.receive(answer)) is None or message["type"] != "audio.done":
            if message and message["type"] == "word":
                assert received <= message["start"] + 0.001
            received = len(answer.audio) / 48_000


def onsets(samples: Samples, rate: int) -> list[float]:
    """Seconds at which sound follows a silence of 0.1 s."""
    frame = rate // 200
    loud = np.sqrt((samples[: len(samples) // frame * frame].reshape(-1, frame) ** 2).mean(axis=1)) > 0.01
    found, silent = [], 20
    for at, is_loud in enumerate(loud):
        if is_loud and silent >= 20:
            found.append(at * frame / rate)
        silent = 0 if is_loud else silent + 1
    return found


@pytest.mark.parametrize("speed", [1.0, 1.6])
async def test_words_are_heard_when_their_marks_say(server: Serving, speed: float) -> None:
    """Words between pauses, whose beginnings can be seen in the audio."""
    text = "Oh. Eye. All. Ale. Own. Aim. Old. Eel. " * 3
    async with live_client(server) as client:
        answer = await client.say(text, speed=speed)
    heard = onsets(*decoded(answer.audio, "pcm"))
    said = [mark["start"] for mark in answer.marks("word")]
    assert len(heard) == len(said) == 24
    assert np.abs(np.subtract(heard, said)).max() < 0.03


@pytest.mark.parametrize("format", ["mp3", "opus", "aac", "flac", "wav"])
async def test_any_format_makes_one_file(server: Serving, format: str) -> None:
    async with live_client(server) as client:
        answer = await client.say("Hello world, in a format.", response_format=format)
    samples, rate = decoded(answer.audio, format)
    assert len(samples) / rate == pytest.approx(answer.done["audio_seconds"], abs=0.15)


async def test_audio_begins_before_the_sentence_is_complete(server: Serving) -> None:
    async with live_client(server) as client:
        await client.write("This sentence has begun, and nobody knows ", "how it will ")
        answer = Answer()
        while not answer.audio:
            await client.receive(answer)
        await client.write("end.")
        await client.send("end")
        await client.until("audio.done", answer)
    assert len(answer.marks("word")) == 11


async def test_cancel_works_after_the_end_while_audio_drains() -> None:
    voice = ScriptedVoice(delay=0.02)
    with serving(create_app(voice)) as server:
        async with live_client(server) as client:
            await client.write("one two three four five. " * 100)
            await client.send("end")
            answer = await client.until("word")
            await client.send("played", seconds=0.05)
            await client.send("cancel")
            await client.until("audio.done", answer)
            assert answer.done["reason"] == "cancelled"
            assert len(voice.words) < 100
            assert answer.done["heard"]["end"] <= 8
            spoken = len(voice.words)
            again = await client.say("And on.")
    assert read(again.audio) == "And on."
    assert len(voice.words) <= spoken + 3


async def test_cancel_before_there_was_a_place() -> None:
    settings = ServerSettings(max_streams=1, queue_timeout=30)
    with serving(create_app(ScriptedVoice(), settings)) as server:
        async with live_client(server) as first, live_client(server) as second:
            await first.write("I hold the only place")
            await first.until("audio.start")
            await second.write("I wait")
            await second.send("cancel")
            answer = await second.until("audio.done")
            assert [message["type"] for message in answer.messages] == ["audio.start", "audio.done"]
            assert answer.done["reason"] == "cancelled"
            assert answer.done["heard"] == {"end": 0, "end_utf16": 0}
            await first.send("cancel")
            assert answer.done.keys() == (await first.until("audio.done")).done.keys()
            await first.write("I hold it again")
            await first.until("audio.start")
            await second.send("end")  # of what was cancelled: it is nothing
            await first.send("end")
            await first.until("audio.done")
            assert read((await second.say("Now I speak.")).audio) == "Now I speak."


async def test_what_was_played_is_what_was_heard(scripted: Serving) -> None:
    async with live_client(scripted) as client:
        await client.say("😀 Hello world. Goodbye.")
        for seconds, end in [(0.0, 0), (0.04, 0), (0.055, 7), (0.125, 14), (0.2, 23), (9.0, 23)]:
            await client.send("played", seconds=seconds)
            assert (await client.until("heard")).messages[-1] == {
                "type": "heard",
                "end": end,
                "end_utf16": end + 1 if end else 0,
            }


async def test_texts_follow_one_another_on_a_socket(scripted: Serving) -> None:
    async with live_client(scripted) as client:
        await client.write("One.")
        await client.send("end")
        await client.write("Two.")
        await client.send("end")
        answers = [await client.until("audio.done"), await client.until("audio.done")]
        assert [read(answer.audio) for answer in answers] == ["One.", "Two."]
        assert answers[1].marks("word")[0]["span"] == [0, 4]
        empty = await client.say([])
        assert (empty.audio, empty.done["audio_seconds"]) == (b"", 0)
        await client.send("cancel")  # nothing is being said: nothing happens
        assert read((await client.say("Three.", voice="alloy")).audio) == "Three."


@pytest.mark.parametrize(
    ("frame", "word"),
    [
        ("Hello", "JSON object"),
        ("[" * 10_000, "JSON object"),
        ("5", "dictionary"),
        ("{}", "type"),
        ('{"type": "txt", "text": "a"}', "'text'"),
        ('{"type": "text"}', "text"),
        ('{"type": "text", "txt": "a"}', "did you mean 'text'"),
        ('{"type": "text", "text": 5}', "string"),
        ('{"type": "config", "voice": "nobody"}', "no such voice"),
        ('{"type": "config", "speed": NaN}', "speed"),
        ('{"type": "config", "response_format": "\\ud83d"}', "response_format"),
        ('{"type": "played", "seconds": Infinity}', "finite"),
        ('{"type": "played", "seconds": -1}', "seconds"),
        (b"\x00\x01", "text frames"),
    ],
)
async def test_a_mistake_is_told_and_ends_the_conversation(
    scripted: Serving, frame: str | bytes, word: str
) -> None:
    async with live_client(scripted) as client:
        await client.socket.send(frame)
        answer = Answer()
        await client.receive(answer)
        error = answer.messages[0]["error"]
        assert error["type"] == "invalid_request_error"
        assert word in f"{error['param']} {error['message']}"
        with pytest.raises(ConnectionClosedError) as closed:
            await client.socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008


async def test_a_config_in_the_middle_of_a_text_is_a_mistake(scripted: Serving) -> None:
    async with live_client(scripted) as client:
        await client.write("Hello")
        await client.send("config", speed=2.0)
        answer = Answer()
        with pytest.raises(ConnectionClosedError):
            while True:
                await client.receive(answer)
    assert "before a text's first delta" in answer.messages[-1]["error"]["message"]


async def test_a_broken_voice_is_told_after_the_audio_it_made() -> None:
    with serving(create_app(ScriptedVoice(fails_after=2))) as server:
        async with live_client(server) as client:
            await client.write("one two three four")
            await client.send("end")
            answer = Answer()
            with pytest.raises(ConnectionClosedError) as closed:
                while True:
                    await client.receive(answer)
    assert answer.messages[-1]["type"] == "error"
    assert answer.messages[-1]["error"]["code"] == "speech_failed"
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1011
    assert len(answer.audio) > 0


async def test_a_text_that_nobody_writes_on_gives_its_place_back() -> None:
    app = create_app(ScriptedVoice(), ServerSettings(stall_timeout=0.3))
    with serving(app) as server:
        async with live_client(server) as client:
            await asyncio.sleep(0.5)  # a socket without a text may rest
            await client.write("Hello and")
            answer = Answer()
            with pytest.raises(ConnectionClosedError):
                while True:
                    await client.receive(answer)
        assert "no text and no end" in answer.messages[-1]["error"]["message"]
    assert app.state.service.talks == set()


async def test_deltas_of_nothing_hold_no_place() -> None:
    app = create_app(ScriptedVoice(), ServerSettings(stall_timeout=0.4))
    with serving(app) as server:
        async with live_client(server) as client:
            await client.write("")
            assert app.state.service.talks == set()
            await client.write("Hello")
            answer = Answer()
            with pytest.raises(ConnectionClosedError):
                for _ in range(50):
                    await client.write("")
                    await client.send("played", seconds=0.0)
                    await asyncio.sleep(0.05)
            with pytest.raises(ConnectionClosedError):
                while True:
                    await client.receive(answer)
    assert "no text and no end" in answer.messages[-1]["error"]["message"]


async def test_an_answer_may_not_take_for_ever() -> None:
    app = create_app(ScriptedVoice(), ServerSettings(request_timeout=0.4))
    with serving(app) as server:
        async with live_client(server) as client:
            answer = Answer()
            with pytest.raises(ConnectionClosedError):
                for _ in range(50):
                    await client.write("more ")
                    await asyncio.sleep(0.05)
            with pytest.raises(ConnectionClosedError):
                while True:
                    await client.receive(answer)
    assert answer.messages[-1]["error"]["code"] == "timeout"


@pytest.mark.parametrize("format", ["mp3", "wav", "pcm"])
async def test_where_nothing_is_said_a_file_is_still_a_file(scripted: Serving, format: str) -> None:
    async with live_client(scripted) as client:
        answer = await client.say("🎉", response_format=format)
    assert answer.done["audio_seconds"] == 0
    if format == "pcm":
        assert answer.audio == b""
    else:
        samples, rate = decoded(answer.audio, format)
        assert 0.05 < len(samples) / rate < 0.3


def test_a_test_client_may_leave_at_any_moment() -> None:
    with TestClient(create_app(ScriptedVoice(delay=0.002)), base_url="http://localhost") as client:
        for leaves_after in ["audio.start", "word", "audio.done"] * 5:
            with client.websocket_connect("/v1/audio/speech/stream") as socket:
                socket.send_json({"type": "text", "text": "one two three"})
                socket.send_json({"type": "end"})
                while leaves_after not in socket.receive().get("text", ""):
                    pass


async def test_who_goes_away_is_not_spoken_to() -> None:
    voice = ScriptedVoice(delay=0.01)
    app = create_app(voice)
    with serving(app) as server:
        async with live_client(server) as client:
            await client.write("word " * 5000)
            await client.send("end")
            await client.until("word")
        await eventually(lambda: not app.state.service.talks)
        assert len(voice.words) < 200
        async with live_client(server) as client:  # the server goes on
            assert read((await client.say("Hello.")).audio) == "Hello."


async def test_llmvox_tells_that_its_marks_are_estimates(llmvox: LLMVoXVoice) -> None:
    with serving(create_app(llmvox)) as server:
        async with live_client(server) as client:
            answer = await client.say(["Hel", "lo wor", "ld. Good", "bye."])
    words = answer.marks("word")
    assert {(0, 5), (6, 12), (13, 21)} == {tuple(mark["span"]) for mark in words}
    assert all(mark["estimated"] for mark in words)
    assert len(answer.audio) / 48_000 == pytest.approx(answer.done["audio_seconds"], abs=0.001)
