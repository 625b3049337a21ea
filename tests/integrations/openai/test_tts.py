"""POST /tts: a prompt goes in, the LLM's answer is heard."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import numpy as np
import pytest
from support.decoding import decoded
from support.hearing import heard, heard_in_pcm
from support.llm_server import CUT, DONE, LLMServer, chunk, end, event, llm_server, says
from support.serving import Serving, serving

from llmvox_plugins.core.testing import ScriptedVoice
from llmvox_plugins.core.voices.base import Voice
from llmvox_plugins.integrations.openai import create_app
from llmvox_plugins.integrations.openai.settings import ServerSettings


@pytest.fixture(scope="module")
def machine() -> Iterator[LLMServer]:
    with llm_server() as machine:
        yield machine


@pytest.fixture
def llm(machine: LLMServer) -> LLMServer:
    machine.begin_anew()
    return machine


@contextmanager
def speaking(voice: Voice | str | None = None, **settings: Any) -> Iterator[httpx2.Client]:
    app = create_app(voice or ScriptedVoice(), ServerSettings(**settings))
    with serving(app) as server, httpx2.Client(base_url=server.url, timeout=20) as http:
        yield http


@pytest.fixture(scope="module")
def alone() -> Iterator[httpx2.Client]:
    """A server without an LLM."""
    with speaking() as http:
        yield http


@pytest.fixture(scope="module")
def server(machine: LLMServer) -> Iterator[Serving]:
    settings = ServerSettings(llm_base_url=machine.url, llm_model="theirs", system_prompt="Be brief.")
    with serving(create_app(ScriptedVoice(), settings)) as server:
        yield server


@pytest.fixture(scope="module")
def http(server: Serving) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=server.url, timeout=20) as http:
        yield http


def floats(answer: httpx2.Response) -> str:
    return heard(np.frombuffer(answer.content, "<f4"))


def test_without_an_llm_the_text_itself_is_spoken(alone: httpx2.Client) -> None:
    answer = alone.post("/tts", json={"text": "Good morning."})
    assert answer.headers["x-llmvox-source"] == "text"
    assert floats(answer) == "Good morning."


def test_the_answer_is_spoken_as_raw_floats(http: httpx2.Client, llm: LLMServer) -> None:
    llm.script = says("The sky ", "is **blue**.")
    answer = http.post("/tts", json={"text": "Which colour?"})
    assert (answer.status_code, answer.headers["x-llmvox-source"]) == (200, "llm")
    assert floats(answer) == "The sky is blue."
    (request,) = llm.requests
    assert request.body == {
        "model": "theirs",
        "stream": True,
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Which colour?"},
        ],
    }


def test_every_part_holds_whole_samples(server: Serving, llm: LLMServer) -> None:
    llm.script = says("One. ", "Two. ", "Three.")
    with httpx2.stream("POST", server.url + "/tts", json={"text": "Count."}) as answer:
        assert [len(part) % 4 for part in answer.iter_bytes()] != []
        assert answer.num_bytes_downloaded % 4 == 0


@pytest.mark.parametrize("format", ["wav", "pcm", "mp3", "opus", "aac", "flac"])
def test_other_formats_on_request(http: httpx2.Client, llm: LLMServer, format: str) -> None:
    answer = http.post("/tts", json={"text": "Hi", "response_format": format, "voice": "nova", "speed": 0.5})
    samples, rate = decoded(answer.content, format)
    assert len(samples) / rate == pytest.approx(2 * 0.01 * len("Hello world."), abs=0.1)


def test_speech_begins_while_the_llm_is_writing(server: Serving, llm: LLMServer) -> None:
    heard_some = threading.Event()
    llm.script = [chunk(content="One two three. And "), heard_some, chunk(content="four."), end(), DONE]
    audio = b""
    with httpx2.stream("POST", server.url + "/tts", json={"text": "Hi", "response_format": "pcm"}) as answer:
        for part in answer.iter_bytes():
            audio += part
            heard_some.set()
    assert heard_in_pcm(audio) == "One two three. And four."


def test_pictures_and_what_was_said_before_reach_the_llm_as_they_are(
    http: httpx2.Client, llm: LLMServer
) -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}}
    sound = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}, "more": [1]}
    before = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]
    question = {
        "text": "What is it?",
        "content": [picture, sound],
        "messages": before,
        "system_prompt": "Pirate.",
    }
    assert http.post("/tts", json=question).status_code == 200
    assert llm.requests[0].body["messages"] == [
        {"role": "system", "content": "Pirate."},
        *before,
        {"role": "user", "content": [{"type": "text", "text": "What is it?"}, picture, sound]},
    ]


def test_without_an_llm_nobody_can_look_at_pictures(alone: httpx2.Client) -> None:
    answer = alone.post("/tts", json={"text": "What is it?", "content": [{"type": "image_url"}]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "llm_not_configured")


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({}, "text"),
        ({"text": ""}, "text"),
        ({"text": "x" * 65_537}, "text"),
        ({"text": "Hi", "voice": "nobody"}, "voice"),
        ({"text": "Hi", "response_format": "f64"}, "response_format"),
        ({"text": "Hi", "speed": 5}, "speed"),
        ({"text": "Hi", "content": "text"}, "content"),
        ({"text": "Hi", "image": "x"}, "image"),
    ],
)
def test_what_is_wrong_is_told_before_the_llm_is_asked(
    http: httpx2.Client, llm: LLMServer, fields: dict[str, Any], param: str
) -> None:
    answer = http.post("/tts", json=fields)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    assert llm.requests == []


@pytest.mark.parametrize("status", [401, 429, 500])
def test_errors_of_the_llm_come_back_as_they_are(http: httpx2.Client, llm: LLMServer, status: int) -> None:
    llm.status, llm.error = status, {"message": "no", "code": "because"}
    answer = http.post("/tts", json={"text": "Hi"})
    assert (answer.status_code, answer.json()) == (status, {"error": llm.error})


@pytest.mark.parametrize("script", [[CUT], [chunk(content="")], [event({"error": {"message": "full"}})]])
def test_an_llm_that_fails_at_once_is_a_502(http: httpx2.Client, llm: LLMServer, script: Any) -> None:
    llm.script = script
    assert http.post("/tts", json={"text": "Hi"}).status_code == 502


def test_an_llm_that_says_nothing_is_a_504(llm: LLMServer) -> None:
    llm.script = [20.0]
    with speaking(llm_base_url=llm.url, llm_timeout=0.2) as http:
        answer = http.post("/tts", json={"text": "Hi"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "llm_timeout")


@pytest.mark.parametrize("trouble", [CUT, 20.0, event({"error": {"message": "full"}})])
def test_what_an_llm_wrote_before_it_failed_is_heard_but_has_no_end(llm: LLMServer, trouble: Any) -> None:
    llm.script = [chunk(content="One two three. "), 0.1, trouble]
    audio = b""
    with (
        speaking(llm_base_url=llm.url, llm_timeout=0.5) as http,
        pytest.raises(httpx2.RemoteProtocolError),
        http.stream("POST", "/tts", json={"text": "Hi", "response_format": "pcm"}) as answer,
    ):
        for part in answer.iter_bytes():
            audio += part
    assert heard_in_pcm(audio).startswith("One two th")  # the resampler keeps its last milliseconds


def test_a_voice_that_fails_is_no_end_either(llm: LLMServer) -> None:
    llm.script = says("One two three ", "four five six.")
    with speaking(ScriptedVoice(fails_after=2), llm_base_url=llm.url) as http:
        with pytest.raises(httpx2.RemoteProtocolError):
            http.post("/tts", json={"text": "Hi"})
        assert http.post("/tts", json={"text": "Hi"}).status_code == 500


def test_an_llm_that_only_calls_tools_is_silent(http: httpx2.Client, llm: LLMServer) -> None:
    llm.script = [
        chunk(tool_calls=[{"index": 0, "id": "c"}], reasoning_content="Hm."),
        end("tool_calls"),
        DONE,
    ]
    samples = np.frombuffer(http.post("/tts", json={"text": "Hi"}).content, "<f4")
    assert len(samples) and not samples.any()


def test_a_client_who_goes_away_ends_the_llms_work(server: Serving, llm: LLMServer) -> None:
    llm.script = [chunk(content="One two three. "), 30.0]
    with httpx2.stream("POST", server.url + "/tts", json={"text": "Hi"}) as answer:
        received = answer.iter_bytes()
        next(received)
        left = time.monotonic()
    assert llm.requests[0].gone.wait(10)
    assert llm.requests[0].gone_at - left < 1


async def test_many_at_once(server: Serving, llm: LLMServer) -> None:
    llm.script = says("One ", "two ", "three.")
    async with httpx2.AsyncClient(base_url=server.url, timeout=20) as http:
        answers = await asyncio.gather(*(http.post("/tts", json={"text": "Count."}) for _ in range(16)))
    assert [floats(answer) for answer in answers] == ["One two three."] * 16


def test_the_real_voice(llm: LLMServer) -> None:
    llm.script = says("Good morning to ", "everybody here.")
    with speaking("espeak:en-us", llm_base_url=llm.url) as http:
        samples = np.frombuffer(http.post("/tts", json={"text": "Hi"}).content, "<f4")
    assert 1 < len(samples) / 24_000 < 5
    assert 0.1 < np.abs(samples).max() <= 1
