"""speak_stream on the real SDK; only the model, behind a real server, is scripted."""

import asyncio
import gc
import logging
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from openai.lib.streaming.chat import ChatCompletionStream
from pydantic import BaseModel
from support.llm_server import CUT, DONE, chunk, end, event
from support.sdk_server import Answer, SDKServer, in_response

from llmvox_plugins import StreamState
from llmvox_plugins.core.errors import ConfigurationError, SinkError, UnknownVoiceError
from llmvox_plugins.core.narrator import Narrator
from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.openai import speak_stream
from llmvox_plugins.integrations.openai.sdk import SpokenStream

MESSAGES: Any = [{"role": "user", "content": "why?"}]
CHAT: Any = {"model": "m", "messages": MESSAGES}
RESPONSE: Any = {"model": "m", "input": "why?"}


def chat(client: Any, **options: Any) -> Any:
    return client.chat.completions.create(**CHAT, stream=True, **options)


def response(client: Any, **options: Any) -> Any:
    return client.responses.create(**RESPONSE, stream=True, **options)


def chat_helper(client: Any, **options: Any) -> Any:
    return client.chat.completions.stream(**CHAT, **options)


def response_helper(client: Any, **options: Any) -> Any:
    return client.responses.stream(**RESPONSE, **options)


STREAMS = [chat, response]
HELPERS = [chat_helper, response_helper]


def types_of(events: list[Any]) -> list[Any]:
    return [getattr(event, "type", None) for event in events]


@pytest.mark.parametrize("stream_of", STREAMS)
def test_a_stream_is_read_as_ever_and_spoken(
    stream_of: Any, client: OpenAI, voice: ScriptedVoice, sink: MemorySink
) -> None:
    plain = list(stream_of(client))
    spoken = speak_stream(stream_of(client), voice, sink)
    assert list(spoken) == plain
    assert spoken.wait(5)
    assert ScriptedVoice.read(sink.samples) == "Hello world."
    assert spoken.spoken.heard == "Hello world."
    assert spoken.error is None
    spoken.close()


@pytest.mark.parametrize("stream_of", HELPERS)
def test_a_helper_is_spoken_before_or_after_it_is_entered(
    stream_of: Any, client: OpenAI, voice: ScriptedVoice
) -> None:
    with stream_of(client) as stream:
        plain = types_of(list(stream))
    with speak_stream(stream_of(client), voice, MemorySink()) as spoken:
        assert types_of(list(spoken)) == plain
    with stream_of(client) as stream:
        second = speak_stream(stream, voice, MemorySink())
        assert types_of(list(second)) == plain
    assert second.wait(5)
    assert voice.voiced == "Hello world. Hello world."


def test_what_a_helper_reads_by_itself_is_spoken_too(client: OpenAI, voice: ScriptedVoice) -> None:
    with speak_stream(chat_helper(client), voice, MemorySink()) as spoken:
        assert spoken.get_final_completion().choices[0].message.content == "Hello world."
        assert spoken.current_completion_snapshot.model == "scripted"
    with speak_stream(response_helper(client), voice, MemorySink()) as spoken:
        assert spoken.until_done() is spoken
        assert spoken.get_final_response().output_text == "Hello world."
    assert voice.voiced == "Hello world. Hello world."


async def test_async_streams_and_helpers_are_spoken(aclient: AsyncOpenAI, voice: ScriptedVoice) -> None:
    for stream_of in STREAMS:
        plain = [event async for event in await stream_of(aclient)]
        spoken = speak_stream(await stream_of(aclient), voice, MemorySink())
        assert [event async for event in spoken] == plain
        assert await spoken.wait_async(5)
        await spoken.close()
    async with speak_stream(chat_helper(aclient), voice, MemorySink()) as helper:
        assert (await helper.get_final_completion()).choices[0].message.content == "Hello world."
    async with speak_stream(response_helper(aclient), voice, MemorySink()) as helper:
        assert [event async for event in helper]
        assert (await helper.get_final_response()).output_text == "Hello world."
    assert voice.voiced == " ".join(["Hello world."] * 4)


def test_events_are_the_same_objects(narrator: Narrator) -> None:
    events = [SimpleNamespace(type="response.output_text.delta", output_index=0, content_index=0, delta="a")]
    spoken: SpokenStream[Any] = speak_stream(events, narrator=narrator)
    assert next(spoken) is events[0]
    with pytest.raises(StopIteration):
        next(spoken)
    assert narrator.wait(5)
    assert narrator.spoken.text == "a"


