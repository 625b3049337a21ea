"""Answers that pass are spoken by the server itself: once, in order, and nobody waits for it."""

import asyncio
import json
import logging
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import httpx2
import openai
import pytest
from support.llm_server import CUT, DONE, Step, chunk, end, event, says
from support.recorder import Recorder, Reply
from support.sdk_server import Answer, SDKServer, in_response, says_in_response
from support.serving import serving
from support.speaks_aloud import Aloud, aloud

from llmvox_plugins.core.audio import AudioChunk
from llmvox_plugins.core.errors import ConfigurationError, SinkError
from llmvox_plugins.core.sinks import Sink
from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.openai import create_app
from llmvox_plugins.integrations.openai.aloud import Aloud as Room
from llmvox_plugins.integrations.openai.aloud import aloud as aloud_room
from llmvox_plugins.integrations.openai.operation.metrics import Metrics
from llmvox_plugins.integrations.openai.settings import ServerSettings

HELLO: list[Any] = [{"role": "user", "content": "Hello"}]
WAYS = [f"{api}, {how}" for api in ("chat", "responses") for how in ("streamed", "whole")]
LONG = " ".join(["word"] * 60)


def ask(server: Aloud, way: str = "chat, streamed", **fields: Any) -> httpx2.Response:
    api, _, how = way.partition(", ")
    asked = {"messages": HELLO} if api == "chat" else {"input": "Hello"}
    path = "/chat/completions" if api == "chat" else "/responses"
    body = {"model": "m", "stream": how == "streamed", **asked, **fields}
    return httpx2.post(server.url + path, json=body, timeout=30)


@contextmanager
def openai_at(server: Aloud, **options: Any) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=server.url, api_key="k", **{"max_retries": 0, **options}) as client:
        yield client


def stream_of(way: str, *texts: str) -> list[Step]:
    return says(*texts) if way.startswith("chat") else says_in_response(*texts)


# once, and as it is


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_is_spoken_once_and_its_bytes_are_untouched(llm: SDKServer, way: str) -> None:
    llm.will_say(Answer(["Because **blue** ", "light is ", "scattered."], thought="Hm."))
    with aloud(llm.url) as server:
        passed = ask(server, way)
        server.until(heard=1)
    api, _, how = way.partition(", ")
    path = "/chat/completions" if api == "chat" else "/responses"
    direct = httpx2.post(llm.url + path, json=llm.requests[0].body)
    assert (passed.status_code, passed.content) == (200, direct.content)
    assert passed.headers["content-type"] == direct.headers["content-type"]
    assert server.heard == "Because blue light is scattered."
    assert how == "whole" or b"data: " in passed.content


def test_a_completion_too(raw_llm: Recorder) -> None:
    whole = json.dumps({"choices": [{"index": 0, "text": "One two.", "finish_reason": "stop"}]}).encode()
    parts = [event({"choices": [{"index": 0, "text": text}]}) for text in ("Three ", "four.")]
    stream = Reply(200, [("Content-Type", "text/event-stream")], [*parts, DONE])
    raw_llm.will_reply(Reply(body=whole), stream, Reply(body=whole))
    with aloud(raw_llm.url) as server:
        for fields in ({}, {"stream": True}, {"suffix": "}"}, {"echo": True}):
            httpx2.post(f"{server.url}/completions", json={"model": "m", "prompt": "x", **fields})
        server.until(heard=2)
        assert server.heard == "One two.Three four."


def test_answers_follow_one_another_in_the_order_of_their_first_words(llm: SDKServer) -> None:
    go_on = threading.Event()
    llm.will_say([chunk(content="One "), go_on, chunk(content="two. "), end(), DONE], says("Three."))
    with aloud(llm.url, ScriptedVoice(delay=0.01)) as server:
        first = threading.Thread(target=ask, args=[server])
        first.start()
        server.wait(lambda: server.heard == "One")
        ask(server)
        go_on.set()
        first.join()
        server.until(heard=2)
        assert server.heard == "One two.Three."


