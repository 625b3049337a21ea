"""Everything the real SDK gets is heard, once, and the program gets what it would have got without."""

import asyncio
import gc
import sys
import threading
import traceback
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from types import ModuleType
from typing import Any

import openai
import pytest
from agents import Agent, OpenAIChatCompletionsModel, RunConfig, Runner
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models.llms import LLM
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata
from llama_index.core.llms.callbacks import llm_completion_callback
from llama_index.core.tools import FunctionTool
from openai import AsyncOpenAI, AzureOpenAI, OpenAI
from openai._base_client import BaseClient
from openai.types.chat import ChatCompletion, ParsedChatCompletion
from openai.types.responses import ParsedResponse, Response
from pydantic import BaseModel, PrivateAttr, SecretStr
from support.llm_server import CUT, DONE, chunk, end, event
from support.sdk_server import Answer, SDKServer

from llmvox_plugins import StreamState
from llmvox_plugins.core.narrator import Narrator
from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.openai import speak_stream
from llmvox_plugins.integrations.openai.sdk import attach

MESSAGES: Any = [{"role": "user", "content": "why?"}]
CHAT: Any = {"model": "m", "messages": MESSAGES}
RESPONSE: Any = {"model": "m", "input": "why?"}


class Sky(BaseModel):
    colour: str


@pytest.fixture(autouse=True)
def attached(narrator: Narrator) -> Iterator[Callable[[], None]]:
    undo = attach(narrator)
    yield undo
    undo()


def read(manager: Any) -> None:
    with manager as stream:
        assert list(stream)


def read_raw(manager: Any) -> None:
    with manager as raw:
        parsed = raw.parse()
        assert parsed is raw.parse()
        if isinstance(parsed, openai.Stream):
            assert list(parsed)


def ask_azure(endpoint: str) -> None:
    with AzureOpenAI(azure_endpoint=endpoint, api_version="1", api_key="none") as client:
        client.chat.completions.create(**CHAT)


SYNC: dict[str, Callable[[OpenAI], object]] = {
    "chat": lambda c: c.chat.completions.create(**CHAT),
    "chat stream": lambda c: list(c.chat.completions.create(**CHAT, stream=True)),
    "chat next": lambda c: (
        [*iter(lambda: next(stream, None), None)]
        if (stream := c.chat.completions.create(**CHAT, stream=True))
        else None
    ),
    "chat parse": lambda c: c.chat.completions.parse(**CHAT),
    "chat helper": lambda c: read(c.chat.completions.stream(**CHAT)),
    "chat raw": lambda c: c.chat.completions.with_raw_response.create(**CHAT).parse(),
    "chat raw stream": lambda c: list(
        c.chat.completions.with_raw_response.create(**CHAT, stream=True).parse()
    ),
    "chat streaming response": lambda c: read_raw(c.chat.completions.with_streaming_response.create(**CHAT)),
    "chat streaming response stream": lambda c: read_raw(
        c.chat.completions.with_streaming_response.create(**CHAT, stream=True)
    ),
    "chat by post": lambda c: c.post("/chat/completions", body=CHAT, cast_to=ChatCompletion),
    "beta": lambda c: c.beta.chat.completions.parse(**CHAT),
    "options": lambda c: c.with_options(timeout=9).chat.completions.create(**CHAT),
    "azure": lambda c: ask_azure(str(c.base_url).removesuffix("/v1/")),
    "response": lambda c: c.responses.create(**RESPONSE),
    "response stream": lambda c: list(c.responses.create(**RESPONSE, stream=True)),
    "response parse": lambda c: c.responses.parse(**RESPONSE),
    "response helper": lambda c: read(c.responses.stream(**RESPONSE)),
    "response raw": lambda c: c.responses.with_raw_response.create(**RESPONSE).parse(),
    "response beta": lambda c: c.beta.responses.create(**RESPONSE),
}


@pytest.mark.parametrize("call", SYNC.values(), ids=SYNC)
def test_every_call_is_heard_once(
    call: Callable[[OpenAI], object], client: OpenAI, narrator: Narrator, voice: ScriptedVoice
) -> None:
    call(client)
    assert narrator.wait(5)
    assert voice.voiced == "Hello world."
    assert narrator.stream is not None
    assert narrator.stream.state is StreamState.FINISHED