def test_what_is_used_on_a_stream_is_there(client: OpenAI, narrator: Narrator) -> None:
    stream = chat(client)
    with speak_stream(stream, narrator=narrator) as spoken:
        assert spoken.response is stream.response
        assert next(spoken)
        assert not stream.response.is_closed
    assert stream.response.is_closed
    stream = chat(client)
    speak_stream(stream, narrator=narrator).close()
    assert stream.response.is_closed
    with pytest.raises(AttributeError, match="no_such_thing"):
        spoken.no_such_thing  # noqa: B018


@pytest.mark.parametrize("stream_of", STREAMS)
def test_reasoning_and_tool_calls_are_not_spoken(
    stream_of: Any, server: SDKServer, client: OpenAI, narrator: Narrator, voice: ScriptedVoice
) -> None:
    server.will_say(Answer(["I look ", "it up."], thought="Hidden.", call=("search", {"q": "hidden"})))
    assert list(speak_stream(stream_of(client), narrator=narrator))
    assert narrator.wait(5)
    assert voice.voiced == "I look it up."


def test_only_the_first_choice_is_spoken(
    server: SDKServer, client: OpenAI, narrator: Narrator, voice: ScriptedVoice
) -> None:
    def second(**fields: Any) -> bytes:
        frame = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        return event({**frame, "choices": [{"index": 1, "finish_reason": None, **fields}]})

    other = second(delta={"content": "Bonjour "})
    over = second(delta={}, finish_reason="stop")
    server.will_say([chunk(content="Hello "), other, over, chunk(content="world."), end(), DONE])
    assert list(speak_stream(chat(client, n=2), narrator=narrator))
    with chat_helper(client, n=2) as stream:
        assert list(speak_stream(stream, narrator=narrator))
    assert narrator.wait(5)
    assert voice.voiced == "Hello world. Hello world."


def test_two_messages_of_a_response_are_two_texts(
    server: SDKServer, client: OpenAI, narrator: Narrator, sink: MemorySink
) -> None:
    def delta(index: int, text: str) -> bytes:
        at = {"output_index": index, "content_index": 0, "item_id": f"msg_{index}", "logprobs": []}
        return event(in_response("output_text.delta", **at, delta=text, sequence_number=0))

    server.will_say([delta(0, "Let me "), delta(0, "see"), delta(2, "It is "), delta(2, "blue.")])
    assert len(list(speak_stream(response(client), narrator=narrator))) == 4
    assert narrator.wait(5)
    assert narrator.spoken.text == "Let me see\n\nIt is blue."
    assert ScriptedVoice.read(sink.samples) == "Let me seeIt is blue."


class Sky(BaseModel):
    colour: str


FORMAT: Any = {"type": "json_schema", "json_schema": {"name": "sky", "schema": {"type": "object"}}}
TEXT_FORMAT: Any = {"format": {"type": "json_schema", "name": "sky", "schema": {"type": "object"}}}


def test_structured_output_is_not_spoken(
    server: SDKServer, client: OpenAI, narrator: Narrator, voice: ScriptedVoice
) -> None:
    server.will_say(Answer(['{"colour": ', '"blue"}']))
    assert list(speak_stream(chat(client, response_format=FORMAT), narrator=narrator))
    assert list(speak_stream(chat(client, response_format={"type": "json_object"}), narrator=narrator))
    assert list(speak_stream(response(client, text=TEXT_FORMAT), narrator=narrator))
    with speak_stream(chat_helper(client, response_format=Sky), narrator=narrator) as spoken:
        assert spoken.get_final_completion().choices[0].message.parsed == Sky(colour="blue")
    with speak_stream(response_helper(client, text_format=Sky), narrator=narrator) as spoken:
        assert spoken.get_final_response().output_parsed == Sky(colour="blue")
    assert narrator.wait(5)
    assert voice.voiced == ""


def test_a_format_of_text_is_spoken(client: OpenAI, narrator: Narrator, voice: ScriptedVoice) -> None:
    assert list(speak_stream(chat(client, response_format={"type": "text"}), narrator=narrator))
    assert list(speak_stream(response(client, text={"format": {"type": "text"}}), narrator=narrator))
    assert narrator.wait(5)
    assert voice.voiced == "Hello world. Hello world."