def test_it_is_spoken_while_it_passes(llm: SDKServer) -> None:
    read_on = threading.Event()
    llm.will_say([chunk(content="One two. And "), read_on, chunk(content="three."), end(), DONE])
    with aloud(llm.url) as server, openai_at(server) as client:
        stream = client.chat.completions.create(model="m", messages=HELLO, stream=True)
        next(iter(stream))
        server.wait(lambda: "One two." in server.heard)
        read_on.set()
        assert [part.choices[0].delta.content for part in stream] == ["three.", None]
        server.until(heard=1)
        assert server.heard == "One two. And three."


@pytest.mark.parametrize("when", ["before [DONE]", "after it"])
def test_who_goes_when_all_has_been_said_is_heard_to_the_end(llm: SDKServer, when: str) -> None:
    """Clients close their connection at the last event."""
    over = threading.Event()
    llm.will_say([chunk(content=LONG), end(), *([DONE] if when == "after it" else []), over])
    with aloud(llm.url, ScriptedVoice(delay=0.005)) as server, openai_at(server) as client:
        for part in client.chat.completions.create(model="m", messages=HELLO, stream=True):
            if part.choices[0].finish_reason and when != "after it":
                break
        server.until(heard=1)
        over.set()
        assert server.heard == LONG


# what is not for a listener


CALL = Answer(["One moment."], call=("f", {"a": 1}))
DATA: dict[str, Any] = {"type": "json_schema", "json_schema": {"name": "n", "schema": {}}}


@pytest.mark.parametrize("way", WAYS)
def test_thoughts_and_calls_are_not_spoken_and_data_is_not(llm: SDKServer, way: str) -> None:
    llm.will_say(Answer([], call=("f", {})), Answer(['{"a"', ": 1}"]), Answer(["Heard."], "Hm.", ("f", {})))
    data: dict[str, Any] = {"response_format": DATA} if way.startswith("chat") else {"text": {"format": DATA}}
    with aloud(llm.url) as server:
        ask(server, way)
        ask(server, way, **data)
        ask(server, way)
        server.until(heard=1)
        assert server.heard == "Heard."


def test_what_is_asked_for_as_audio_is_not_spoken_aloud(llm: SDKServer) -> None:
    audio: dict[str, Any] = {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "pcm16"}}
    with aloud(llm.url) as server:
        assert b'"audio"' in ask(server, **audio).content
        assert "audio" in ask(server, "chat, whole", **audio).json()["choices"][0]["message"]
        ask(server, **audio, response_format=DATA)
        time.sleep(0.2)
        assert (server.heard, server.fates()) == ("", {})


@pytest.mark.parametrize("said", ["no", "No", "off", "false", "0"])
def test_who_wants_to_hear_it_elsewhere_says_so(raw_llm: Recorder, said: str) -> None:
    raw_llm.will_reply(Reply(body=json.dumps({**CALL.chat(), **CALL.response()}).encode()))
    body: dict[str, Any] = {"model": "m", "messages": HELLO, "input": "Hello"}
    with aloud(raw_llm.url) as server:
        for path in ("/chat/completions", "/responses"):
            httpx2.post(server.url + path, json=body, headers={"X-LLMVoX-Aloud": said})
        httpx2.post(server.url + path, json=body, headers={"X-LLMVoX-Aloud": "yes"})
        server.until(heard=1)
    assert [asked.header("x-llmvox-aloud") for asked in raw_llm.asked] == 3 * [None]