async def read_async(manager: Any) -> None:
    async with manager as stream:
        assert [each async for each in stream]


async def read_raw_async(manager: Any) -> None:
    async with manager as raw:
        assert [each async for each in await raw.parse()]


async def drain(stream: Any) -> None:
    assert [each async for each in await stream]


ASYNC: dict[str, Callable[[AsyncOpenAI], Any]] = {
    "chat": lambda c: c.chat.completions.create(**CHAT),
    "chat stream": lambda c: drain(c.chat.completions.create(**CHAT, stream=True)),
    "chat parse": lambda c: c.chat.completions.parse(**CHAT),
    "chat helper": lambda c: read_async(c.chat.completions.stream(**CHAT)),
    "chat raw stream": lambda c: read_raw_async(
        c.chat.completions.with_streaming_response.create(**CHAT, stream=True)
    ),
    "response": lambda c: c.responses.create(**RESPONSE),
    "response stream": lambda c: drain(c.responses.create(**RESPONSE, stream=True)),
    "response helper": lambda c: read_async(c.responses.stream(**RESPONSE)),
}


@pytest.mark.parametrize("call", ASYNC.values(), ids=ASYNC)
async def test_every_async_call_is_heard_once(
    call: Callable[[AsyncOpenAI], Any], aclient: AsyncOpenAI, narrator: Narrator, voice: ScriptedVoice
) -> None:
    await call(aclient)
    assert await asyncio.to_thread(narrator.wait, 5)
    assert voice.voiced == "Hello world."


def test_what_the_program_gets_is_the_sdk_s_own(client: OpenAI, server: SDKServer) -> None:
    stream = client.chat.completions.create(**CHAT, stream=True)
    assert type(stream) is openai.Stream
    next(stream)
    stream.close()
    assert stream.response.is_closed
    assert type(client.chat.completions.create(**CHAT)) is ChatCompletion
    assert type(client.responses.create(**RESPONSE)) is Response
    server.will_say(Answer(['{"colour": "blue"}']))
    parsed = client.chat.completions.parse(**CHAT, response_format=Sky)
    assert isinstance(parsed, ParsedChatCompletion)
    assert parsed.choices[0].message.parsed == Sky(colour="blue")
    response = client.responses.parse(**RESPONSE, text_format=Sky)
    assert isinstance(response, ParsedResponse)
    assert response.output_parsed == Sky(colour="blue")


def test_raw_responses_are_unharmed(client: OpenAI, narrator: Narrator, voice: ScriptedVoice) -> None:
    raw = client.chat.completions.with_raw_response.create(**CHAT)
    assert raw.headers["x-request-id"] == "of-the-llm"
    assert raw.parse() is raw.parse()
    with client.chat.completions.with_streaming_response.create(**CHAT, stream=True) as response:
        assert sum(line.startswith("data:") for line in response.iter_lines()) == 5
    assert narrator.wait(5)
    assert voice.voiced == "Hello world."  # of lines nobody knows what becomes


def test_tool_calls_reasoning_and_structured_output_are_not_spoken(
    server: SDKServer, client: OpenAI, narrator: Narrator, voice: ScriptedVoice
) -> None:
    server.will_say(Answer(["I look ", "it up."], thought="Hidden.", call=("search", {"q": "hidden"})))
    for stream in (False, True):
        for answer in (
            client.chat.completions.create(**CHAT, stream=stream),
            client.responses.create(**RESPONSE, stream=stream),
        ):
            list(answer)
    server.will_say(Answer(['{"colour": "blue"}']))
    client.chat.completions.parse(**CHAT, response_format=Sky)
    client.responses.parse(**RESPONSE, text_format=Sky)
    read(client.chat.completions.stream(**CHAT, response_format=Sky))
    read(client.responses.stream(**RESPONSE, text_format=Sky))
    client.chat.completions.create(**CHAT, response_format={"type": "json_object"})
    assert narrator.wait(5)
    assert voice.voiced == " ".join(["I look it up."] * 4)


