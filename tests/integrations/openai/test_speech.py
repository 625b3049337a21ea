"""POST /v1/audio/speech, asked by OpenAI's own clients."""

import base64
import json
from collections.abc import Iterator

import httpx2
import numpy as np
import openai
import pytest
from starlette.testclient import TestClient
from support.decoding import decoded
from support.serving import Serving, serving

from llmvox_plugins import SpeechStream, load_voice
from llmvox_plugins.core.testing import ScriptedVoice
from llmvox_plugins.integrations.openai import create_app

TEXT = "Hello world. This is read to you by a server, which sends it while it is being made."
FORMATS = ["mp3", "opus", "aac", "flac", "wav", "pcm"]
TYPES = {"mp3": "audio/mpeg", "opus": "audio/ogg; codecs=opus", "aac": "audio/aac"}


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    with serving(create_app("espeak:en-us")) as server:
        yield server


@pytest.fixture(scope="module")
def client(server: Serving) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=server.url + "/v1", api_key="any", max_retries=0) as client:
        yield client


@pytest.fixture(scope="module")
def exact() -> Iterator[openai.OpenAI]:
    """A client of a voice that says the same text with the same samples each time; espeak-ng does not."""
    with (
        serving(create_app(ScriptedVoice())) as server,
        openai.OpenAI(base_url=server.url + "/v1", api_key="any", max_retries=0) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def seconds() -> float:
    """How long the voice itself takes to say it."""
    stream = SpeechStream(load_voice("espeak:en-us"))
    stream.write(TEXT)
    stream.end()
    return sum(chunk.duration for chunk in stream)


@pytest.mark.parametrize("format", FORMATS)
def test_the_audio_is_whole_in_every_format(client: openai.OpenAI, seconds: float, format: str) -> None:
    answer = client.audio.speech.create(
        model="tts-1",
        voice="alloy",
        input=TEXT,
        response_format=format,  # type: ignore[arg-type]
    )
    samples, rate = decoded(answer.content, format)
    codec_delay = 0.15 if format in ("mp3", "aac", "opus") else 0.005
    assert len(samples) / rate == pytest.approx(seconds, abs=codec_delay)
    assert np.abs(samples).max() > 0.1
    assert answer.response.headers["content-type"] == TYPES.get(format, f"audio/{format}")
    assert answer.response.headers["transfer-encoding"] == "chunked"


def test_pcm_is_what_the_wav_holds(exact: openai.OpenAI) -> None:
    def spoken(format: str) -> bytes:
        return exact.audio.speech.create(
            model="tts-1",
            voice="alloy",
            input=TEXT,
            response_format=format,  # type: ignore[arg-type]
        ).content

    assert spoken("pcm") == spoken("wav")[44:]


def test_the_default_is_mp3(client: openai.OpenAI) -> None:
    answer = client.audio.speech.create(model="tts-1-hd", voice="nova", input="Hello.")
    assert answer.response.headers["content-type"] == "audio/mpeg"
    assert answer.content.startswith(b"\xff")


def test_it_streams_to_a_client_that_wants_it_so(client: openai.OpenAI, seconds: float) -> None:
    with client.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", voice={"id": "alloy"}, input=TEXT, response_format="pcm"
    ) as answer:
        parts = list(answer.iter_bytes())
    assert len(parts) > 3
    assert sum(map(len, parts)) / 48_000 == pytest.approx(seconds, abs=0.01)


async def test_it_answers_the_async_client(server: Serving, seconds: float) -> None:
    async with openai.AsyncOpenAI(base_url=server.url + "/v1", api_key="any") as client:
        whole = await client.audio.speech.create(
            model="tts-1", voice="alloy", input=TEXT, response_format="wav", instructions="Cheerfully."
        )
        async with client.audio.speech.with_streaming_response.create(
            model="tts-1", voice="alloy", input=TEXT, response_format="wav"
        ) as answer:
            parts = [part async for part in answer.iter_bytes()]
    for wav in (whole.content, b"".join(parts)):
        assert wav.startswith(b"RIFF")
        assert len(wav) / 48_000 == pytest.approx(seconds, abs=0.01)


@pytest.mark.parametrize("format", ["mp3", "pcm"])
def test_events_carry_the_format_that_was_asked_for(exact: openai.OpenAI, format: str) -> None:
    with exact.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts",
        voice="alloy",
        input=TEXT,
        response_format=format,  # type: ignore[arg-type]
        stream_format="sse",
    ) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: ")]
    *deltas, done = events
    assert {event["type"] for event in deltas} == {"speech.audio.delta"}
    assert done["type"] == "speech.audio.done"
    usage = done["usage"]
    assert usage["input_tokens"] == len(TEXT)
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    audio = b"".join(base64.b64decode(event["audio"]) for event in deltas)
    plain = exact.audio.speech.create(
        model="tts-1",
        voice="alloy",
        input=TEXT,
        response_format=format,  # type: ignore[arg-type]
    )
    assert audio == plain.content


@pytest.mark.parametrize("speed", [0.25, 0.8, 1.5, 4.0])
def test_speed_changes_the_length(client: openai.OpenAI, seconds: float, speed: float) -> None:
    answer = client.audio.speech.create(
        model="tts-1", voice="alloy", input=TEXT, response_format="pcm", speed=speed
    )
    assert len(answer.content) / 48_000 == pytest.approx(seconds / speed, abs=0.1 + 0.03 / speed)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("text", ["🎉", " ", "\x00", "```\nprint(1)\n```"])