def test_other_endpoints_are_not_spoken(raw_llm: Recorder) -> None:
    whole = json.dumps({**Answer(["No."]).chat(), **Answer(["No."]).response()}).encode()
    raw_llm.will_reply(Reply(body=whole))
    with aloud(raw_llm.url) as server:
        for method, path in [
            ("POST", "/embeddings"),
            ("POST", "/moderations"),
            ("GET", "/responses/resp_1"),
            ("GET", "/responses"),
            ("POST", "/responses/resp_1/cancel"),
            ("GET", "/chat/completions/c"),
        ]:
            assert httpx2.request(method, server.url + path, json={"x": 1}).content == whole
        time.sleep(0.2)
        assert (server.heard, server.fates()) == ("", {})


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b'{"a":' * 60_000, b""])
def test_a_question_that_nobody_can_read_has_no_listener(raw_llm: Recorder, body: bytes) -> None:
    raw_llm.will_reply(Reply(body=json.dumps(Answer(["No."]).response()).encode()))
    with aloud(raw_llm.url) as server:
        assert httpx2.post(f"{server.url}/responses", content=body).status_code == 200
        time.sleep(0.1)
        assert server.heard == ""


# silence


@pytest.mark.parametrize("way", ["chat, streamed", "responses, streamed"])
def test_a_client_who_goes_away_in_the_middle_is_silence(llm: SDKServer, way: str) -> None:
    llm.will_say([*stream_of(way, LONG + " ")[:-2], 30.0], stream_of(way, "Next."))
    path = "/chat/completions" if way.startswith("chat") else "/responses"
    with aloud(llm.url, ScriptedVoice(delay=0.02)) as server:
        body = {"model": "m", "messages": HELLO, "input": "x", "stream": True}
        with httpx2.stream("POST", server.url + path, json=body) as answer:
            parts = answer.iter_bytes()  # dropped, it closes the connection
            next(parts)
            server.wait(lambda: "word word" in server.heard)
        server.until(cut=1)
        said = server.heard
        assert len(said) < len(LONG) / 2
        ask(server, way)
        server.until(cut=1, heard=1)
        assert server.heard == said + "Next."


def test_a_client_who_waits_for_a_whole_answer_and_goes(raw_llm: Recorder) -> None:
    over = threading.Event()
    whole = json.dumps(Answer([LONG]).chat()).encode()
    raw_llm.will_reply(Reply(200, [("Content-Type", "application/json")], [whole, over]), Reply(body=whole))
    with aloud(raw_llm.url) as server:
        with pytest.raises(httpx2.ReadTimeout):
            httpx2.post(f"{server.url}/chat/completions", json={"messages": HELLO}, timeout=0.3)
        server.wait(lambda: not server.server.server_state.tasks)  # it has seen him go
        over.set()
        time.sleep(0.2)
        assert (server.heard, server.fates()) == ("", {})
        httpx2.post(f"{server.url}/chat/completions", json={"messages": HELLO})
        server.until(heard=1)


ENDS: dict[str, list[Step]] = {
    "breaks off": [CUT],
    "says so": [event({"error": {"message": "overloaded"}}), end(), DONE],
    "just ends": [],
}


@pytest.mark.parametrize("ending", ENDS)
def test_an_llm_that_fails_in_the_middle_is_silence(llm: SDKServer, ending: str) -> None:
    llm.will_say([chunk(content=LONG + " "), 0.1, *ENDS[ending]])
    with aloud(llm.url, ScriptedVoice(delay=0.02)) as server:
        try:
            ask(server)
        except httpx2.RemoteProtocolError:
            assert ending == "breaks off"
        server.until(cut=1)
        assert len(server.heard) < len(LONG) / 2


def test_a_response_that_fails_in_the_middle_too(llm: SDKServer) -> None:
    failed = event(in_response("failed", response={"status": "failed"}))
    llm.will_say([*says_in_response(LONG + " ")[:-3], 0.1, failed])
    with aloud(llm.url, ScriptedVoice(delay=0.02)) as server:
        assert failed in ask(server, "responses, streamed").content
        server.until(cut=1)
        assert len(server.heard) < len(LONG) / 2


