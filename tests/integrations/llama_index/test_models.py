"""Models that the program itself calls."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from llama_index.core.llms import ChatMessage
from llama_index.core.llms.callbacks import llm_chat_callback
from llama_index.core.prompts import PromptTemplate
from pydantic import BaseModel
from support.llama_models import ChatModel, PlainModel, Thinking, Tool

from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.llama_index import SpeechEventHandler

QUESTION = [ChatMessage(content="?")]
SCRIPT = ["Hello ", "there. ", "Bye."]
PROMPT: Any = PromptTemplate("{question}")
SLOWLY = pytest.mark.parametrize("pace", [0.01])
MODELS: list[Any] = [ChatModel, PlainModel]


class Fruit(BaseModel):
    """A fruit."""

    name: str


async def all_of(items: AsyncIterator[Any]) -> list[Any]:
    return [item async for item in items]


@pytest.mark.parametrize("model", MODELS)
def test_every_way_to_call_a_model_is_spoken_once(
    model: Any, speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    for call in (
        lambda llm: list(llm.stream_chat(QUESTION)),
        lambda llm: list(llm.stream_complete("?")),
        lambda llm: list(llm.stream(PROMPT, question="?")),
        lambda llm: llm.chat(QUESTION),
        lambda llm: llm.complete("?"),
        lambda llm: llm.predict(PROMPT, question="?"),
    ):
        before = len(voice.words)
        assert call(model(SCRIPT))
        assert speech.wait(5)
        assert " ".join(word.text for word in voice.words[before:]) == "Hello there. Bye."


@pytest.mark.parametrize("model", MODELS)
async def test_every_way_to_call_a_model_on_a_loop_is_spoken_once(
    model: Any, speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    async def streamed(stream: Any) -> list[Any]:
        return await all_of(await stream)

    for call in (
        lambda llm: streamed(llm.astream_chat(QUESTION)),
        lambda llm: streamed(llm.astream_complete("?")),
        lambda llm: streamed(llm.astream(PROMPT, question="?")),
        lambda llm: llm.achat(QUESTION),
        lambda llm: llm.acomplete("?"),
        lambda llm: llm.apredict(PROMPT, question="?"),
    ):
        before = len(voice.words)
        assert await call(model(SCRIPT))
        assert await speech.wait_async(5)
        assert " ".join(word.text for word in voice.words[before:]) == "Hello there. Bye."


def test_speech_begins_while_the_model_writes(speech: SpeechEventHandler, sink: MemorySink) -> None:
    stream = ChatModel(["One two three. ", 0.3, "Four."]).stream_chat(QUESTION)
    next(stream)
    next(stream)
    assert ScriptedVoice.read(sink.samples).startswith("One two")
    assert next(stream, None) is None


def test_reasoning_and_tool_calls_are_not_spoken(speech: SpeechEventHandler, voice: ScriptedVoice) -> None:
    script = [
        Thinking("Hidden."),
        "Let me look. ",
        Tool("search", {"query": "hidden"}),
        "<think>Hidden.</think>",
    ]
    list(ChatModel(script).stream_chat(QUESTION))
    ChatModel(script).chat(QUESTION)
    assert speech.wait(5)
    assert voice.voiced == "Let me look. Let me look."


@pytest.mark.filterwarnings("ignore:The `json` method is deprecated")
def test_structured_output_is_not_spoken(speech: SpeechEventHandler, voice: ScriptedVoice) -> None:
    def fruit() -> ChatModel:
        return ChatModel(["Hidden. ", Tool("Fruit", {"name": "fig"})])

    data = ['{"name": ', '"fig"}']
    assert fruit().structured_predict(Fruit, PROMPT, question="?").name == "fig"
    assert list(fruit().stream_structured_predict(Fruit, PROMPT, question="?"))
    assert fruit().as_structured_llm(Fruit).chat(QUESTION).raw
    assert list(fruit().as_structured_llm(Fruit).stream_chat(QUESTION))
    assert PlainModel(data).structured_predict(Fruit, PROMPT, question="?").name == "fig"
    assert PlainModel(data).as_structured_llm(Fruit).complete("?").text == '{"name":"fig"}'
    assert ChatModel(data).complete("?").text == '{"name": "fig"}'
    assert list(ChatModel(data).stream_chat(QUESTION, response_format={"type": "json_object"}))
    assert speech.wait(5)
    assert voice.voiced == ""


@pytest.mark.filterwarnings("ignore:The `json` method is deprecated")
async def test_structured_output_is_not_spoken_on_a_loop(
    speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    def fruit() -> ChatModel:
        return ChatModel(["Hidden. ", Tool("Fruit", {"name": "fig"})])

    assert (await fruit().astructured_predict(Fruit, PROMPT, question="?")).name == "fig"
    assert await all_of(await fruit().astream_structured_predict(Fruit, PROMPT, question="?"))
    assert (await fruit().as_structured_llm(Fruit).achat(QUESTION)).raw
    assert await all_of(await fruit().as_structured_llm(Fruit).astream_chat(QUESTION))
    assert await speech.wait_async(5)
    assert voice.voiced == ""


def test_a_model_that_has_its_own_way_to_write_data_is_not_heard(
    speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    class Native(ChatModel):
        def _structured_stream_call(self, output_cls: Any, prompt: Any, *args: Any, **kwargs: Any) -> Any:
            for response in self.stream_chat(QUESTION):
                yield output_cls(name=response.message.content)

    model: Any = Native
    assert list(model(["Hidden ", "fig."]).stream_structured_predict(Fruit, PROMPT))
    assert speech.wait(5)
    assert voice.voiced == ""


def test_what_a_tool_s_helper_of_the_model_answers_is_spoken(
    speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    from llama_index.core.tools import FunctionTool

    def weather(city: str) -> str:
        return f"Sunny in {city}."

    model = ChatModel(["Hidden. ", Tool("weather", {"city": "Rome"})])
    assert model.predict_and_call([FunctionTool.from_defaults(weather)], "?").response == "Sunny in Rome."
    assert speech.wait(5)
    assert voice.voiced == "Sunny in Rome."


@SLOWLY
def test_an_error_is_silence(speech: SpeechEventHandler, sink: MemorySink) -> None:
    for model in (ChatModel, PlainModel):
        script: list[Any] = ["word " * 50, KeyError("gone")]
        with pytest.raises(KeyError):
            list(model(script).stream_chat(QUESTION))
        with pytest.raises(KeyError):
            model(script).chat(QUESTION)
        assert speech.wait(5)
    assert len(ScriptedVoice.read(sink.samples)) < 200


@SLOWLY
def test_a_retry_is_heard_and_the_failed_attempt_dropped(
    speech: SpeechEventHandler, sink: MemorySink
) -> None:
    model = ChatModel(["wrong " * 50, KeyError("gone")], ["Right."])
    for _ in range(2):
        try:
            list(model.stream_chat(QUESTION))
        except KeyError:
            continue
    assert speech.wait(5)
    said = ScriptedVoice.read(sink.samples)
    assert said.endswith("Right.")
    assert said.count("wrong") < 50


@SLOWLY
def test_a_reader_who_has_had_enough_hears_no_more(speech: SpeechEventHandler, sink: MemorySink) -> None:
    for model in (ChatModel, PlainModel):
        for _ in model(["word " * 50, "more " * 50]).stream_chat(QUESTION):
            break
        assert speech.wait(5)
    assert "more" not in ScriptedVoice.read(sink.samples)
    assert len(ScriptedVoice.read(sink.samples)) < 200


def test_a_stream_that_nobody_reads_is_forgotten(speech: SpeechEventHandler, voice: ScriptedVoice) -> None:
    ChatModel(SCRIPT).stream_chat(QUESTION)
    list(ChatModel(["Read."]).stream_chat(QUESTION))
    assert len(speech._listener) == 0
    ChatModel(SCRIPT).stream_chat(QUESTION)
    assert speech.wait(5)
    assert voice.voiced == "Read."


async def test_a_model_that_answers_in_another_thread_is_heard_once(
    speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    class Threaded(ChatModel):
        @llm_chat_callback()
        async def achat(self, messages: Any, **kwargs: Any) -> Any:
            return await asyncio.to_thread(self.chat, messages)

    model: Any = Threaded
    await model(SCRIPT).achat(QUESTION)
    assert await speech.wait_async(5)
    assert voice.voiced == "Hello there. Bye."


@SLOWLY
async def test_a_cancelled_task_falls_silent(speech: SpeechEventHandler, sink: MemorySink) -> None:
    async def read(model: Any) -> None:
        async for _ in await model.astream_chat(QUESTION):
            pass

    task = asyncio.create_task(read(ChatModel(["word " * 50, 5.0, "more"])))
    await asyncio.sleep(0.05)
    task.cancel()
    waiting = asyncio.create_task(ChatModel([5.0, "more"]).achat(QUESTION))
    await asyncio.sleep(0.05)
    waiting.cancel()
    await asyncio.gather(task, waiting, return_exceptions=True)
    assert await speech.wait_async(5)
    assert "more" not in ScriptedVoice.read(sink.samples)


def test_threads_are_heard_one_after_another(speech: SpeechEventHandler, sink: MemorySink) -> None:
    def ask(n: int) -> None:
        list(ChatModel([f"{n}a ", 0.02, f"{n}b ", 0.02, f"{n}c."]).stream_chat(QUESTION))

    threads = [threading.Thread(target=ask, args=[n]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert speech.wait(5)
    said = ScriptedVoice.read(sink.samples)
    assert len(said) == 4 * len("0a 0b 0c.")
    assert all(f"{n}a {n}b {n}c." in said for n in range(4))