def test_what_cannot_be_said_is_a_short_silence(client: openai.OpenAI, format: str, text: str) -> None:
    answer = client.audio.speech.create(
        model="tts-1",
        voice="alloy",
        input=text,
        response_format=format,  # type: ignore[arg-type]
    )
    samples, rate = decoded(answer.content, format)
    assert 0.05 < len(samples) / rate < 0.3
    assert np.abs(samples).max() < 0.01


def test_half_a_character_does_no_harm(server: Serving) -> None:
    body = b'{"model": "tts-1", "voice": "alloy", "input": "Hello \\ud83d world."}'
    answer = httpx2.post(
        server.url + "/v1/audio/speech", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 200
    assert len(answer.content) > 5000


RIGHT = {"model": "tts-1", "voice": "alloy", "input": "Hello."}


@pytest.mark.parametrize(
    ("wrong", "param", "word"),
    [
        ({"voice": "nobody"}, "voice", "GET /v1/audio/voices"),
        ({"voice": "espeak:germn"}, "voice", "de"),
        ({"voice": "espeak:xx"}, "voice", "voices"),
        ({"voice": "llmvox"}, "voice", "no such voice"),
        ({"voice": "/etc"}, "voice", "no such voice"),
        ({"voice": {"id": "nobody"}}, "voice", "no such voice"),
        ({"voice": {"id": "alloy", "x": 1}}, "voice", '{"id": "alloy"}'),
        ({"voice": {"id": 5}}, "voice", "a name"),
        ({"voice": None}, "voice", "a name"),
        ({"speed": 4.1}, "speed", "4"),
        ({"speed": 0.2}, "speed", "0.25"),
        ({"speed": "1"}, "speed", "number"),
        ({"speed": float("nan")}, "speed", ""),
        ({"response_format": "mp4"}, "response_format", "'opus'"),
        ({"stream_format": "tcp"}, "stream_format", "'sse'"),
        ({"input": ""}, "input", "empty"),
        ({"input": "a" * 70_000}, "input", "65536"),
        ({"input": 5}, "input", "string"),
        ({"\ud83d": "x"}, "\\ud83d", "no parameter"),
        ({"voice": "espeak:\ud83d"}, "voice", "voices"),
        ({"inptu": "x"}, "inptu", "no parameter 'inptu'; did you mean 'input'?"),
        ({"model": ""}, "model", "at least 1"),
    ],
)
def test_a_wrong_parameter_is_named_and_put_right(
    server: Serving, wrong: dict[str, object], param: str, word: str
) -> None:
    answer = httpx2.post(
        server.url + "/v1/audio/speech",
        content=json.dumps(RIGHT | wrong),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    assert error["param"] == param
    assert word in error["message"]


def test_null_is_as_good_as_not_given(exact: openai.OpenAI) -> None:
    optional = ["response_format", "speed", "instructions", "stream_format"]
    answer = exact.audio.speech.create(**RIGHT, extra_body=dict.fromkeys(optional))  # type: ignore[arg-type]
    assert answer.content == exact.audio.speech.create(**RIGHT).content  # type: ignore[arg-type]


@pytest.mark.parametrize("missing", ["model", "voice", "input"])
def test_a_missing_parameter_is_named(server: Serving, missing: str) -> None:
    body = {name: value for name, value in RIGHT.items() if name != missing}
    answer = httpx2.post(server.url + "/v1/audio/speech", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == missing
    assert answer.json()["error"]["code"] == "missing_required_parameter"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"5", b'"x"', b"\xff", b"[" * 100_000])
def test_what_is_not_json_is_told_so(server: Serving, body: bytes) -> None:
    for headers in ({"content-type": "application/json"}, {"content-type": "text/plain"}):
        answer = httpx2.post(server.url + "/v1/audio/speech", content=body, headers=headers)
        assert answer.status_code == 400
        assert "JSON object" in answer.json()["error"]["message"]


def test_the_client_raises_its_own_errors(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.audio.speech.create(model="tts-1", voice="nobody", input="Hello.")
    assert caught.value.param == "voice"
    assert caught.value.code == "voice_not_found"


def test_audio_is_sent_while_it_is_made() -> None:
    voice = ScriptedVoice(delay=0.05)
    with serving(create_app(voice)) as server:
        body = {**RIGHT, "input": "word " * 40, "response_format": "pcm"}
        with httpx2.stream("POST", server.url + "/v1/audio/speech", json=body) as answer:
            next(answer.iter_raw())
            assert len(voice.words) < 10


def test_the_app_can_be_tested_without_a_network() -> None:
    with TestClient(create_app(ScriptedVoice())) as client:
        answer = client.post("/v1/audio/speech", json=RIGHT | {"response_format": "wav"})
        assert answer.content.startswith(b"RIFF")
        with client.websocket_connect("/v1/audio/speech/stream") as socket:
            socket.send_json({"type": "text", "text": "Hello."})
            socket.send_json({"type": "end"})
            assert socket.receive_json()["type"] == "audio.start"