# requests that are repeated


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
@pytest.mark.parametrize("way", ["chat, streamed", "responses, whole"])
def test_a_request_that_is_repeated_is_spoken_once(raw_llm: Recorder, status: int, way: str) -> None:
    answer = Answer(["Hello ", "world."])
    streamed = Reply(200, [("Content-Type", "text/event-stream")], [s for s in answer.chat_stream() if s])  # type: ignore[misc]
    right = streamed if way == "chat, streamed" else Reply(body=json.dumps(answer.response()).encode())
    wrong = json.dumps({**answer.chat(), **answer.response(), "error": {"message": "no"}}).encode()
    failing = Reply(status, [("Content-Type", "application/json"), ("Retry-After-Ms", "1")], wrong)
    raw_llm.will_reply(failing, failing, right)
    with aloud(raw_llm.url) as server, openai_at(server, max_retries=2) as client:
        if way == "chat, streamed":
            list(client.chat.completions.create(model="m", messages=HELLO, stream=True))
        else:
            client.responses.create(model="m", input="Hello")
        server.until(heard=1)
        assert server.heard == "Hello world."
        assert len(raw_llm.asked) == 3


def test_one_whose_answer_got_lost_is_not_spoken_twice(llm: SDKServer) -> None:
    """The client says that it asks again; what has been heard stays heard."""
    again = {"x-stainless-retry-count": "1"}
    body = {"model": "m", "messages": HELLO}
    with aloud(llm.url) as server:
        for headers, fates in [({}, {"heard": 1}), (again, {"heard": 1, "repeated": 1})]:
            httpx2.post(f"{server.url}/chat/completions", json=body, headers=headers)
            server.until(**fates)
        assert server.heard == "Hello world."
        httpx2.post(f"{server.url}/chat/completions", json=body)  # asked anew
        server.until(heard=2, repeated=1)
        httpx2.post(f"{server.url}/chat/completions", json={**body, "user": "other"}, headers=again)
        server.until(heard=3, repeated=1)


def test_while_its_first_answer_is_spoken_the_second_takes_its_place(llm: SDKServer) -> None:
    llm.will_say(Answer([LONG]), Answer(["Hello."]))
    body = {"model": "m", "messages": HELLO}
    with aloud(llm.url, ScriptedVoice(delay=0.02)) as server:
        httpx2.post(f"{server.url}/chat/completions", json=body)
        server.wait(lambda: "word word" in server.heard)
        again = {"x-stainless-retry-count": "1"}
        httpx2.post(f"{server.url}/chat/completions", json=body, headers=again)
        server.until(cut=1, heard=1)
        assert server.heard.endswith("Hello.") and len(server.heard) < len(LONG)


def test_the_openai_package_says_that_it_asks_again(raw_llm: Recorder) -> None:
    raw_llm.will_reply(Reply(500, [("Retry-After-Ms", "1")]), Reply(body=json.dumps(CALL.chat()).encode()))
    with openai.OpenAI(base_url=raw_llm.url, api_key="k", max_retries=1) as client:
        client.chat.completions.create(model="m", messages=HELLO)
    assert [asked.header("x-stainless-retry-count") for asked in raw_llm.asked] == ["0", "1"]
    assert raw_llm.asked[0].body == raw_llm.asked[1].body


# several at once


def at_once(server: Aloud, llm: SDKServer) -> None:
    """Two answers, of which the second begins while the first is spoken."""
    llm.will_say(Answer([LONG]), Answer(["Second."]))
    ask(server)
    server.wait(lambda: "word word" in server.heard)
    ask(server)


@pytest.mark.parametrize(
    ("turns", "fates"),
    [("queue", {"heard": 2}), ("latest", {"heard": 1, "cut": 1}), ("first", {"heard": 1, "cut": 1})],
)
def test_whose_turn_it_is(llm: SDKServer, turns: str, fates: dict[str, int]) -> None:
    with aloud(llm.url, ScriptedVoice(delay=0.01), aloud_turns=turns) as server:
        at_once(server, llm)
        server.until(**fates)
        if turns == "latest":
            assert server.heard.endswith("Second.") and len(server.heard) < len(LONG)
        else:
            assert server.heard == LONG + ("Second." if turns == "queue" else "")


