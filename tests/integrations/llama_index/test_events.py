"""`speak_events`: an agent's events come back as they were, and it is heard as they are read."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.agent.workflow import (
    AgentStream,
    AgentWorkflow,
    CodeActAgent,
    FunctionAgent,
    ReActAgent,
)
from llama_index.core.tools import FunctionTool
from llama_index.core.workflow import Context, StartEvent, StopEvent, Workflow, step
from support.llama_models import ChatModel, Thinking, Tool

from llmvox_plugins.core.errors import UnknownVoiceError
from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.llama_index import Speech, SpeechEventHandler, claims, speak_events

pytestmark = [
    pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:is_running called from within a step"),
]
SLOWLY = pytest.mark.parametrize("pace", [0.01])


def weather(city: str) -> str:
    """The weather."""
    return f"Hidden weather of {city}."


CALL = Tool("weather", {"city": "Rome"})
ASKS: list[Any] = [Thinking("Hidden."), "Let me look. ", CALL]
ANSWERS: list[Any] = ["It is ", "sunny."]


@pytest.fixture
def spoken(voice: ScriptedVoice, sink: MemorySink) -> Any:
    with Speech(voice, sink) as speech:
        yield speech
        assert speech.wait(5)
        assert speech._narrator._roots == {}


def agent(*scripts: list[Any], **options: Any) -> FunctionAgent:
    return FunctionAgent(tools=[weather], llm=ChatModel(*scripts), **options)


def team() -> AgentWorkflow:
    handoff = Tool("handoff", {"to_agent": "writer", "reason": "Hidden."})
    looks = agent(["I look. ", CALL], ["Over. ", handoff], name="researcher", description="looks")
    writes = agent(ANSWERS, name="writer", description="writes")
    return AgentWorkflow([looks, writes], root_agent="researcher")


@pytest.mark.parametrize("streaming", [True, False])
async def test_events_come_back_unchanged_and_are_heard(
    streaming: bool, spoken: Speech, voice: ScriptedVoice
) -> None:
    plain = [event async for event in agent(ASKS, ANSWERS, streaming=streaming).run("?").stream_events()]
    running = agent(ASKS, ANSWERS, streaming=streaming).run("?")
    events = [event async for event in speak_events(running, speech=spoken)]
    assert [type(event) for event in events] == [type(event) for event in plain]
    assert str(await running) == "It is sunny."
    assert await spoken.wait_async(5)
    assert voice.voiced == "Let me look. It is sunny."


async def test_it_is_heard_while_it_is_written(spoken: Speech, sink: MemorySink) -> None:
    running = agent(["One two three. ", 0.3, "Four."]).run("?")
    async for event in speak_events(running, speech=spoken):
        if isinstance(event, AgentStream) and event.delta == "Four.":
            assert ScriptedVoice.read(sink.samples).startswith("One two")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "I look. Over. It is sunny."),
        ({"final_only": True}, "It is sunny."),
        ({"filler": "Hm."}, "I look. Hm. Over. It is sunny."),
        ({"only": ["writer"]}, "It is sunny."),
        ({"mute": ["writer"]}, "I look. Over."),
    ],
)
async def test_options(options: dict[str, Any], said: str, voice: ScriptedVoice, sink: MemorySink) -> None:
    gate = asyncio.Event()
    running = team().run("?")
    async for _ in speak_events(running, voice, sink, **options):
        pass
    for _ in range(100):
        await asyncio.sleep(0.02)
        if voice.voiced == said:
            gate.set()
            break
    assert voice.voiced == said


async def test_agents_have_voices_of_their_own(voice: ScriptedVoice, sink: MemorySink) -> None:
    other = ScriptedVoice()
    with Speech(voice, sink, voices={"writer": other}) as speech:
        async for _ in speak_events(team().run("?"), speech=speech):
            pass
    assert (voice.voiced, other.voiced) == ("I look. Over.", "It is sunny.")


async def test_of_a_react_agent_only_the_answer_is_heard(spoken: Speech, voice: ScriptedVoice) -> None:
    action = 'I need it. Hidden.\nAction: weather\nAction Input: {"city": "Rome"}\n'
    final = "Thought: Hidden.\nAnswer: It is sunny."
    for streaming in (True, False):
        scripts = [[f"Thought: {action}"], list(action), ["Answer: Hidden."], list(final)]
        reasons = ReActAgent(tools=[weather], llm=ChatModel(*scripts), streaming=streaming)
        async for _ in speak_events(reasons.run("?"), speech=spoken):
            pass
    assert await spoken.wait_async(5)
    assert voice.voiced == "It is sunny. It is sunny."


async def test_code_is_not_heard(spoken: Speech, voice: ScriptedVoice) -> None:
    async def execute(code: str) -> str:
        return "Hidden."

    writes = CodeActAgent(execute, llm=ChatModel(list("One. <execute>Hidden</execute>"), ["Two."]))
    async for _ in speak_events(writes.run("?"), speech=spoken):
        pass
    assert await spoken.wait_async(5)
    assert voice.voiced == "One. Two."


async def test_a_tool_whose_output_is_the_answer_is_heard(spoken: Speech, voice: ScriptedVoice) -> None:
    def forecast(city: str) -> str:
        return f"Sunny in {city}."

    tool = FunctionTool.from_defaults(forecast, return_direct=True)
    asks = FunctionAgent(tools=[tool], llm=ChatModel([Tool("forecast", {"city": "Rome"})]))
    async for _ in speak_events(asks.run("?"), speech=spoken):
        pass
    assert await spoken.wait_async(5)
    assert voice.voiced == "Sunny in Rome."


async def test_of_another_workflow_the_result_is_heard(spoken: Speech, voice: ScriptedVoice) -> None:
    class Writes(Workflow):
        @step
        async def write(self, ctx: Context, ev: StartEvent) -> StopEvent:
            return StopEvent(result=str(await ChatModel(["The text."]).acomplete("?")))

    async for _ in speak_events(Writes().run(), speech=spoken):
        pass
    assert await spoken.wait_async(5)
    assert voice.voiced == "The text."


@SLOWLY
async def test_failing_and_cancelled_agents_fall_silent(spoken: Speech, sink: MemorySink) -> None:
    failing = agent(["word " * 50, KeyError("gone")]).run("?")
    async for _ in speak_events(failing, speech=spoken):
        pass
    with pytest.raises(KeyError):
        await failing
    cancelled = agent(["word " * 50, 5.0, "more"]).run("?")
    async for event in speak_events(cancelled, speech=spoken):
        if isinstance(event, AgentStream):
            await cancelled.cancel_run()
    assert await spoken.wait_async(5)
    assert ScriptedVoice.read(sink.samples).count("word") < 50


@SLOWLY
async def test_a_reader_who_has_had_enough_hears_no_more(spoken: Speech, sink: MemorySink) -> None:
    for cancels in (False, True):
        running = agent(["word " * 50, 5.0, "more"]).run("?")

        async def read(events: Any, cancels: bool = cancels) -> None:
            async for event in events:
                if isinstance(event, AgentStream) and not cancels:
                    break

        events = speak_events(running, speech=spoken)
        task = asyncio.create_task(read(events))
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await events.aclose()  # type: ignore[attr-defined]
        await running.cancel_run()
        await asyncio.gather(running, return_exceptions=True)
    assert await spoken.wait_async(5)
    assert ScriptedVoice.read(sink.samples).count("word") < 50


async def test_it_is_heard_here_and_not_from_the_attached_handler(
    speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    other = ScriptedVoice()
    with Speech(other, MemorySink()) as spoken:
        running = team().run("?")
        async for _ in speak_events(running, speech=spoken):
            pass
        await running
        late = agent(ASKS, ANSWERS).run("?")
        await asyncio.sleep(0)
        async for _ in speak_events(late, speech=spoken):
            pass
        assert await spoken.wait_async(5)
    assert other.voiced == "I look. Over. It is sunny. Let me look. It is sunny."
    assert await speech.wait_async(5)
    assert voice.voiced == ""
    assert claims._claimed == set()
    assert claims._runs == {}


async def test_the_handler_itself_may_speak_them(speech: SpeechEventHandler, voice: ScriptedVoice) -> None:
    async for _ in speak_events(agent(ASKS, ANSWERS).run("?"), speech=speech):
        pass
    assert await speech.wait_async(5)
    assert voice.voiced == "Let me look. It is sunny."


async def test_a_recording_of_its_own_is_complete_soon(tmp_path: Path, voice: ScriptedVoice) -> None:
    path = tmp_path / "answer.mp3"
    async for _ in speak_events(agent(ANSWERS).run("?"), voice, path):
        pass
    size = -1
    while path.stat().st_size != size or size < 1000:
        size = path.stat().st_size
        await asyncio.sleep(0.2)


async def test_what_cannot_be_opened_raises_at_once() -> None:
    running = agent(ANSWERS).run("?")
    with pytest.raises(UnknownVoiceError):
        speak_events(running, "no-such-voice")
    await running