def test_what_is_no_new_answer_is_not_spoken(
    server: SDKServer, client: OpenAI, narrator: Narrator, voice: ScriptedVoice
) -> None:
    client.models.list()
    client.post("/embeddings", body={}, cast_to=object)
    client.post("/responses/resp_1/cancel", body={}, cast_to=Response)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve("resp_1")
    assert narrator.wait(5)
    assert voice.voiced == ""


def test_requests_that_fail_are_silent(server: SDKServer, client: OpenAI, narrator: Narrator) -> None:
    server.status, server.error = 429, {"message": "slow down"}
    with pytest.raises(openai.RateLimitError):
        client.chat.completions.create(**CHAT)
    assert narrator.stream is None


def test_threads_and_tasks_are_heard_one_after_another(
    server: SDKServer, client: OpenAI, narrator: Narrator, sink: MemorySink
) -> None:
    server.will_say(*(Answer([f"{n}a ", f"{n}b ", f"{n}c."], pause=0.01) for n in range(4)))
    threads = [
        threading.Thread(target=lambda: list(client.chat.completions.create(**CHAT, stream=True)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert narrator.wait(5)
    said = ScriptedVoice.read(sink.samples)
    assert {said[begin : begin + 9] for begin in range(0, 36, 9)} == {f"{n}a {n}b {n}c." for n in range(4)}


# undoing


def test_undoing_leaves_nothing(client: OpenAI, narrator: Narrator, voice: ScriptedVoice) -> None:
    touched = [
        (BaseClient, "_process_response_data"),
        (openai.Stream, "__init__"),
        (openai.AsyncStream, "__init__"),
    ]
    before = [id(kind.__dict__[name]) for kind, name in touched]
    second = Narrator(ScriptedVoice(), MemorySink())
    undo = attach(second)
    assert [id(kind.__dict__[name]) for kind, name in touched] != before
    undo()
    undo()
    assert [id(kind.__dict__[name]) for kind, name in touched] == before
    client.chat.completions.create(**CHAT)
    assert second.stream is None
    assert narrator.wait(5)
    assert voice.voiced == "Hello world."


def test_undoing_in_another_order_leaves_the_others(
    attached: Callable[[], None], client: OpenAI, narrator: Narrator
) -> None:
    undo = attach(second := Narrator(voice := ScriptedVoice(), MemorySink()))
    attached()
    client.chat.completions.create(**CHAT)
    assert second.wait(5)
    assert voice.voiced == "Hello world."
    assert narrator.stream is None
    undo()
    client.chat.completions.create(**CHAT)
    assert second.wait(5)
    assert voice.voiced == "Hello world."


# however a stream ends

LONG = [f"word{number:04} " for number in range(200)]


@pytest.fixture
def voice() -> ScriptedVoice:
    return ScriptedVoice(delay=0.005)


def is_silenced(narrator: Narrator) -> bool:
    return narrator.stream is not None and narrator.stream.state is StreamState.CANCELLED


def test_a_stream_that_breaks_off_is_silence(server: SDKServer, client: OpenAI, narrator: Narrator) -> None:
    for ending in (CUT, event({"error": {"message": "overloaded"}})):
        server.will_say([*(chunk(content=text) for text in LONG), 0.2, ending])
        with pytest.raises(openai.APIError) as caught:
            list(client.chat.completions.create(**CHAT, stream=True))
        assert narrator.wait(1)
        assert is_silenced(narrator)
        trace = "".join(traceback.format_exception(caught.value))
        assert "llmvox" not in trace  # it is the one that the program would see without us


async def test_an_async_stream_that_breaks_off_is_silence(
    server: SDKServer, aclient: AsyncOpenAI, narrator: Narrator
) -> None:
    for ending in (CUT, event({"error": {"message": "overloaded"}})):
        server.will_say([*(chunk(content=text) for text in LONG), 0.2, ending])
        with pytest.raises(openai.APIError) as caught:
            await drain(aclient.chat.completions.create(**CHAT, stream=True))
        assert narrator.wait(1)
        assert is_silenced(narrator)
        assert "llmvox" not in "".join(traceback.format_exception(caught.value))


def test_a_stream_that_is_read_while_an_exception_is_handled_is_spoken_to_its_end(
    server: SDKServer, client: OpenAI, narrator: Narrator, voice: ScriptedVoice
) -> None:
    server.will_say([chunk(content="No mark "), chunk(content="at the end."), DONE])
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        list(client.chat.completions.create(**CHAT, stream=True))
    assert narrator.wait(5)
    assert voice.voiced == "No mark at the end."
    assert not is_silenced(narrator)


async def test_an_async_stream_without_a_mark_at_its_end_is_spoken(
    server: SDKServer, aclient: AsyncOpenAI, narrator: Narrator, voice: ScriptedVoice
) -> None:
    for last in ([DONE], []):
        server.will_say([chunk(content="No mark "), chunk(content="at the end."), *last])
        await drain(aclient.chat.completions.create(**CHAT, stream=True))
    assert await asyncio.to_thread(narrator.wait, 5)
    assert voice.voiced == "No mark at the end. No mark at the end."


def closing(stream: Any) -> None:
    stream.close()


def leaving(stream: Any) -> None:
    with stream:
        pass


def closing_the_response(stream: Any) -> None:
    stream.response.close()


@pytest.mark.parametrize("leave", [closing, leaving, closing_the_response])
def test_closing_early_is_silence(
    leave: Callable[[Any], None], server: SDKServer, client: OpenAI, narrator: Narrator
) -> None:
    server.will_say(Answer(LONG))
    stream = client.chat.completions.create(**CHAT, stream=True)
    for _ in range(100):
        next(stream)
    leave(stream)
    assert stream.response.is_closed
    assert narrator.wait(1)
    assert is_silenced(narrator)


def test_leaving_a_helper_early_is_silence(server: SDKServer, client: OpenAI, narrator: Narrator) -> None:
    server.will_say(Answer(LONG))
    with client.chat.completions.stream(**CHAT) as stream:
        for _ in range(300):
            next(stream)
    assert narrator.wait(1)
    assert is_silenced(narrator)


def test_breaking_off_a_loop_is_silence_once_the_stream_is_gone(
    server: SDKServer, client: OpenAI, narrator: Narrator
) -> None:
    server.will_say(Answer(LONG))
    for number, _ in enumerate(client.chat.completions.create(**CHAT, stream=True)):
        if number == 100:
            break
    gc.collect()
    assert narrator.wait(1)
    assert is_silenced(narrator)


def test_breaking_off_at_the_last_word_is_not(
    client: OpenAI, narrator: Narrator, voice: ScriptedVoice
) -> None:
    with client.chat.completions.create(**CHAT, stream=True) as stream:
        for each in stream:
            if each.choices[0].finish_reason:
                break
    with client.responses.stream(**RESPONSE) as responses:
        for event in responses:
            if event.type == "response.completed":
                break
    assert narrator.wait(5)
    assert voice.voiced == "Hello world. Hello world."


async def test_cancelling_a_task_is_silence(
    server: SDKServer, aclient: AsyncOpenAI, narrator: Narrator, sink: MemorySink
) -> None:
    server.will_say([*(chunk(content=text) for text in LONG), 5.0, end()])
    task = asyncio.create_task(drain(aclient.chat.completions.create(**CHAT, stream=True)))
    while not sink.chunks:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert narrator.wait(1)
    assert is_silenced(narrator)


def test_a_response_that_was_left_keeps_nothing(client: OpenAI, narrator: Narrator) -> None:
    stream = client.chat.completions.create(**CHAT, stream=True)
    next(stream)
    response = stream.response
    del stream
    gc.collect()
    gc.disable()
    try:
        gone: list[bool] = []
        weakref.finalize(response, gone.append, True)
        del response
        assert gone == [True]  # no cycle holds it: its connection is the program's
    finally:
        gc.enable()


# who stands above


@pytest.fixture
async def langchain(server: SDKServer) -> AsyncIterator[Callable[..., ChatOpenAI]]:
    async with openai.DefaultAsyncHttpxClient() as aclient:
        with openai.DefaultHttpxClient() as client:
            clients = {"http_client": client, "http_async_client": aclient}
            options = {"base_url": server.url, "api_key": SecretStr("none"), "model": "m", **clients}
            yield lambda **more: ChatOpenAI(**options, **more)


@pytest.mark.parametrize("options", [{}, {"use_responses_api": True}, {"include_response_headers": True}])
async def test_langchain_s_models_are_left_to_langchain_s_doorway(
    options: dict[str, Any], server: SDKServer, langchain: Callable[..., ChatOpenAI], narrator: Narrator
) -> None:
    model = langchain(**options)
    model.invoke("?")
    assert list(model.stream("?"))
    await model.ainvoke("?")
    assert [each async for each in model.astream("?")]
    assert len(server.requests) == 4
    assert narrator.stream is None


class OwnLLM(LLM):
    """A model for LangChain that knows no event loop."""

    _client: OpenAI = PrivateAttr()

    def __init__(self, client: OpenAI) -> None:
        super().__init__()
        self._client = client

    @property
    def _llm_type(self) -> str:
        return "own"

    def _call(self, prompt: str, *args: Any, **kwargs: Any) -> str:
        return self._client.chat.completions.create(**CHAT).choices[0].message.content or ""


async def test_a_langchain_model_that_is_called_in_a_thread_is_left_to_it_as_well(
    client: OpenAI, narrator: Narrator
) -> None:
    assert await OwnLLM(client).ainvoke("?") == "Hello world."
    assert narrator.stream is None


class IndexLLM(CustomLLM):
    """A model for LlamaIndex on OpenAI's SDK."""

    _client: OpenAI = PrivateAttr()

    def __init__(self, client: OpenAI) -> None:
        super().__init__()
        self._client = client

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata()

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        return CompletionResponse(text=self._client.responses.create(**RESPONSE).output_text)

    @llm_completion_callback()
    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
        def deltas() -> Iterator[CompletionResponse]:
            for each in self._client.chat.completions.create(**CHAT, stream=True):
                delta = each.choices[0].delta.content or ""
                yield CompletionResponse(text=delta, delta=delta)

        return deltas()


async def test_llama_index_s_models_are_left_to_its_doorway(
    server: SDKServer, client: OpenAI, narrator: Narrator
) -> None:
    model = IndexLLM(client)
    model.complete("?")
    assert list(model.stream_complete("?"))
    await model.acomplete("?")
    assert [each async for each in await model.astream_complete("?")]
    assert len(server.requests) == 4
    assert narrator.stream is None


async def test_what_a_tool_asks_is_for_the_agent(
    server: SDKServer, client: OpenAI, aclient: AsyncOpenAI, narrator: Narrator
) -> None:
    @tool
    def ask(question: str) -> str:
        """Ask."""
        return client.chat.completions.create(**CHAT).choices[0].message.content or ""

    @tool
    async def aask(question: str) -> str:
        """Ask."""
        return (await aclient.chat.completions.create(**CHAT)).choices[0].message.content or ""

    assert ask.invoke({"question": "?"}) == "Hello world."
    assert await ask.ainvoke({"question": "?"}) == "Hello world."
    assert await aask.ainvoke({"question": "?"}) == "Hello world."

    def index_ask(question: str) -> str:
        """Ask."""
        return client.chat.completions.create(**CHAT).choices[0].message.content or ""

    index_tool = FunctionTool.from_defaults(index_ask)
    assert index_tool.call("?").content == "Hello world."
    assert (await index_tool.acall("?")).content == "Hello world."
    assert len(server.requests) == 5
    assert narrator.stream is None


def test_what_the_reader_of_a_framework_s_stream_asks_is_heard(
    server: SDKServer,
    client: OpenAI,
    langchain: Callable[..., ChatOpenAI],
    narrator: Narrator,
    voice: ScriptedVoice,
) -> None:
    server.will_say(Answer(["Of ", "LangChain."]), Answer(["Of the SDK."]))
    for number, _ in enumerate(langchain().stream("?")):
        if number == 1:
            client.chat.completions.create(**CHAT)
    assert narrator.wait(5)
    assert voice.voiced == "Of the SDK."


def test_a_chain_that_asks_the_sdk_itself_is_heard(
    client: OpenAI, narrator: Narrator, voice: ScriptedVoice
) -> None:
    from langchain_core.runnables import RunnableLambda

    RunnableLambda(lambda question: client.chat.completions.create(**CHAT)).invoke("?")
    assert narrator.wait(5)
    assert voice.voiced == "Hello world."


async def test_the_agents_sdk_is_heard_through_it_unless_the_program_speaks_for_it(
    server: SDKServer,
    aclient: AsyncOpenAI,
    narrator: Narrator,
    voice: ScriptedVoice,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = OpenAIChatCompletionsModel("m", aclient)
    agent: Any = Agent(name="agent", model=model)
    config = RunConfig(tracing_disabled=True)
    doorway = "llmvox_plugins.integrations.openai_agents"
    monkeypatch.delitem(sys.modules, doorway, raising=False)
    assert (await Runner.run(agent, "?", run_config=config)).final_output == "Hello world."
    streamed = Runner.run_streamed(agent, "?", run_config=config)
    assert [each async for each in streamed.stream_events()]
    assert await asyncio.to_thread(narrator.wait, 5)
    assert voice.voiced == "Hello world. Hello world."
    monkeypatch.setitem(sys.modules, doorway, ModuleType(doorway))
    await Runner.run(agent, "?", run_config=config)
    streamed = Runner.run_streamed(agent, "?", run_config=config)
    assert [each async for each in streamed.stream_events()]
    assert await asyncio.to_thread(narrator.wait, 5)
    assert voice.voiced == "Hello world. Hello world."


def test_speak_stream_beats_what_is_attached(
    server: SDKServer, client: OpenAI, narrator: Narrator, voice: ScriptedVoice
) -> None:
    other = ScriptedVoice()
    with speak_stream(client.chat.completions.create(**CHAT, stream=True), other, MemorySink()) as spoken:
        assert list(spoken)
    with speak_stream(client.responses.stream(**RESPONSE), other, MemorySink()) as spoken:
        assert list(spoken)
    assert narrator.stream is None
    assert other.voiced == "Hello world. Hello world."


async def test_speak_stream_beats_it_on_async_streams(aclient: AsyncOpenAI, narrator: Narrator) -> None:
    other = ScriptedVoice()
    stream = await aclient.chat.completions.create(**CHAT, stream=True)
    async with speak_stream(stream, other, MemorySink()) as spoken:
        assert [each async for each in spoken]
    assert narrator.stream is None
    assert other.voiced == "Hello world."


def test_speak_stream_takes_over_in_the_middle(server: SDKServer, client: OpenAI, narrator: Narrator) -> None:
    server.will_say(Answer(LONG))
    stream = client.chat.completions.create(**CHAT, stream=True)
    for _ in range(150):
        next(stream)
    other = ScriptedVoice()
    with speak_stream(stream, other, MemorySink()) as spoken:
        assert list(spoken)
    assert narrator.wait(1)
    assert is_silenced(narrator)
    assert other.voiced == "".join(LONG[149:]).strip()


# trouble


class Broken:
    """A narrator that fails at everything."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


def test_trouble_is_none_of_the_program_s(client: OpenAI, caplog: pytest.LogCaptureFixture) -> None:
    narrator: Any = Broken()
    undo = attach(narrator)
    assert client.chat.completions.create(**CHAT).choices[0].message.content == "Hello world."
    assert len(list(client.chat.completions.create(**CHAT, stream=True))) == 4
    assert [record.getMessage() for record in caplog.records] == [
        "speech for OpenAI's SDK failed: RuntimeError"
    ]
    undo()


def test_handlers_of_the_program_are_not_disturbed(langchain: Callable[..., ChatOpenAI]) -> None:
    tokens: list[str] = []

    class Tokens(BaseCallbackHandler):
        def on_llm_new_token(self, token: Any, **kwargs: Any) -> None:
            tokens.append(token)

    list(langchain().stream("?", config={"callbacks": [Tokens()]}))
    assert "".join(tokens) == "Hello world."


async def iterate(stream: Any) -> AsyncIterator[Any]:
    async for each in stream:
        yield each


async def test_async_generators_around_a_stream_change_nothing(
    aclient: AsyncOpenAI, narrator: Narrator, voice: ScriptedVoice
) -> None:
    assert [each async for each in iterate(await aclient.chat.completions.create(**CHAT, stream=True))]
    assert await asyncio.to_thread(narrator.wait, 5)
    assert voice.voiced == "Hello world."