def test_only_so_many_wait(llm: SDKServer, caplog: pytest.LogCaptureFixture) -> None:
    with aloud(llm.url, ScriptedVoice(delay=0.01), max_waiting=1) as server:
        at_once(server, llm)
        ask(server)
        server.until(heard=2, dropped=1)
        assert server.heard == LONG + "Second."
    assert "an answer is not spoken" in caplog.text


# nobody waits for it


class Hanging(Sink):
    """Takes nothing. `hang` is set while it is called, and it is let go in the end."""

    def __init__(self, also_abort: bool = False) -> None:
        self.hangs, self.free = threading.Event(), threading.Event()
        self._also_abort = also_abort

    def write(self, chunk: AudioChunk) -> None:
        self.hangs.set()
        self.free.wait(30)

    def abort(self) -> None:
        if self._also_abort:
            self.free.wait(30)

    @property
    def played(self) -> float:
        return 0.0


class Broken(Sink):
    def write(self, chunk: AudioChunk) -> None:
        raise SinkError("the cable is out")

    @property
    def played(self) -> float:
        return 0.0


class BreakingVoice(ScriptedVoice):
    def utterance(self) -> Any:
        raise RuntimeError("what nobody foresaw")


def delays(server: Aloud) -> tuple[list[float], list[Step]]:
    """Seconds from an event's being written to its being read, and what was read."""
    seconds, events = [], []
    body = {"model": "m", "messages": HELLO, "stream": True}
    with httpx2.stream("POST", f"{server.url}/chat/completions", json=body, timeout=30) as answer:
        for line in answer.iter_lines():
            if line.startswith("data: {"):
                delta = json.loads(line[6:])["choices"][0]["delta"]
                if "at" in delta:
                    seconds.append(time.monotonic() - delta["at"])
                    events.append(delta["content"])
    assert len(seconds) == COUNT
    return seconds, events


class Timed(list[Step]):
    """The events of an answer, each with the time at which it is written."""

    def __iter__(self) -> Iterator[Step]:
        for number in range(COUNT):
            yield chunk(content=f"word{number} ", at=time.monotonic())
            yield 0.002
        yield end()
        yield DONE


