"""The real LangChain and LangGraph; only the models, at the far edge, are scripted."""

import asyncio
import logging
import sys
import threading
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.language_models.fake import FakeListLLM, FakeStreamingListLLM
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable, RunnableLambda, RunnableParallel
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import interrupt
from pydantic import PrivateAttr, SecretStr

from llmvox_plugins import StreamState
from llmvox_plugins.core.audio import AudioChunk
from llmvox_plugins.core.errors import SinkError, UnknownVoiceError
from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.langchain import SpeechCallbackHandler


class ScriptedModel(BaseChatModel):
    """Answers with its script, one chunk after another; an exception in it is raised, a float is a pause."""

    scripts: list[list[Any]]
    streams: bool = True
    _turn: Iterator[list[Any]] = PrivateAttr()
    _lock: Any = PrivateAttr(default_factory=threading.Lock)

    def model_post_init(self, context: Any, /) -> None:
        self._turn = iter(self.scripts)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Runnable[Any, Any]:
        return self

    def _chunks(self) -> Iterator[AIMessageChunk | float]:
        with self._lock:
            script = next(self._turn)
        for item in script:
            if isinstance(item, BaseException):
                raise item
            yield AIMessageChunk(content=item) if isinstance(item, str | list) else item

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        whole = AIMessageChunk(content="")
        for chunk in self._chunks():
            if isinstance(chunk, AIMessageChunk):
                whole += chunk
        message = AIMessage(content=whole.content, tool_calls=whole.tool_calls)
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        if not self.streams:
            raise NotImplementedError
        run_manager = kwargs.get("run_manager") or (args[1] if len(args) > 1 else None)
        for chunk in self._chunks():
            if not isinstance(chunk, AIMessageChunk):
                time.sleep(chunk)
                continue
            generation = ChatGenerationChunk(message=chunk)
            if run_manager:
                run_manager.on_llm_new_token(str(chunk.text), chunk=generation)
            yield generation

    async def _astream(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        run_manager = kwargs.get("run_manager") or (args[1] if len(args) > 1 else None)
        for chunk in self._chunks():
            if not isinstance(chunk, AIMessageChunk):
                await asyncio.sleep(chunk)
                continue
            generation = ChatGenerationChunk(message=chunk)
            if run_manager:
                await run_manager.on_llm_new_token(str(chunk.text), chunk=generation)
            yield generation


class SilentModel(ScriptedModel):
    """A model that cannot stream."""

    def _stream(self, *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        raise AssertionError("never called: it is switched off")


def tool_call(name: str, **args: Any) -> list[Any]:
    call = AIMessageChunk(
        content="",
        tool_call_chunks=[
            {"name": name, "args": str(args).replace("'", '"'), "id": uuid.uuid4().hex, "index": 0}
        ],
    )
    return [call]


@pytest.fixture
def handler(voice: ScriptedVoice, sink: MemorySink) -> Iterator[SpeechCallbackHandler]:
    speech = SpeechCallbackHandler(voice=voice, to=sink)
    yield speech
    speech.close(5)


def calling(handler: SpeechCallbackHandler) -> Any:
    return {"callbacks": [handler]}


def chain(*scripts: list[Any], **options: Any) -> Any:
    return ChatPromptTemplate.from_template("{question}") | ScriptedModel(scripts=list(scripts), **options)


QUESTION = {"question": "?"}
WHY: Any = {"messages": [("user", "why?")]}


def test_invoke_streams_and_is_spoken(
    handler: SpeechCallbackHandler, voice: ScriptedVoice, sink: MemorySink
) -> None:
    first_audio = []

    def listen() -> None:
        while not sink.chunks:
            time.sleep(0.001)
        first_audio.append(time.monotonic())

    listener = threading.Thread(target=listen)
    listener.start()
    answer = chain(["Hello ", "there. ", 0.3, "Bye."]).invoke(QUESTION, config=calling(handler))
    answered = time.monotonic()
    listener.join(5)
    assert handler.wait(5)
    assert answer.text == "Hello there. Bye."
    assert voice.voiced == "Hello there. Bye."
    assert first_audio[0] < answered - 0.2


def test_a_handler_may_be_told_not_to_make_models_stream(voice: ScriptedVoice) -> None:
    handler = SpeechCallbackHandler(voice=voice, to=MemorySink(), force_streaming=False)
    assert isinstance(handler, SpeechCallbackHandler)
    model = ScriptedModel(scripts=[["Hello ", "there."]])
    streamed: list[Any] = []
    original = handler.on_llm_new_token

    def note(token: Any, **options: Any) -> None:
        streamed.append(token)
        original(token, **options)

    handler.on_llm_new_token = note  # type: ignore[method-assign]
    model.invoke("?", config=calling(handler))
    assert handler.wait(5)
    assert streamed == []
    assert voice.voiced == "Hello there."
    handler.close()


async def test_ainvoke_astream_and_stream_are_spoken(
    handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    pipeline = chain(["One ", "one."], ["Two ", "two."], ["Three ", "three."])
    await pipeline.ainvoke(QUESTION, config=calling(handler))
    assert [chunk async for chunk in pipeline.astream(QUESTION, config=calling(handler))]
    assert list(pipeline.stream(QUESTION, config=calling(handler)))
    assert handler.wait(5)
    assert voice.voiced == "One one. Two two. Three three."


def test_the_request_of_an_openai_model_becomes_a_streaming_one(
    chat_server: Any, handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    from langchain_openai import ChatOpenAI

    model = ChatOpenAI(model="any", base_url=chat_server.url, api_key=SecretStr("none"))
    answer = model.invoke("Why is the sky blue?", config=calling(handler))
    assert chat_server.requests[0]["stream"] is True
    assert answer.content == "Because **blue** light is scattered most."
    assert handler.wait(5)
    assert voice.voiced == "Because blue light is scattered most."


def test_a_model_that_does_not_stream_is_spoken_at_its_end(
    handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    SilentModel(scripts=[["All at once."]], disable_streaming=True).invoke("?", config=calling(handler))
    assert handler.wait(5)
    assert voice.voiced == "All at once."


def test_models_for_plain_text_are_spoken(handler: SpeechCallbackHandler, voice: ScriptedVoice) -> None:
    FakeListLLM(responses=["Plain one."]).invoke("?", config=calling(handler))
    list(FakeStreamingListLLM(responses=["Plain two."]).stream("?", config=calling(handler)))
    assert handler.wait(5)
    assert voice.voiced == "Plain one. Plain two."


def test_a_handler_on_the_model_itself_speaks_once(
    handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    model = ScriptedModel(scripts=[["Hello ", "there."]], callbacks=[handler])
    (ChatPromptTemplate.from_template("{question}") | model).invoke(QUESTION, config=calling(handler))
    assert handler.wait(5)
    assert voice.voiced == "Hello there."


def test_batch_is_spoken_one_answer_at_a_time(handler: SpeechCallbackHandler, sink: MemorySink) -> None:
    model = ScriptedModel(scripts=[[f"{n}a ", 0.02, f"{n}b ", 0.02, f"{n}c."] for n in range(4)])
    (ChatPromptTemplate.from_template("{question}") | model).batch(
        [QUESTION] * 4, config={"callbacks": [handler], "max_concurrency": 4}
    )
    assert handler.wait(5)
    said = ScriptedVoice.read(sink.samples)
    assert len(said) == 4 * len("0a 0b 0c.")
    for n in range(4):
        assert f"{n}a {n}b {n}c." in said


def test_parallel_branches_of_one_run_are_spoken_one_after_the_other(
    handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    def branch(name: str) -> Any:
        return ScriptedModel(scripts=[[f"{name}1 ", 0.03, f"{name}2 ", 0.03, f"{name}3."]])

    RunnableParallel(x=branch("x"), y=branch("y")).invoke("?", config=calling(handler))
    assert handler.wait(5)
    assert voice.voiced in ("x1 x2 x3. y1 y2 y3.", "y1 y2 y3. x1 x2 x3.")


def test_reasoning_and_tool_calls_are_not_spoken(
    handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    blocks = [
        [{"type": "reasoning", "reasoning": "Hidden thoughts. "}],
        [{"type": "text", "text": "The answer "}],
        *tool_call("search", query="hidden"),
        [{"type": "text", "text": "is four."}],
    ]
    model = ScriptedModel(scripts=[[b if isinstance(b, list) else None for b in blocks]])
    model.scripts[0][2] = [{"type": "input_json_delta", "partial_json": '{"hidden": 1}', "index": 2}]
    model.model_post_init(None)
    model.invoke("?", config=calling(handler))
    assert handler.wait(5)
    assert voice.voiced == "The answer is four."


def test_structured_output_and_the_tag_nostream_are_not_spoken(
    handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    data = ['{"answer": ', "4}"]
    schema = {"title": "Answer", "type": "object", "properties": {"answer": {"type": "integer"}}}
    model = ScriptedModel(scripts=[data, data, ["Hidden."], ["Heard."]])
    config = calling(handler)
    model.invoke("?", config=config, ls_structured_output_format={"kwargs": {}, "schema": schema})
    model.invoke("?", config=config, response_format={"type": "json_object"})
    model.with_config(tags=["nostream"]).invoke("?", config=config)
    model.invoke("?", config=config)
    assert handler.wait(5)
    assert voice.voiced == "Heard."


class Calls(ScriptedModel):
    """As ScriptedModel; items may be whole chunks."""

    def _chunks(self) -> Iterator[AIMessageChunk | float]:
        with self._lock:
            script = next(self._turn)
        for item in script:
            yield AIMessageChunk(content=item) if isinstance(item, str) else item


def agent_with_a_sub_agent() -> Any:
    sub_agent: Any = create_agent(Calls(scripts=[["The sub-agent ", "speaks."]]), tools=[])

    @tool
    def ask_expert(question: str) -> str:
        """Ask an expert."""
        return str(sub_agent.invoke({"messages": [("user", question)]})["messages"][-1].text)

    model = Calls(
        scripts=[["Let me ask. ", *tool_call("ask_expert", question="why")], ["The expert ", "says no."]]
    )
    return create_agent(model, tools=[ask_expert])


def test_an_agent_is_heard_and_a_sub_agent_under_its_tool_is_not(
    handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    result = agent_with_a_sub_agent().invoke(WHY, config=calling(handler))
    assert result["messages"][-2].content == "The sub-agent speaks."
    assert handler.wait(5)
    assert voice.voiced == "Let me ask. The expert says no."


@pytest.mark.skipif(sys.version_info < (3, 11), reason="before 3.11 LangChain loses callbacks in tasks")
async def test_an_agent_is_heard_on_an_event_loop(
    handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    async for _ in agent_with_a_sub_agent().astream(WHY, config=calling(handler), stream_mode="messages"):
        pass
    assert handler.wait(5)
    assert voice.voiced == "Let me ask. The expert says no."


def test_answers_of_one_run_are_one_stream_with_a_sentence_between(
    handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    pipeline = (
        ScriptedModel(scripts=[["No full stop"]]) | RunnableLambda(str) | ScriptedModel(scripts=[["Next"]])
    )
    pipeline.invoke("?", config=calling(handler))
    assert handler.wait(5)
    assert [(word.text, word.ends_sentence) for word in voice.words] == [
        ("No", False),
        ("full", False),
        ("stop", True),
        ("Next", True),
    ]


def test_an_error_in_the_model_is_silence_and_the_fallback_is_heard(sink: MemorySink) -> None:
    voice = ScriptedVoice(delay=0.05)
    handler = SpeechCallbackHandler(voice=voice, to=sink)
    broken = ScriptedModel(scripts=[["Broken " * 20, ConnectionError("gone")]])
    pipeline = ChatPromptTemplate.from_template("{question}") | broken.with_fallbacks(
        [ScriptedModel(scripts=[["Second ", "attempt."]])]
    )
    assert pipeline.invoke(QUESTION, config=calling(handler)).text == "Second attempt."
    assert handler.wait(5)
    said = ScriptedVoice.read(sink.samples)
    assert said.endswith("Second attempt.")
    assert said.count("Broken") < 10
    assert handler.stream is not None
    assert handler.stream.state is StreamState.FINISHED
    handler.close()


def test_a_fallback_is_heard_alone_where_what_failed_is_the_parser(sink: MemorySink) -> None:
    def fail(_: Any) -> None:
        raise ValueError("not what I asked for")

    voice = ScriptedVoice(delay=0.05)
    handler = SpeechCallbackHandler(voice=voice, to=sink)
    first: Any = ScriptedModel(scripts=[["Wrong " * 20]]) | RunnableLambda(fail)
    pipeline = RunnableLambda(lambda x: x) | first.with_fallbacks([ScriptedModel(scripts=[["Right."]])])
    pipeline.invoke("?", config=calling(handler))
    assert handler.wait(5)
    said = ScriptedVoice.read(sink.samples)
    assert said.endswith("Right.")
    assert said.count("Wrong") < 10
    handler.close()


def test_an_exception_in_the_model_reaches_the_caller_and_ends_in_silence(
    handler: SpeechCallbackHandler,
) -> None:
    with pytest.raises(ConnectionError):
        chain(["Hello ", ConnectionError("gone")]).invoke(QUESTION, config=calling(handler))
    assert handler.wait(5)
    assert handler.stream is not None
    assert handler.stream.state is StreamState.CANCELLED


async def test_cancelling_the_task_is_silence(handler: SpeechCallbackHandler) -> None:
    for start in ("ainvoke", "astream"):
        pipeline = chain(["Hello there ", 5.0, "never."])

        async def run(pipeline: Any = pipeline, start: str = start) -> None:
            if start == "ainvoke":
                await pipeline.ainvoke(QUESTION, config=calling(handler))
            else:
                async for _ in pipeline.astream(QUESTION, config=calling(handler)):
                    pass

        task = asyncio.create_task(run())
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(handler.wait, 5)
        assert handler.stream is not None
        assert handler.stream.state is StreamState.CANCELLED


def test_a_consumer_who_stops_early_is_silence(handler: SpeechCallbackHandler) -> None:
    streaming = chain(["Hello there ", "my ", "friend."]).stream(QUESTION, config=calling(handler))
    next(streaming)
    streaming.close()
    assert handler.wait(5)
    assert handler.stream is not None
    assert handler.stream.state is StreamState.CANCELLED


def test_an_interrupted_graph_says_what_it_said_before(
    handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    def speak(state: MessagesState) -> dict[str, Any]:
        return {"messages": [ScriptedModel(scripts=[["Shall I ", "send it?"]]).invoke(state["messages"])]}

    def ask(state: MessagesState) -> dict[str, Any]:
        interrupt("send?")
        return {}

    builder = StateGraph(MessagesState)
    builder.add_node("speak", speak)
    builder.add_node("ask", ask)
    builder.add_edge(START, "speak")
    builder.add_edge("speak", "ask")
    builder.add_edge("ask", END)
    graph = builder.compile(checkpointer=InMemorySaver())
    config: Any = {"callbacks": [handler], "configurable": {"thread_id": "1"}}
    graph.invoke(WHY, config=config)
    assert handler.wait(5)
    assert voice.voiced == "Shall I send it?"


def test_one_handler_serves_threads(sink: MemorySink) -> None:
    handler = SpeechCallbackHandler(voice=ScriptedVoice(), to=sink)
    pipelines = [chain([f"{n}a ", f"{n}b ", f"{n}c."]) for n in range(8)]
    threads = [
        threading.Thread(target=lambda p=p: p.invoke(QUESTION, config=calling(handler))) for p in pipelines
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert handler.wait(5)
    said = ScriptedVoice.read(sink.samples)
    assert all(f"{n}a {n}b {n}c." in said for n in range(8))
    handler.close()


class Hanging(MemorySink):
    def write(self, chunk: AudioChunk) -> None:
        time.sleep(0.5)


def test_a_sink_that_hangs_does_not_slow_the_agent() -> None:
    handler = SpeechCallbackHandler(voice=ScriptedVoice(), to=Hanging())
    pipeline = chain(["word "] * 500)
    began = time.monotonic()
    pipeline.invoke(QUESTION, config=calling(handler))
    assert time.monotonic() - began < 0.4
    assert handler.stream is not None
    handler.stream.cancel()
    handler.close()


def broken_sink(chunk: AudioChunk) -> None:
    raise OSError("no device")


def test_trouble_with_speech_is_logged_once_and_kept(caplog: pytest.LogCaptureFixture) -> None:
    handler = SpeechCallbackHandler(voice=ScriptedVoice(), to=broken_sink)
    answer = chain(["One ", 0.05, "two ", 0.05, "three."]).invoke(QUESTION, config=calling(handler))
    assert answer.text == "One two three."
    assert handler.wait(5)
    assert isinstance(handler.error, SinkError)
    assert [r.levelno for r in caplog.records if r.name.startswith("llmvox")] == [logging.ERROR]
    handler.close()


def test_raise_errors_makes_trouble_loud() -> None:
    handler = SpeechCallbackHandler(voice=ScriptedVoice(), to=broken_sink, raise_errors=True)
    with pytest.raises(SinkError):
        chain(["One ", 0.1, "two ", 0.1, "three."]).invoke(QUESTION, config=calling(handler))


def test_what_would_be_wrong_in_every_run_is_said_at_once() -> None:
    with pytest.raises(UnknownVoiceError):
        SpeechCallbackHandler(voice="espeak:english-of-mars", to=MemorySink())
    with pytest.raises(SinkError):
        SpeechCallbackHandler(voice=ScriptedVoice(), to="/nowhere/answer.wav")


def test_nothing_is_spoken_after_close(handler: SpeechCallbackHandler, voice: ScriptedVoice) -> None:
    handler.close()
    assert chain(["Hello."]).invoke(QUESTION, config=calling(handler)).text == "Hello."
    assert voice.voiced == ""


def test_no_run_is_remembered_once_it_has_ended(handler: SpeechCallbackHandler) -> None:
    agent_with_a_sub_agent().invoke(WHY, config=calling(handler))
    with pytest.raises(ConnectionError):
        chain([ConnectionError("gone")]).invoke(QUESTION, config=calling(handler))
    assert handler._runs == {}
    assert handler._narrator._roots == {}