def test_a_response_that_says_itself_that_it_is_data_is_not_spoken(
    server: SDKServer, client: OpenAI, narrator: Narrator, voice: ScriptedVoice
) -> None:
    fields = {**Answer([]).response(), "text": TEXT_FORMAT}
    steps = [event(in_response("created", response=fields, sequence_number=0))]
    server.will_say([*steps, *Answer(['{"a": 1}']).response_stream()[1:]])
    assert list(speak_stream(response(client), narrator=narrator))
    assert narrator.wait(5)
    assert voice.voiced == ""


LONG = [f"word{number:04} " for number in range(200)]


def slow() -> tuple[ScriptedVoice, MemorySink, Narrator]:
    voice, sink = ScriptedVoice(delay=0.02), MemorySink()
    return voice, sink, Narrator(voice, sink)


def until(happened: Callable[[], object]) -> None:
    while not happened():
        time.sleep(0.01)


def is_silenced(narrator: Narrator) -> bool:
    return narrator.stream is not None and narrator.stream.state is StreamState.CANCELLED


def test_a_stream_that_breaks_off_raises_as_ever_and_falls_silent(server: SDKServer, client: OpenAI) -> None:
    _, _, narrator = slow()
    server.will_say([*(chunk(content=text) for text in LONG), 0.2, CUT])
    with pytest.raises(openai.APIConnectionError):
        list(speak_stream(chat(client), narrator=narrator))
    assert narrator.wait(1)
    assert is_silenced(narrator)


def test_an_error_in_the_stream_is_raised_as_ever_and_is_silence(server: SDKServer, client: OpenAI) -> None:
    _, _, narrator = slow()
    broken = event({"error": {"message": "overloaded", "type": "server_error"}})
    server.will_say([*(chunk(content=text) for text in LONG), broken])
    with pytest.raises(openai.APIError, match="overloaded"):
        list(speak_stream(chat(client), narrator=narrator))
    assert narrator.wait(1)
    assert is_silenced(narrator)


@pytest.mark.parametrize("kind", ["response.failed", "error"])
def test_a_response_that_fails_is_silence(kind: str, server: SDKServer, client: OpenAI) -> None:
    _, _, narrator = slow()
    steps = Answer(LONG).response_stream()[:-5]
    failed = {"type": kind, "sequence_number": 999, "message": "failed", "code": "x", "param": None}
    server.will_say([*steps, event(failed)])
    events = list(speak_stream(response(client), narrator=narrator))
    assert events[-1].type == kind
    assert narrator.wait(1)
    assert is_silenced(narrator)


def test_a_response_that_was_cut_short_is_spoken(
    server: SDKServer, client: OpenAI, narrator: Narrator, voice: ScriptedVoice
) -> None:
    steps = Answer(["As far ", "as this"]).response_stream()[:-1]
    server.will_say([*steps, event(in_response("incomplete", sequence_number=99, response={}))])
    assert list(speak_stream(response(client), narrator=narrator))
    assert narrator.wait(5)
    assert voice.voiced == "As far as this"


def test_closing_early_is_silence(server: SDKServer, client: OpenAI) -> None:
    _, _, narrator = slow()
    server.will_say(Answer(LONG, pause=0.01))
    with speak_stream(chat(client), narrator=narrator) as spoken:
        for number, _ in enumerate(spoken):
            if number == 100:
                break
    assert narrator.wait(1)
    assert is_silenced(narrator)


def test_a_stream_that_is_given_up_is_silence(server: SDKServer, client: OpenAI) -> None:
    _, _, narrator = slow()
    server.will_say(Answer(LONG))
    spoken = speak_stream(chat(client), narrator=narrator)
    assert [next(spoken) for _ in range(100)]
    del spoken
    gc.collect()
    assert narrator.wait(1)
    assert is_silenced(narrator)


def test_a_loop_that_leaves_at_the_last_word_is_spoken_to_the_end(
    client: OpenAI, narrator: Narrator, voice: ScriptedVoice
) -> None:
    with speak_stream(chat(client), narrator=narrator) as spoken:
        for each in spoken:
            if each.choices[0].finish_reason:
                break
    with speak_stream(response(client), narrator=narrator) as spoken:
        for each in spoken:
            if each.type == "response.completed":
                break
    assert narrator.wait(5)
    assert voice.voiced == "Hello world. Hello world."


