"""`speak_response`: whatever LlamaIndex returns comes back as it was, and is heard as it is read."""

import asyncio
import gc
import subprocess
import sys
import time
import wave
from pathlib import Path
from typing import Any

import pytest
from llama_index.core import Response
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatResponse, CompletionResponse
from llama_index.core.base.response.schema import AsyncStreamingResponse, PydanticResponse, StreamingResponse
from llama_index.core.chat_engine import SimpleChatEngine
from llama_index.core.chat_engine.types import AgentChatResponse, StreamingAgentChatResponse
from llama_index.core.llms import ChatMessage
from pydantic import BaseModel
from support.llama_models import ChatModel, PlainModel, Thinking, index_of, notes

from llmvox_plugins.core.audio import AudioChunk
from llmvox_plugins.core.errors import SinkError, UnknownVoiceError
from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.llama_index import Speech, SpeechEventHandler, attach, speak_response

pytestmark = [
    pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]
QUESTION = [ChatMessage(content="?")]
SCRIPT: list[Any] = ["It is ", "scattered ", "light."]
SAID = "It is scattered light."
SLOWLY = pytest.mark.parametrize("pace", [0.01])


class Data(BaseModel):
    text: str = "Hidden."


@pytest.fixture
def spoken(voice: ScriptedVoice, sink: MemorySink) -> Any:
    with Speech(voice, sink) as speech:
        yield speech
        assert speech.wait(5)
        assert speech._narrator._roots == {}


def engine(script: list[Any] = SCRIPT, model: Any = ChatModel) -> Any:
    return index_of("A fact.").as_query_engine(llm=model(script), streaming=True)


def chat(script: list[Any] = SCRIPT) -> Any:
    return SimpleChatEngine.from_defaults(llm=ChatModel(script), memory=notes())


@pytest.mark.parametrize(
    "response",
    [
        Response(SAID),
        AgentChatResponse(SAID),
        CompletionResponse(text=SAID),
        ChatResponse(message=ChatMessage(content=SAID)),
        StreamingResponse(iter(()), response_txt=SAID),  # type: ignore[arg-type]
        SAID,
    ],
)
def test_what_is_complete_is_spoken_at_once(response: Any, spoken: Speech, voice: ScriptedVoice) -> None:
    assert speak_response(response, speech=spoken) is response
    assert spoken.wait(5)
    assert voice.voiced == SAID


def test_data_and_nothing_are_not_spoken(spoken: Speech, voice: ScriptedVoice) -> None:
    for response in (PydanticResponse(Data()), Response(None), Response('{"text": "Hidden."}')):
        assert speak_response(response, speech=spoken) is response
    assert spoken.wait(5)
    assert voice.voiced == ""


def test_a_streaming_response_is_spoken_as_it_is_read(spoken: Speech, voice: ScriptedVoice) -> None:
    for read in (
        lambda response: "".join(response.response_gen),
        str,
        lambda response: response.get_response().response,
    ):
        response = engine().query("Why?")
        assert speak_response(response, speech=spoken) is response
        assert type(response) is StreamingResponse
        assert read(response) == SAID
    assert spoken.wait(5)
    assert voice.voiced == " ".join([SAID] * 3)


async def test_an_async_streaming_response_is_spoken_as_it_is_read(
    spoken: Speech, voice: ScriptedVoice
) -> None:
    response = await engine().aquery("Why?")
    assert speak_response(response, speech=spoken) is response
    assert type(response) is AsyncStreamingResponse
    assert "".join([token async for token in response.async_response_gen()]) == SAID
    response = speak_response(await engine().aquery("Why?"), speech=spoken)
    await response.print_response_stream()
    assert await spoken.wait_async(5)
    assert voice.voiced == f"{SAID} {SAID}"


def test_a_chat_is_spoken_as_it_is_read(
    spoken: Speech, voice: ScriptedVoice, capsys: pytest.CaptureFixture[str]
) -> None:
    response = chat().stream_chat("Why?")
    assert speak_response(response, speech=spoken) is response
    assert isinstance(response, StreamingAgentChatResponse)
    assert "".join(response.response_gen) == SAID
    assert response.response == SAID
    speak_response(chat().stream_chat("Why?"), speech=spoken).print_response_stream()
    assert capsys.readouterr().out == SAID
    response = speak_response(chat().stream_chat("Why?"), speech=spoken)
    response.write_response_to_history_thread.join()
    assert str(response) == SAID
    assert spoken.wait(5)
    assert voice.voiced == " ".join([SAID] * 3)


async def test_a_chat_on_a_loop_is_spoken_as_it_is_read(spoken: Speech, voice: ScriptedVoice) -> None:
    response = speak_response(await chat().astream_chat("Why?"), speech=spoken)
    assert "".join([token async for token in response.async_response_gen()]) == SAID
    assert await spoken.wait_async(5)
    assert voice.voiced == SAID