COUNT = 150
TROUBLES: dict[str, Callable[[], tuple[ScriptedVoice, Sink]]] = {
    "none": lambda: (ScriptedVoice(), MemorySink()),
    "hanging": lambda: (ScriptedVoice(), Hanging()),
    "hanging for good": lambda: (ScriptedVoice(), Hanging(also_abort=True)),
    "broken": lambda: (ScriptedVoice(), Broken()),
    "slow voice": lambda: (ScriptedVoice(delay=0.5), MemorySink()),
    "broken voice": lambda: (ScriptedVoice(fails_after=3), MemorySink()),
    "a voice that raises": lambda: (BreakingVoice(), MemorySink()),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_no_client_waits_for_the_voice_or_the_place(llm: SDKServer, trouble: str) -> None:
    """Beside the same without it; a busy machine may be late at times: it is the usual delay that counts."""
    voice, sink = TROUBLES[trouble]()
    turns = "latest" if trouble == "hanging for good" else "queue"  # so that the first is told to stop
    llm.will_say(Timed())
    with aloud(llm.url, voice, sink, aloud_turns=turns) as server:
        before, texts = delays(server)
        if isinstance(sink, Hanging):
            assert sink.hangs.wait(5)
        with_trouble, again = delays(server)
        if isinstance(sink, Hanging):
            sink.free.set()
    quiet = ServerSettings(llm_base_url=llm.url)
    with aloud_room_without_voice(llm, quiet) as plain:
        without, _ = delays(plain)
    assert texts == again == [f"word{number} " for number in range(COUNT)]
    for late in (before, with_trouble):
        assert median(late) < 2 * median(without) + 0.002
        assert sorted(late)[int(0.95 * COUNT)] < sorted(without)[int(0.95 * COUNT)] + 0.05


@contextmanager
def aloud_room_without_voice(llm: SDKServer, settings: ServerSettings) -> Iterator[Aloud]:
    with serving(create_app(ScriptedVoice(), settings)) as server:
        yield Aloud(server, ScriptedVoice(), MemorySink())


def test_a_place_that_hangs_for_good_does_not_hold_up_the_end(llm: SDKServer) -> None:
    sink = Hanging(also_abort=True)
    try:
        with aloud(llm.url, ScriptedVoice(), sink, shutdown_timeout=0.2) as server:
            ask(server)
            assert sink.hangs.wait(5)
            began = time.monotonic()
        assert time.monotonic() - began < 5
    finally:
        sink.free.set()


def test_after_a_failure_the_next_answer_is_spoken(llm: SDKServer, caplog: pytest.LogCaptureFixture) -> None:
    class Once(MemorySink):
        def begin(self, sample_rate: int) -> None:
            if not self.sample_rate:
                self.sample_rate = sample_rate
                raise SinkError("not yet")
            super().begin(sample_rate)

    with aloud(llm.url, sink=Once()) as server:
        ask(server)
        server.until(failed=1)
        ask(server)
        server.until(failed=1, heard=1)
        assert server.heard == "Hello world."
    assert "not yet" in caplog.text


def test_what_nobody_can_take_in_is_not_kept(llm: SDKServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aloud_room, "MOST_UNREAD", 2_000)
    sink = Hanging(also_abort=True)
    llm.will_say(Answer([LONG]), Answer(["Second."]), Answer(["x" * 200] * 100), Answer(["Last."]))
    with aloud(llm.url, ScriptedVoice(), sink, aloud_turns="latest") as server:
        ask(server)
        assert sink.hangs.wait(5)
        ask(server)  # has the first stopped, which hangs
        assert ask(server).content.count(b"x" * 200) == 100
        room = server.server.config.app.state.service.aloud  # type: ignore[union-attr]
        assert 0 < room._inbox.qsize() < 20
        sink.free.set()
        ask(server)
        server.wait(lambda: sum(server.fates().values()) >= 3)


def test_what_was_said_before_the_voices_were_there_is_heard(llm: SDKServer, monkeypatch: Any) -> None:
    loaded = threading.Event()
    voice = ScriptedVoice()

    def load_voice(name: Any) -> ScriptedVoice:
        loaded.wait(10)
        return voice

    monkeypatch.setattr("llmvox_plugins.integrations.openai.voices.load_voice", load_voice)
    settings = ServerSettings(llm_base_url=llm.url)
    sink = MemorySink()
    with serving(create_app(None, settings, sink)) as running:
        server = Aloud(running, voice, sink)
        assert ask(server).status_code == 200
        assert httpx2.get(f"{running.url}/ready").status_code == 503
        loaded.set()
        server.until(heard=1)
        assert server.heard == "Hello world."


# how it is set up, and what is told of it


def test_without_an_llm_there_is_nobody_to_speak_for() -> None:
    for settings, place in ((ServerSettings(aloud="x.wav"), None), (ServerSettings(), MemorySink())):
        with pytest.raises(ConfigurationError, match="none is configured: llm_base_url, llm_model or"):
            create_app("espeak:en-us", settings, place)
    assert not Path("x.wav").exists()


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("louder", 'audio goes to "speaker" or to a path'),
        ("/nowhere/x.wav", "cannot write to /nowhere/x.wav"),
    ],
)
def test_a_place_that_cannot_be_opened_is_told_at_once(place: str, said: str) -> None:
    with pytest.raises((ConfigurationError, SinkError), match=said):
        create_app(ScriptedVoice(), ServerSettings(llm_model="m", aloud=place))


def test_a_recording_holds_all_answers(llm: SDKServer, tmp_path: Path) -> None:
    place = str(tmp_path / "said.wav")
    settings = ServerSettings(llm_base_url=llm.url, aloud=place)
    from support.decoding import decoded

    with serving(create_app(ScriptedVoice(), settings)) as running:
        server = Aloud(running, ScriptedVoice(), MemorySink())
        for way in WAYS:
            ask(server, way)
        server.until(heard=4)
    samples, rate = decoded(Path(place).read_bytes(), "wav")
    assert rate == ScriptedVoice.sample_rate
    assert ScriptedVoice.read(samples) == 4 * "Hello world."