def test_a_stream_that_does_not_say_that_it_ends_is_spoken(
    server: SDKServer, client: OpenAI, narrator: Narrator, voice: ScriptedVoice
) -> None:
    server.will_say([chunk(content="Hello "), chunk(content="world."), DONE])
    assert len(list(speak_stream(chat(client), narrator=narrator))) == 2
    assert narrator.wait(5)
    assert voice.voiced == "Hello world."


async def test_a_task_that_is_cancelled_falls_silent(server: SDKServer, aclient: AsyncOpenAI) -> None:
    _, sink, narrator = slow()
    server.will_say([*(chunk(content=text) for text in LONG), 5.0])

    async def read() -> None:
        async for _ in speak_stream(await chat(aclient), narrator=narrator):
            pass

    task = asyncio.create_task(read())
    await asyncio.to_thread(until, lambda: sink.chunks)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert narrator.wait(1)
    assert is_silenced(narrator)


async def test_an_exception_among_the_events_is_silence_and_passes(
    server: SDKServer, aclient: AsyncOpenAI, client: OpenAI
) -> None:
    server.will_say(Answer(LONG))
    spoken = speak_stream(chat(client), ScriptedVoice(delay=0.02), MemorySink())
    with pytest.raises(ZeroDivisionError), spoken:
        for number, _ in enumerate(spoken):
            1 / (100 - number)
    assert spoken.stream is not None
    assert spoken.stream.state is StreamState.CANCELLED
    aspoken = speak_stream(await chat(aclient), ScriptedVoice(delay=0.02), MemorySink())
    with pytest.raises(ZeroDivisionError):
        async with aspoken:
            async for _ in aspoken:
                1 / 0  # noqa: B018
    assert aspoken.stream is None


def test_an_interruption_tells_what_was_heard_and_leaves_the_stream(
    server: SDKServer, client: OpenAI
) -> None:
    server.will_say(Answer(LONG))
    spoken = speak_stream(chat(client), ScriptedVoice(delay=0.02), sink := MemorySink())
    events = iter(spoken)
    read = [next(events) for _ in range(100)]
    until(lambda: len(sink.chunks) >= 3)
    heard = spoken.interrupt()
    assert heard.heard.startswith("word0000 word0001 word0002")
    assert heard.unheard
    assert len([*read, *events]) == 202
    assert spoken.spoken.heard == heard.heard
    spoken.close()


def test_the_end_of_a_context_waits_until_all_is_heard(server: SDKServer, client: OpenAI) -> None:
    server.will_say(Answer(LONG[:20]))
    voice = ScriptedVoice(delay=0.01)
    with speak_stream(chat(client), voice, MemorySink()) as spoken:
        assert list(spoken)
    assert voice.voiced == "".join(LONG[:20]).strip()
    assert spoken.spoken.unheard == ""


def test_streams_that_share_a_narrator_take_turns(
    server: SDKServer, client: OpenAI, voice: ScriptedVoice, sink: MemorySink
) -> None:
    narrator = Narrator(voice, sink)
    server.will_say(Answer(["One ", "one."], pause=0.02), Answer(["Two ", "two."]))
    first, second = (
        speak_stream(chat(client), narrator=narrator),
        speak_stream(chat(client), narrator=narrator),
    )
    assert next(first).choices[0].delta.content == ""
    assert next(first).choices[0].delta.content == "One "
    assert list(second)
    assert list(first)
    first.close()  # it is not its narrator
    assert narrator.wait(5)
    assert ScriptedVoice.read(sink.samples) == "One one.Two two."
    assert (first.spoken.heard, second.spoken.heard) == ("One one.", "Two two.")  # each its own
    narrator.close()