@pytest.mark.parametrize("model", [ChatModel, PlainModel])
def test_a_model_s_stream_comes_back_as_a_stream(model: Any, spoken: Speech, voice: ScriptedVoice) -> None:
    for stream in (model(SCRIPT).stream_chat(QUESTION), model(SCRIPT).stream_complete("?")):
        items = list(speak_response(stream, speech=spoken))
        assert [item.delta for item in items] == SCRIPT
    assert list(speak_response(iter(SCRIPT), speech=spoken)) == SCRIPT
    assert spoken.wait(5)
    assert voice.voiced == " ".join([SAID] * 3)


async def test_an_async_stream_comes_back_as_a_stream(spoken: Speech, voice: ScriptedVoice) -> None:
    stream = speak_response(await ChatModel(SCRIPT).astream_chat(QUESTION), speech=spoken)
    assert [item.delta async for item in stream] == SCRIPT
    assert await spoken.wait_async(5)
    assert voice.voiced == SAID


def test_reasoning_is_not_spoken(spoken: Speech, voice: ScriptedVoice) -> None:
    script: list[Any] = [Thinking("Hidden."), "<think>Hidden.</think>", *SCRIPT]
    list(speak_response(ChatModel(script).stream_chat(QUESTION), speech=spoken))
    speak_response(ChatModel(script).chat(QUESTION), speech=spoken)
    react = ["Thought: Hidden.\nAns", "wer: ", SAID]
    list(speak_response(ChatModel(react).stream_chat(QUESTION), speech=spoken))
    assert spoken.wait(5)
    assert voice.voiced == " ".join([SAID] * 3)


@SLOWLY
def test_what_is_not_read_is_not_heard(spoken: Speech, sink: MemorySink) -> None:
    script: list[Any] = ["word " * 50, "more"]
    for response in (engine(script).query("Why?"), chat(script).stream_chat("Why?")):
        for _ in speak_response(response, speech=spoken).response_gen:
            break
        del response
    tokens = speak_response(ChatModel(script).stream_chat(QUESTION), speech=spoken)
    next(tokens)
    tokens.close()
    assert next(tokens, None) is None
    for unread in (engine(script).query("Why?"), chat(script).stream_chat("Why?"), iter(script)):
        speak_response(unread, speech=spoken)
        del unread
    gc.collect()
    assert spoken.wait(5)
    assert "more" not in ScriptedVoice.read(sink.samples)
    assert len(ScriptedVoice.read(sink.samples)) < 300


@SLOWLY
def test_an_error_falls_silent_and_reaches_the_reader(spoken: Speech, sink: MemorySink) -> None:
    script: list[Any] = ["word " * 50, KeyError("gone")]
    for response in (engine(script).query("Why?"), chat(script).stream_chat("Why?")):
        with pytest.raises(KeyError):
            list(speak_response(response, speech=spoken).response_gen)
    with pytest.raises(KeyError):
        list(speak_response(ChatModel(script).stream_chat(QUESTION), speech=spoken))
    assert spoken.wait(5)
    assert len(ScriptedVoice.read(sink.samples)) < 300


@SLOWLY
async def test_a_cancelled_reader_falls_silent(spoken: Speech, sink: MemorySink) -> None:
    async def read(items: Any) -> None:
        async for _ in items:
            pass

    script: list[Any] = ["word " * 50, 5.0, "more"]
    response = speak_response(await engine(script).aquery("Why?"), speech=spoken)
    stream = speak_response(await ChatModel(script).astream_chat(QUESTION), speech=spoken)
    tasks = [asyncio.create_task(read(items)) for items in (response.async_response_gen(), stream)]
    await asyncio.sleep(0.05)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert await spoken.wait_async(5)
    assert "more" not in ScriptedVoice.read(sink.samples)


def test_it_may_be_interrupted(sink: MemorySink) -> None:
    with Speech(ScriptedVoice(delay=0.02), sink) as speech:
        stream = speak_response(ChatModel(["word " * 50, "more"]).stream_chat(QUESTION), speech=speech)
        next(stream)
        time.sleep(0.1)
        assert "word" in speech.interrupt().heard
        assert len(list(stream)) == 1
        speak_response("Next.", speech=speech)
    assert ScriptedVoice.read(sink.samples).endswith("Next.")


def test_a_recording_of_its_own_is_complete_soon(tmp_path: Path, voice: ScriptedVoice) -> None:
    path = tmp_path / "answer.mp3"
    for response in (engine().query("Why?"), Response(SAID)):
        str(speak_response(response, voice, path))
        size = -1
        while path.stat().st_size != size or size < 1000:
            size = path.stat().st_size
            time.sleep(0.2)
    unread = tmp_path / "unread.wav"
    speak_response(engine().query("Why?"), voice, unread)
    gc.collect()
    time.sleep(0.3)
    with wave.open(str(unread)) as file:
        assert file.getnframes() == 0


