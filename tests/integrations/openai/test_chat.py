"""POST /v1/chat/completions: a proxy that nobody notices, and one that gives a text model a voice."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import openai
import pytest
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import SecretStr
from support.decoding import decoded
from support.hearing import heard_in_pcm
from support.llm_server import CUT, DONE, LLMServer, Step, chunk, end, event, llm_server, says, usage
from support.serving import Serving, serving

from llmvox_plugins.core.testing import ScriptedVoice
from llmvox_plugins.core.voices.base import Voice
from llmvox_plugins.integrations.openai import create_app
from llmvox_plugins.integrations.openai.settings import ServerSettings

HELLO: list[Any] = [{"role": "user", "content": "Hello"}]
PCM: Any = {"voice": "alloy", "format": "pcm16"}
SPOKEN: dict[str, Any] = {"modalities": ["text", "audio"], "audio": PCM}
FORMATS = ["wav", "mp3", "flac", "opus", "aac"]


@pytest.fixture(scope="module")
def machine() -> Iterator[LLMServer]:
    with llm_server() as machine:
        yield machine


@pytest.fixture
def llm(machine: LLMServer) -> LLMServer:
    machine.begin_anew()
    return machine


@contextmanager
def proxy(llm: LLMServer, voice: Voice | str | None = None, **settings: Any) -> Iterator[Serving]:
    configured = ServerSettings(**{"llm_base_url": llm.url, **settings})
    with serving(create_app(voice or ScriptedVoice(), configured)) as server:
        yield server


@pytest.fixture(scope="module")
def server(machine: LLMServer) -> Iterator[Serving]:
    with proxy(machine) as server:
        yield server


@pytest.fixture(scope="module")
def http(server: Serving) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=server.url, timeout=20) as http:
        yield http


@contextmanager
def openai_at(server: Serving, key: str = "of-the-client") -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=server.url + "/v1", api_key=key, max_retries=0) as client:
        yield client


@pytest.fixture(scope="module")
def client(server: Serving) -> Iterator[openai.OpenAI]:
    with openai_at(server) as client:
        yield client


def ask(http: httpx2.Client, **fields: Any) -> httpx2.Response:
    return http.post("/v1/chat/completions", json={"model": "m", "messages": HELLO, **fields})


def events_of(answer: httpx2.Response) -> list[dict[str, Any]]:
    parts = answer.text.split("\n\n")
    return [json.loads(part.removeprefix("data: ")) for part in parts if part and "[DONE]" not in part]


def audio_of(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    deltas = [choice["delta"] for each in events for choice in each.get("choices", ())]
    return [delta["audio"] for delta in deltas if "audio" in delta]


def data_of(audio: list[dict[str, Any]]) -> bytes:
    return b"".join(base64.b64decode(part.get("data", "")) for part in audio)


def transcript_of(audio: list[dict[str, Any]]) -> str:
    return "".join(part.get("transcript", "") for part in audio)


# without audio


def test_a_request_reaches_the_llm_as_it_is(http: httpx2.Client, llm: LLMServer) -> None:
    fields = {"unheard_of": {"deep": [1, 2.5, None, "😀"]}, "temperature": 0.7, "n": 2}
    assert ask(http, **fields).status_code == 200
    assert llm.requests[0].body == {"model": "m", "messages": HELLO, **fields}


def test_the_answer_comes_back_byte_for_byte(http: httpx2.Client, llm: LLMServer) -> None:
    llm.script = [b": a comment\r\n\r\n", chunk(content="Hel"), chunk(content="lo"), end(), usage(), DONE]
    llm.headers = {"x-ratelimit-remaining-requests": "9", "set-cookie": "not=yours"}
    answer = ask(http, stream=True)
    assert answer.content == b"".join(llm.script)  # type: ignore[arg-type]
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["x-ratelimit-remaining-requests"] == "9"
    assert answer.headers["x-request-id"] != "of-the-llm" and "set-cookie" not in answer.headers


def test_the_answer_comes_back_while_it_is_written(client: openai.OpenAI, llm: LLMServer) -> None:
    read_on = threading.Event()
    llm.script = [chunk(content="One "), read_on, chunk(content="two."), end(), DONE]
    texts = []
    for part in client.chat.completions.create(model="m", messages=HELLO, stream=True):
        texts.append(part.choices[0].delta.content)
        read_on.set()
    assert texts == ["One ", "two.", None]


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, openai.AuthenticationError), (429, openai.RateLimitError), (500, openai.InternalServerError)],
)
@pytest.mark.parametrize("fields", [{}, {"stream": True}, SPOKEN, {"stream": True, **SPOKEN}])
def test_its_errors_come_back_as_they_are(
    client: openai.OpenAI, llm: LLMServer, status: int, error: type[openai.APIStatusError], fields: Any
) -> None:
    llm.status, llm.headers = status, {"retry-after": "7"}
    llm.error = {"message": "no", "type": "its_own", "param": None, "code": "because"}
    with pytest.raises(error) as raised:
        client.chat.completions.create(model="m", messages=HELLO, **fields)
    assert raised.value.body == llm.error
    assert raised.value.response.headers["retry-after"] == "7"


def test_without_an_llm_there_is_nothing() -> None:
    with serving(create_app(ScriptedVoice(), ServerSettings())) as server:
        answer = httpx2.post(server.url + "/v1/chat/completions", json={"messages": HELLO, **SPOKEN})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "llm_not_configured")


@pytest.mark.parametrize("fields", [{}, {"stream": True, **SPOKEN}])
def test_an_llm_that_is_not_there_is_a_502(fields: Any) -> None:
    with llm_server() as gone:
        pass
    with proxy(gone) as server, httpx2.Client(base_url=server.url) as http:
        answer = ask(http, **fields)
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "llm_unreachable")


def test_an_llm_that_says_nothing_is_a_504(llm: LLMServer) -> None:
    llm.script = [20.0]
    with proxy(llm, llm_timeout=0.2) as server, httpx2.Client(base_url=server.url) as http:
        answer = ask(http, stream=True, **SPOKEN)
    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "llm_timeout")
    assert llm.requests[0].gone.wait(5)


@pytest.mark.parametrize(
    ("settings", "shown", "expected"),
    [
        ({}, "of-the-client", "Bearer of-the-client"),
        ({"llm_api_key": "ours"}, "of-the-client", "Bearer ours"),
        ({"api_keys": ["secret"]}, "secret", None),
        ({"api_keys": ["secret"], "llm_api_key": "ours"}, "secret", "Bearer ours"),
    ],
)
def test_who_pays_the_llm(
    llm: LLMServer, settings: dict[str, Any], shown: str, expected: str | None, monkeypatch: Any
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with proxy(llm, **settings) as server, openai_at(server, shown) as client:
        client.chat.completions.create(model="m", messages=HELLO)
    assert llm.requests[0].headers.get("authorization") == expected


def test_the_models_name_is_put_in_where_the_client_has_none(llm: LLMServer) -> None:
    with proxy(llm, llm_model="theirs") as server, httpx2.Client(base_url=server.url) as http:
        for name in ("llmvox", "another"):
            ask(http, model=name)
        http.post("/v1/chat/completions", json={"messages": HELLO})
    assert [request.body["model"] for request in llm.requests] == ["theirs", "another", "theirs"]


def test_a_server_that_is_its_own_llm_says_so() -> None:
    with llm_server() as llm, proxy(llm) as first, httpx2.Client(base_url=first.url) as http:
        ask(http)
        way = llm.requests[0].headers["via"]
        again = http.post("/v1/chat/completions", json={"messages": HELLO}, headers={"via": way})
        assert (again.status_code, again.json()["error"]["code"]) == (508, "llm_loop")
        behind = http.post("/v1/chat/completions", json={"messages": HELLO}, headers={"via": "1.1 other"})
        assert behind.status_code == 200
        assert llm.requests[1].headers["via"].startswith("1.1 other, ")


@pytest.mark.parametrize("body", ['{"messages": NaN}', '{"messages": 1e999}', "[1]", "{", '{"a":' * 99_999])
def test_what_is_no_json_object_is_a_400(http: httpx2.Client, llm: LLMServer, body: str) -> None:
    answer = http.post(
        "/v1/chat/completions", content=body.encode(), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400
    assert "JSON" in answer.json()["error"]["message"]
    assert llm.requests == []


@pytest.mark.parametrize("fields", [{}, SPOKEN])
def test_a_client_who_goes_away_ends_the_llms_work(
    http: httpx2.Client, llm: LLMServer, server: Serving, fields: Any
) -> None:
    llm.script = [chunk(content="One two three. "), 30.0]
    body = {"model": "m", "messages": HELLO, "stream": True, **fields}
    with httpx2.stream("POST", server.url + "/v1/chat/completions", json=body) as answer:
        next(answer.iter_bytes())
    left = time.monotonic()
    assert llm.requests[0].gone.wait(10)
    assert llm.requests[0].gone_at - left < 1


@pytest.mark.parametrize("fields", [{}, SPOKEN])
def test_an_llm_that_breaks_off_is_no_end(http: httpx2.Client, llm: LLMServer, fields: Any) -> None:
    llm.script = [chunk(content="One two. "), 0.05, CUT]
    with pytest.raises(httpx2.RemoteProtocolError):
        ask(http, stream=True, **fields)


def test_langchain_does_not_notice_the_proxy(server: Serving, llm: LLMServer) -> None:
    @tool
    def weather(city: str) -> str:
        """The weather in a city."""
        return "rain"

    call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "weather", "arguments": ""}}
    llm.script = [
        chunk(role="assistant", content="", reasoning_content="hm"),
        chunk(tool_calls=[call]),
        chunk(tool_calls=[{"index": 0, "function": {"arguments": '{"city": "Oslo"}'}}]),
        end("tool_calls"),
        usage(),
        DONE,
    ]
    model = ChatOpenAI(model="m", base_url=server.url + "/v1", api_key=SecretStr("k"), max_retries=0)
    message = model.bind_tools([weather]).invoke("Weather?", stream=True)
    assert [(call["name"], call["args"]) for call in message.tool_calls] == [("weather", {"city": "Oslo"})]
    llm.script = says("It ", "rains.")
    assert "".join(str(part.content) for part in model.stream("Weather?")) == "It rains."
    assert model.invoke("Weather?").content == "Hello world."


# with audio


def test_text_comes_untouched_and_beside_it_its_speech(http: httpx2.Client, llm: LLMServer) -> None:
    llm.script = [*says("The sky ", "is **blue**", ". Really!")[:-1], usage(), DONE]
    answer = ask(http, stream=True, stream_options={"include_usage": True}, **SPOKEN)
    assert answer.headers["content-type"].startswith("text/event-stream")
    parts = [part + b"\n\n" for part in answer.content.split(b"\n\n")[:-1]]
    assert [part for part in parts if b'"audio"' not in part] == llm.script
    assert parts[-3:] == llm.script[-3:]
    events = events_of(answer)
    audio = audio_of(events)
    assert transcript_of(audio) == "The sky is **blue**. Really!"
    assert heard_in_pcm(data_of(audio)) == "The sky is blue. Really!"
    assert {(each["id"], each["object"], each["model"]) for each in events} == {
        ("chatcmpl-1", "chat.completion.chunk", "scripted")
    }


def test_the_audios_events_have_openais_shape(client: openai.OpenAI, llm: LLMServer) -> None:
    llm.script = says("One two. ", "Three.")
    parts = list(client.chat.completions.create(model="m", messages=HELLO, stream=True, **SPOKEN))
    audio = [part.choices[0].delta.audio for part in parts if part.choices[0].delta.audio]
    assert audio[0].id and [part.id for part in audio[1:]] == [None] * (len(audio) - 1)
    assert [part.expires_at is None for part in audio] == [True] * (len(audio) - 1) + [False]
    assert audio[-1].expires_at and audio[-1].expires_at > time.time() + 60
    assert not (audio[-1].data or audio[-1].transcript)
    joined = "".join(part.data or "" for part in audio)
    assert base64.b64decode(joined) == data_of([part.model_dump(exclude_none=True) for part in audio])


def test_the_llm_is_asked_for_text_alone(http: httpx2.Client, llm: LLMServer) -> None:
    ask(http, stream=True, user="me", **SPOKEN)
    ask(http, stream=True, user="me", modalities=["text", "image", "audio"], audio=PCM)
    plain = {"model": "m", "messages": HELLO, "stream": True, "user": "me"}
    assert llm.requests[0].body == plain
    assert llm.requests[1].body == {**plain, "modalities": ["text", "image"]}


def test_speech_begins_while_the_llm_is_writing(client: openai.OpenAI, llm: LLMServer) -> None:
    heard = threading.Event()
    llm.script = [chunk(content="One two three. And "), heard, chunk(content="four."), end(), DONE]
    order = []
    for part in client.chat.completions.create(model="m", messages=HELLO, stream=True, **SPOKEN):
        delta = part.choices[0].delta
        order.append("audio" if delta.audio else "end" if part.choices[0].finish_reason else "text")
        if delta.audio:
            heard.set()
    assert order.index("audio") < len(order) - 1 - order[::-1].index("text")
    assert order[-1] == "end"


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("stream", [False, True])
def test_in_every_format(http: httpx2.Client, llm: LLMServer, format: str, stream: bool) -> None:
    answer = ask(
        http, stream=stream, modalities=["text", "audio"], audio={"voice": {"id": "echo"}, "format": format}
    )
    if stream:
        data = data_of(audio_of(events_of(answer)))
    else:
        data = base64.b64decode(answer.json()["choices"][0]["message"]["audio"]["data"])
    samples, rate = decoded(data, format)
    assert len(samples) / rate == pytest.approx(0.01 * len("Hello world."), abs=0.1)


def test_an_end_that_carries_text_is_parted_from_it(http: httpx2.Client, llm: LLMServer) -> None:
    llm.script = [chunk(content="One "), chunk("length", content="two."), DONE]
    events = events_of(ask(http, stream=True, **SPOKEN))
    choices = [each["choices"][0] for each in events if "audio" not in each["choices"][0]["delta"]]
    assert [(choice["delta"], choice["finish_reason"]) for choice in choices] == [
        ({"content": "One "}, None),
        ({"content": "two."}, None),
        ({}, "length"),
    ]
    assert events[-1]["choices"][0]["finish_reason"] == "length"
    assert transcript_of(audio_of(events)) == "One two."


def test_only_what_is_meant_for_the_user_is_spoken(http: httpx2.Client, llm: LLMServer) -> None:
    call = {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    llm.script = [
        chunk(role="assistant", content=None, reasoning_content="Hm, let me think."),
        chunk(refusal="No."),
        chunk(content="One moment."),
        chunk(tool_calls=[call]),
        end("tool_calls"),
        DONE,
    ]
    audio = audio_of(events_of(ask(http, stream=True, **SPOKEN)))
    assert heard_in_pcm(data_of(audio)) == transcript_of(audio) == "One moment."
    del llm.script[2]
    answer = ask(http, stream=True, **SPOKEN)
    assert answer.content == b"".join(llm.script)  # type: ignore[arg-type]


def test_structured_output_is_not_spoken(http: httpx2.Client, llm: LLMServer) -> None:
    llm.script = says('{"a"', ": 1}")
    answer = ask(http, stream=True, response_format={"type": "json_object"}, **SPOKEN)
    assert answer.content == b"".join(llm.script)  # type: ignore[arg-type]
    assert "modalities" not in llm.requests[0].body
    spoken = ask(http, stream=True, response_format={"type": "text"}, **SPOKEN)
    assert audio_of(events_of(spoken))


def test_not_streamed_the_message_gets_its_audio(client: openai.OpenAI, llm: LLMServer) -> None:
    llm.message = {"role": "assistant", "content": "Good *morning*.", "reasoning_content": "Hm."}
    message = client.chat.completions.create(model="m", messages=HELLO, **SPOKEN).choices[0].message
    assert message.audio is not None
    assert heard_in_pcm(base64.b64decode(message.audio.data)) == "Good morning."
    assert message.audio.transcript == message.content == "Good *morning*."
    assert message.audio.expires_at > time.time()
    left = message.model_dump(exclude_unset=True)
    assert left.pop("audio") and left == llm.message


def test_not_streamed_an_answer_without_text_has_no_audio(client: openai.OpenAI, llm: LLMServer) -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    llm.message = {"role": "assistant", "content": None, "tool_calls": [call]}
    message = client.chat.completions.create(model="m", messages=HELLO, **SPOKEN).choices[0].message
    assert message.audio is None and message.tool_calls


@pytest.mark.parametrize("stream", [False, True])
def test_an_earlier_answer_is_known_by_its_id(http: httpx2.Client, llm: LLMServer, stream: bool) -> None:
    answer = ask(http, stream=stream, **SPOKEN)
    if stream:
        id = audio_of(events_of(answer))[0]["id"]
    else:
        id = answer.json()["choices"][0]["message"]["audio"]["id"]
    theirs = {"role": "assistant", "audio": {"id": "audio_of_another"}}
    ask(http, messages=[*HELLO, {"role": "assistant", "audio": {"id": id}}, theirs])
    said = {"role": "assistant", "content": "Hello world."}
    assert llm.requests[-1].body["messages"] == [*HELLO, said, theirs]


def test_an_answer_that_is_forgotten_is_a_400(http: httpx2.Client, llm: LLMServer) -> None:
    forgotten = {"role": "assistant", "audio": {"id": "audio_llmvox_0"}}
    error = ask(http, messages=[*HELLO, forgotten]).json()["error"]
    assert (error["code"], error["param"]) == ("audio_not_found", "messages.1.audio.id")
    assert llm.requests == []
    ask(http, messages=[{**forgotten, "content": "But I know it."}])
    assert llm.requests[0].body["messages"] == [{"role": "assistant", "content": "But I know it."}]


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"audio": None}, "audio"),
        ({"audio": {"voice": "alloy"}}, "audio.format"),
        ({"audio": {"voice": "alloy", "format": "midi"}}, "audio.format"),
        ({"audio": {"voice": "nobody", "format": "wav"}}, "voice"),
        ({"audio": {"voice": "alloy", "format": "wav", "speed": 9}}, "audio.speed"),
        ({"audio": {"voice": "alloy", "format": "wav", "tone": "warm"}}, "audio.tone"),
        ({"n": 2}, "n"),
        ({"modalities": ["audio", 3]}, "modalities.1"),
        ({"stream": "yes"}, "stream"),
    ],
)
def test_what_is_wrong_is_told_before_the_llm_is_asked(
    http: httpx2.Client, llm: LLMServer, fields: dict[str, Any], param: str
) -> None:
    answer = ask(http, **{**SPOKEN, **fields})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    assert llm.requests == []


def test_over_the_limit_the_llm_is_not_asked(llm: LLMServer) -> None:
    llm.script = [chunk(content="One. "), 30.0]
    with (
        proxy(llm, max_streams=1, max_waiting=0) as server,
        httpx2.Client(base_url=server.url) as http,
        http.stream(
            "POST", "/v1/chat/completions", json={"messages": HELLO, "stream": True, **SPOKEN}
        ) as first,
    ):
        received = first.iter_bytes()
        next(received)
        assert ask(http, **SPOKEN).status_code == 429
        assert ask(http).status_code == 200  # nothing is to be spoken
    assert len(llm.requests) == 2


LONG: list[Step] = says("One two three ", "four five six ", "seven.")


def test_if_the_voice_fails_the_text_is_whole_and_the_end_an_error(llm: LLMServer) -> None:
    llm.script = LONG
    with proxy(llm, ScriptedVoice(fails_after=2)) as server, httpx2.Client(base_url=server.url) as http:
        answer = ask(http, stream=True, **SPOKEN)
    parts = [part + b"\n\n" for part in answer.content.split(b"\n\n")[:-1]]
    assert [part for part in parts[:-1] if b'"audio"' not in part] == LONG[:-1]
    assert json.loads(parts[-1].removeprefix(b"data: "))["error"]["code"] == "speech_failed"
    audio = audio_of(events_of(answer))
    assert heard_in_pcm(data_of(audio)).startswith("One") and not any("expires_at" in part for part in audio)


def test_openais_client_hears_of_it_after_the_text(llm: LLMServer) -> None:
    llm.script = LONG
    texts = []
    with proxy(llm, ScriptedVoice(fails_after=0)) as server, openai_at(server) as client:
        with pytest.raises(openai.APIError, match="speech failed"):
            for part in client.chat.completions.create(model="m", messages=HELLO, stream=True, **SPOKEN):
                texts.append(part.choices[0].delta.content or "")
        whole = client.chat.completions.create(model="m", messages=HELLO, **SPOKEN)
    assert "".join(texts) == "One two three four five six seven."
    assert whole.choices[0].message.content == "Hello world." and whole.choices[0].message.audio is None
    assert whole.model_extra and whole.model_extra["speech_error"]["code"] == "speech_failed"


def test_an_llm_that_breaks_off_before_its_first_word_is_a_502(http: httpx2.Client, llm: LLMServer) -> None:
    llm.script = [CUT]
    answer = ask(http, stream=True, **SPOKEN)
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "llm_failed")


def test_an_answer_without_an_end_is_none(http: httpx2.Client, llm: LLMServer) -> None:
    llm.script = [chunk(content="One two. ")]
    with pytest.raises(httpx2.RemoteProtocolError):
        ask(http, stream=True, **SPOKEN)


def test_an_error_that_the_llm_streams_is_the_last_thing(http: httpx2.Client, llm: LLMServer) -> None:
    error = event({"error": {"message": "overloaded", "code": 1}})
    llm.script = [chunk(content="One two. "), error, end(), DONE]
    answer = ask(http, stream=True, **SPOKEN)
    assert answer.content.startswith(llm.script[0])  # type: ignore[arg-type]
    assert answer.content.endswith(error)


def test_an_agent_gets_speech_by_its_address_alone(server: Serving, llm: LLMServer) -> None:
    llm.script = says("Good ", "morning.")
    llm.message = {"role": "assistant", "content": "Good morning."}
    model = ChatOpenAI(
        model="m",
        base_url=server.url + "/v1",
        api_key=SecretStr("k"),
        max_retries=0,
        model_kwargs={"modalities": ["text", "audio"], "audio": PCM},
    )
    assert "".join(str(part.content) for part in model.stream("Hello")) == "Good morning."
    message = model.invoke("Hello")
    audio = message.additional_kwargs["audio"]
    assert heard_in_pcm(base64.b64decode(audio["data"])) == message.content == "Good morning."
    model.invoke([("user", "Hello"), message, ("user", "And now?")])
    assert llm.requests[-1].body["messages"][1] == {"role": "assistant", "content": "Good morning."}


async def test_async_clients_too(server: Serving, llm: LLMServer) -> None:
    llm.script = says("Good ", "morning.")
    async with openai.AsyncOpenAI(base_url=server.url + "/v1", api_key="k", max_retries=0) as client:
        stream = await client.chat.completions.create(model="m", messages=HELLO, stream=True, **SPOKEN)
        audio = [
            part.choices[0].delta.audio.model_dump(exclude_none=True)
            async for part in stream
            if part.choices[0].delta.audio
        ]
    assert heard_in_pcm(data_of(audio)) == "Good morning."