def test_trouble_with_speech_is_kept_and_the_stream_goes_on(
    client: OpenAI, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(chunk: Any) -> None:
        raise OSError("unplugged")

    spoken = speak_stream(chat(client), ScriptedVoice(), refuse)
    assert len(list(spoken)) == 4
    spoken.wait(5)
    assert isinstance(spoken.error, SinkError)
    assert [record.levelno for record in caplog.records].count(logging.ERROR) == 1


def test_a_program_may_ask_to_be_told(server: SDKServer, client: OpenAI) -> None:
    server.will_say(Answer(LONG, pause=0.01))
    with pytest.raises(Exception, match="fails after 3 words"):
        for _ in speak_stream(chat(client), ScriptedVoice(fails_after=3), MemorySink(), raise_errors=True):
            pass


def test_a_place_that_hangs_holds_nothing_back(server: SDKServer, client: OpenAI) -> None:
    hanging = threading.Event()
    server.will_say(Answer(LONG))
    began = time.monotonic()
    spoken = speak_stream(chat(client), ScriptedVoice(), lambda chunk: hanging.wait(20))
    assert len(list(spoken)) == 202
    assert time.monotonic() - began < 2
    spoken.interrupt()
    hanging.set()


def test_what_is_wrong_from_the_beginning_raises(client: OpenAI, aclient: AsyncOpenAI) -> None:
    stream = chat(client)
    with pytest.raises(UnknownVoiceError):
        speak_stream(stream, "nobody")
    with pytest.raises(SinkError):
        speak_stream(stream, ScriptedVoice(), "/nowhere/answer.wav")
    with pytest.raises(ConfigurationError, match="turns"):
        speak_stream(stream, ScriptedVoice(), MemorySink(), turns="last")  # type: ignore[call-overload]
    stream.close()
    answer: Any = client.chat.completions.create(**CHAT)
    with pytest.raises(ConfigurationError, match="ChatCompletion is no stream: ask for one with stream=True"):
        speak_stream(answer, ScriptedVoice(), MemorySink())
    unawaited: Any = aclient.chat.completions.create(**CHAT, stream=True)
    with pytest.raises(ConfigurationError, match="to be awaited"):
        speak_stream(unawaited, ScriptedVoice(), MemorySink())


async def test_an_async_stream_is_no_context_for_with(aclient: AsyncOpenAI, narrator: Narrator) -> None:
    spoken = speak_stream(await chat(aclient), narrator=narrator)
    with pytest.raises(TypeError, match="async with"), spoken:
        pass
    await spoken.aclose()


def test_odd_servers_are_understood(
    server: SDKServer, client: OpenAI, narrator: Narrator, voice: ScriptedVoice
) -> None:
    frame = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    server.will_say(
        [
            event({**frame, "choices": None}),
            event({**frame, "choices": [{"index": 0, "delta": None}]}),
            event({**frame, "choices": [{"delta": {"content": "No index. "}}]}),
            event({**frame, "choices": [{"index": 0, "delta": {"content": [{"type": "text"}]}}]}),
            event(
                {**frame, "choices": [{"index": 0, "delta": {"content": "Bye."}, "finish_reason": "stop"}]}
            ),
        ]
    )
    spoken = speak_stream(chat(client), narrator=narrator)
    assert len(list(spoken)) == 5
    assert narrator.wait(5)
    assert voice.voiced == "No index. Bye."
    assert spoken.error is None


def events_of(count: int) -> Iterator[Any]:
    for _ in range(count):
        delta = SimpleNamespace(content="word ")
        yield SimpleNamespace(choices=[SimpleNamespace(index=0, delta=delta, finish_reason=None)])


def test_an_event_costs_next_to_nothing(narrator: Narrator) -> None:
    costs = []
    spoken = speak_stream(events_of(2000), narrator=narrator)
    while True:
        began = time.perf_counter()
        if next(spoken, None) is None:
            break
        costs.append(time.perf_counter() - began)
        time.sleep(0.0002)
    assert statistics.median(costs) < 50e-6
    narrator.interrupt()


def test_it_needs_neither_the_server_s_packages_nor_the_sdk() -> None:
    code = (
        "import sys\n"
        "absent = ('fastapi', 'starlette', 'uvicorn', 'openai', 'httpx2', 'pydantic')\n"
        "sys.modules.update(dict.fromkeys(absent))\n"
        "from llmvox_plugins.integrations.openai import speak_stream\n"
        "assert list(speak_stream([], 'espeak:en-us', lambda chunk: None)) == []\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_helpers_class_bears_its_response_where_it_is_looked_for(client: OpenAI) -> None:
    with chat_helper(client) as stream:
        assert isinstance(stream, ChatCompletionStream)
        assert stream._response.request.method == "POST"