def test_what_is_told_of_it(llm: SDKServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "llmvox_plugins.server")
    llm.will_say(Answer(["My swordfish."]))
    with aloud(llm.url) as server:
        body = {"model": "m", "messages": HELLO}
        httpx2.post(f"{server.url}/chat/completions", json=body, headers={"X-Request-ID": "mine"})
        server.until(heard=1)
        figures = httpx2.get(f"{server.server.url}/metrics").text
    assert 'llmvox_first_audio_seconds_count{endpoint="aloud"} 1.0' in figures
    (line,) = [vars(record) for record in caplog.records if record.message == "spoken aloud"]
    assert (line["request_id"], line["fate"], line["voice"]) == ("mine", "heard", "scripted")
    assert line["audio_seconds"] == pytest.approx(0.13)
    assert "swordfish" not in str([vars(record) for record in caplog.records])


async def test_its_cost_on_the_loop_is_nothing() -> None:
    """Some microseconds for each part, whatever is in it."""
    room = Room(MemorySink(), "queue", 32, Metrics(lambda: 0, lambda: 0, lambda: 0))
    room.open(ScriptedVoice())
    ear, took = room.ear("/v1/chat/completions", b"{}", {}), []
    assert ear is not None
    with ear:
        ear.attend(200, {"content-type": "text/event-stream"})
        part = chunk(content="word ")
        for _ in range(2000):
            began = time.perf_counter()
            ear.hear(part)
            took.append(time.perf_counter() - began)
            await asyncio.sleep(0.0002)
    assert median(took) < 50e-6
    await room.close(0)


def test_clients_who_leave_at_any_moment(llm: SDKServer) -> None:
    """Of no answer more than its beginning is heard, nothing twice, and what comes after them is."""
    chance = random.Random(7)
    texts = [f"a{number} b{number} c{number} d{number} e{number}." for number in range(40)]
    llm.will_say(
        *(Answer([f"{word} " for word in text.split()], pause=0.004) for text in texts), Answer(["End."])
    )

    def leave() -> None:
        body = {"model": "m", "messages": HELLO, "stream": True}
        with httpx2.stream("POST", f"{server.url}/chat/completions", json=body) as answer:
            parts = answer.iter_bytes()
            for _ in range(chance.randrange(9)):
                next(parts, b"")

    with aloud(llm.url, ScriptedVoice(delay=0.001)) as server:
        for _ in range(10):
            clients = [threading.Thread(target=leave) for _ in range(4)]
            for client in clients:
                client.start()
            for client in clients:
                client.join()
        ask(server)
        server.wait(lambda: server.heard.endswith("End."))
        said = server.heard.removesuffix("End.")
        assert {"heard", "cut"} >= server.fates().keys()
    words = re.findall(r"([a-e])(\d+)", said)
    assert len(words) == len(set(words)) and 10 < len(words) < 200
    for number in {number for _, number in words}:
        letters = "".join(letter for letter, each in words if each == number)
        assert "abcde".startswith(letters), said


def test_pairs_of_answers_are_never_mixed(llm: SDKServer) -> None:
    """Thirty clients at once, on all the ways there are."""
    texts = [f"a{number} b{number} c{number}." for number in range(30)]
    llm.will_say(*(Answer([f"{word} " for word in text.split()], pause=0.001) for text in texts))
    with aloud(llm.url) as server:
        clients = [threading.Thread(target=ask, args=[server, way]) for way in (WAYS * 8)[:30]]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        server.until(heard=30)
        said = server.heard
    found = sorted((said.find(text), len(text)) for text in texts)
    assert found[0][0] == 0 and all(at + length == after for (at, length), (after, _) in pairwise(found))
