"""One model, one chain, one graph, on the real LangChain; only the models, at the far edge, are scripted."""

import logging
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from langchain_core.language_models.fake import FakeListLLM, FakeStreamingListLLM
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda, RunnableParallel
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import interrupt
from pydantic import SecretStr
from support.langchain_models import (
    QUESTION,
    WHY,
    ScriptedModel,
    SilentModel,
    calling,
    chain,
    reasoning,
    tool_call,
)

from llmvox_plugins.core.audio import AudioChunk
from llmvox_plugins.core.errors import SinkError, UnknownVoiceError
from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.langchain import SpeechCallbackHandler


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
    SilentModel(scripts=[["All at once."]]).invoke("?", config=calling(handler))
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
        reasoning("Hidden thoughts. "),
        [{"type": "text", "text": "The answer "}],
        [{"type": "input_json_delta", "partial_json": '{"hidden": 1}', "index": 2}],
        tool_call("search", query="hidden"),
        [{"type": "text", "text": "is four."}],
        [{"type": "thinking", "thinking": "Hidden, too."}],
    ]
    ScriptedModel(scripts=[blocks]).invoke("?", config=calling(handler))
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


def test_each_answer_ends_its_last_sentence(handler: SpeechCallbackHandler, voice: ScriptedVoice) -> None:
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


@pytest.mark.parametrize(
    ("absent", "name", "line"),
    [
        ("langchain_core", "SpeechCallbackHandler", 'pip install "llmvox-plugins[langchain]"'),
        ("langchain", "SpeechMiddleware", 'pip install "langchain>=1.0"'),
    ],
)
def test_what_is_missing_is_said_with_the_line_that_installs_it(absent: str, name: str, line: str) -> None:
    code = f"""
import sys
sys.modules[{absent!r}] = None
from llmvox_plugins.core.errors import MissingDependencyError
try:
    from llmvox_plugins.integrations.langchain import {name}
except MissingDependencyError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith(line)


def test_without_langchain_all_but_the_middleware_is_there() -> None:
    code = """
import sys
sys.modules["langchain"] = sys.modules["langgraph"] = None
from llmvox_plugins.integrations.langchain import (
    SpeechCallbackHandler, SpeechRunnable, attach, spoken_message
)
print(SpeechCallbackHandler.__name__)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "SpeechCallbackHandler"