def test_a_program_that_ends_at_once_finishes_its_speech(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "from llama_index.core import Response\n"
        "from llmvox_plugins.core.testing import ScriptedVoice\n"
        "from llmvox_plugins.integrations.llama_index import speak_response\n"
        "speak_response(Response('One two three four five.'), ScriptedVoice(delay=0.1), 'said.wav')\n"
        "kept = speak_response(iter(['never read']), ScriptedVoice(), 'unread.wav')\n"
        "tokens = speak_response(iter(['Half', ' of it']), ScriptedVoice(), 'half.wav')\n"
        "next(tokens)\n"
    )
    done = subprocess.run([sys.executable, program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
    with wave.open(str(tmp_path / "said.wav")) as file:
        assert file.getnframes() == len("One two three four five.") * 160


def test_what_cannot_be_opened_raises_at_once(voice: ScriptedVoice) -> None:
    with pytest.raises(UnknownVoiceError):
        speak_response(Response(SAID), "no-such-voice")
    with pytest.raises(SinkError):
        speak_response(Response(SAID), voice, "/nowhere/answer.wav")


async def test_what_is_no_response_is_refused(spoken: Speech) -> None:
    coroutine = engine().aquery("Why?")
    with pytest.raises(TypeError, match="not coroutine"):
        speak_response(coroutine, speech=spoken)
    coroutine.close()


def test_trouble_with_speech_stays_away_from_the_reader() -> None:
    def broken(chunk: AudioChunk) -> None:
        raise OSError("no device")

    with Speech(ScriptedVoice(), broken) as speech:
        assert str(speak_response(engine().query("Why?"), speech=speech)) == SAID
        speech.wait(5)
        assert isinstance(speech.error, SinkError)
    raising = Speech(ScriptedVoice(), broken, raise_errors=True)
    with pytest.raises(SinkError):
        for _ in speak_response(ChatModel(["word. ", 0.2] * 10).stream_chat(QUESTION), speech=raising):
            pass


# beside an attached handler


@pytest.mark.parametrize("pace", [0.05])  # a chat is being written before anybody can claim it
async def test_it_is_heard_here_and_not_from_the_attached_handler(
    speech: SpeechEventHandler, sink: MemorySink
) -> None:
    other = ScriptedVoice()
    with Speech(other, MemorySink()) as spoken:
        for response in (
            engine().query("Why?"),
            engine(model=PlainModel).query("Why?"),
            chat().stream_chat("Why?"),
        ):
            assert "".join(speak_response(response, speech=spoken).response_gen) == SAID
        for stream in (ChatModel(SCRIPT).stream_chat(QUESTION), PlainModel(SCRIPT).stream_complete("?")):
            assert len(list(speak_response(stream, speech=spoken))) == 3
        answer = speak_response(await engine().aquery("Why?"), speech=spoken)
        assert str(await answer.get_response()) == SAID
        tokens = speak_response(await chat().astream_chat("Why?"), speech=spoken).async_response_gen()
        assert len([token async for token in tokens]) == 3
        items = speak_response(await PlainModel(SCRIPT).astream_chat(QUESTION), speech=spoken)
        assert len([item async for item in items]) == 3
        assert await spoken.wait_async(5)
    assert other.voiced == " ".join([SAID] * 8)
    assert await speech.wait_async(5)
    assert len(ScriptedVoice.read(sink.samples)) < len("It is")


def test_whatever_the_program_does_for_the_next_item_is_heard_here_alone(
    speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    def writes() -> Any:
        yield str(engine(["One "]).query("?"))
        yield str(index_of("A fact.").as_query_engine(llm=ChatModel(["two "])).query("?"))
        yield ChatModel(["three."]).complete("?").text

    other = ScriptedVoice()
    with Speech(other, MemorySink()) as spoken:
        assert len(list(speak_response(writes(), speech=spoken))) == 3
    assert other.voiced == "One two three."
    assert speech.wait(5)
    assert voice.voiced == ""


@SLOWLY
async def test_what_the_attached_handler_has_begun_to_say_is_taken_from_it(
    speech: SpeechEventHandler, sink: MemorySink
) -> None:
    script: list[Any] = ["word " * 50]
    other = ScriptedVoice()
    with Speech(other, MemorySink()) as spoken:
        speak_response(ChatModel(script).chat(QUESTION), speech=spoken)
        speak_response(ChatModel(script).complete("?"), speech=spoken)
        speak_response(index_of("A fact.").as_query_engine(llm=ChatModel(script)).query("?"), speech=spoken)
        speak_response(chat(script).chat("?"), speech=spoken)
        speak_response(await FunctionAgent(llm=ChatModel(script)).run("?"), speech=spoken)
        assert await spoken.wait_async(5)
    assert len(other.words) == 250
    assert await speech.wait_async(5)
    assert ScriptedVoice.read(sink.samples).count("word") < 50


def test_the_handler_itself_may_speak_it(speech: SpeechEventHandler, voice: ScriptedVoice) -> None:
    assert str(speak_response(engine().query("Why?"), speech=speech)) == SAID
    with attach(speech):
        list(speak_response(ChatModel(SCRIPT).stream_chat(QUESTION), speech=speech))
    assert speech.wait(5)
    assert voice.voiced == f"{SAID} {SAID}"
