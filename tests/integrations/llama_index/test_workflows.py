"""Workflows of one's own: streams are heard as they are written, other texts if they are results."""

import asyncio
from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.llms import ChatMessage
from llama_index.core.workflow import Context, Event, StartEvent, StopEvent, Workflow, step
from llama_index_instrumentation import get_dispatcher
from support.llama_models import ChatModel, PlainModel, index_of
from workflows.retry_policy import retry_policy, stop_after_attempt, wait_none

from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.llama_index import SpeechEventHandler, attach

pytestmark = pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecationWarning")
SLOWLY = pytest.mark.parametrize("pace", [0.01])
QUESTION = [ChatMessage(content="?")]


class Draft(Event):
    text: str


class Report(StopEvent):
    answer: str
    score: int = 0


async def streamed(model: Any) -> str:
    return "".join([each.delta or "" async for each in await model.astream_chat(QUESTION)])


class Drafts(Workflow):
    """A draft, which nobody sees, and a text."""

    model: Any
    result: Any = staticmethod(str)

    @step
    async def draft(self, ctx: Context, ev: StartEvent) -> Draft:
        return Draft(text=str(await self.model.acomplete("?")))

    @step
    async def improve(self, ctx: Context, ev: Draft) -> StopEvent:
        result: StopEvent = self.result(await self.model.acomplete(ev.text))
        return result if isinstance(result, StopEvent) else StopEvent(result=result)


def drafts(result: Any = str) -> Drafts:
    workflow = Drafts()
    workflow.model, workflow.result = ChatModel(["Hidden ", "draft."], ["The ", "text."]), result
    return workflow


@pytest.mark.parametrize(
    "result",
    [
        str,
        lambda response: response,
        lambda response: {"response": response, "sources": ["Hidden."]},
        lambda response: {"sources": ["Hidden."], "answer": response.text},
        lambda response: Report(answer=response.text),
    ],
)
async def test_of_models_that_do_not_stream_only_the_result_is_heard(
    result: Any, speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    await drafts(result).run()
    assert await speech.wait_async(5)
    assert voice.voiced == "The text."


@pytest.mark.parametrize("result", [lambda response: None, lambda response: {"score": 3}, lambda response: 3])
async def test_a_result_that_is_no_text_is_not_heard(
    result: Any, speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    await drafts(result).run()
    assert await speech.wait_async(5)
    assert voice.voiced == ""


class Streams(Workflow):
    """Two streams, and both together as the result."""

    model: Any
    final: Any = None

    @step
    async def first(self, ctx: Context, ev: StartEvent) -> Draft:
        return Draft(text=await streamed(self.model))

    @step
    async def second(self, ctx: Context, ev: Draft) -> StopEvent:
        second = await streamed(self.model)
        return StopEvent(result=self.final or f"{ev.text}\n\n{second}")


@pytest.mark.parametrize("model", [ChatModel, PlainModel])
async def test_streams_are_heard_and_not_again_as_the_result(
    model: Any, speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    for final in (None, "Two ", " The sum of both is three."):
        workflow = Streams()
        workflow.model, workflow.final = model(["One ", "one."], ["Two ", "two."]), final
        await workflow.run()
    assert await speech.wait_async(5)
    assert voice.voiced == "One one. Two two. One one. Two two. One one. Two two. The sum of both is three."


async def test_final_only_is_the_result_alone(voice: ScriptedVoice, sink: MemorySink) -> None:
    with attach(voice=voice, to=sink, final_only=True) as speech:
        workflow = Streams()
        workflow.model = ChatModel(["One ", "one."], ["Two ", "two."])
        workflow.final = "Three."
        await workflow.run()
        assert await speech.wait_async(5)
    assert voice.voiced == "Three."


async def test_steps_are_muted_by_name(voice: ScriptedVoice, sink: MemorySink) -> None:
    with attach(voice=voice, to=sink, mute=["first"]) as speech:
        workflow = Streams()
        workflow.model = ChatModel(["One ", "one."], ["Two ", "two."])
        await workflow.run()
        assert await speech.wait_async(5)
    assert voice.voiced == "Two two."


class Asks(Workflow):
    """Asks an engine for facts, and then for the answer."""

    facts: Any
    answer: Any

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        facts = await self.facts.aquery("?")
        return StopEvent(result=await self.answer.aquery(str(facts)))


@pytest.mark.parametrize("streaming", [True, False])
async def test_an_engine_s_response_is_heard_if_it_is_the_result(
    streaming: bool, speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    workflow = Asks()
    workflow.facts = index_of("A fact.").as_query_engine(llm=ChatModel(["Hidden."]))
    workflow.answer = index_of("A fact.").as_query_engine(
        llm=ChatModel(["The ", "answer."]), streaming=streaming
    )
    response: Any = await workflow.run()
    assert (str(await response.get_response()) if streaming else str(response)) == "The answer."
    assert await speech.wait_async(5)
    assert voice.voiced == "The answer."


class Fails(Workflow):
    """Says something, and fails after it, a few times."""

    model: Any
    failures: int

    @step(retry_policy=retry_policy(stop=stop_after_attempt(3), wait=wait_none()))
    async def write(self, ctx: Context, ev: StartEvent) -> StopEvent:
        text = await streamed(self.model)
        self.failures -= 1
        if self.failures >= 0:
            raise KeyError("gone")
        return StopEvent(result=text)


@SLOWLY
async def test_a_step_s_failed_attempts_are_dropped(speech: SpeechEventHandler, sink: MemorySink) -> None:
    workflow = Fails()
    workflow.model, workflow.failures = ChatModel(["wrong " * 50], ["wrong " * 50], ["Right."]), 2
    await workflow.run()
    assert await speech.wait_async(5)
    said = ScriptedVoice.read(sink.samples)
    assert said.endswith("Right.")
    assert said.count("wrong") < 30


@SLOWLY
async def test_a_workflow_that_fails_falls_silent(speech: SpeechEventHandler, sink: MemorySink) -> None:
    workflow = Fails()
    workflow.model, workflow.failures = ChatModel(*[["wrong " * 50]] * 3), 3
    with pytest.raises(KeyError):
        await workflow.run()
    assert await speech.wait_async(5)
    assert ScriptedVoice.read(sink.samples).count("wrong") < 60


async def test_a_workflow_that_is_interrupted_before_it_speaks_stays_silent(
    speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    class Waits(Workflow):
        @step
        async def wait(self, ctx: Context, ev: StartEvent) -> StopEvent:
            await asyncio.sleep(0.05)
            await streamed(ChatModel(["Hidden."]))
            engine = index_of("A fact.").as_query_engine(llm=ChatModel(["Hidden."]), streaming=True)
            await (await engine.aquery("?")).get_response()  # type: ignore[misc, union-attr]
            return StopEvent(result="Hidden.")

    running = Waits().run()
    await asyncio.sleep(0.02)
    assert speech.interrupt().text == ""
    await running
    await streamed(ChatModel(["Heard."]))
    assert await speech.wait_async(5)
    assert voice.voiced == "Heard."


class Races(Workflow):
    """Two steps at once; the first to end ends the other."""

    slow: Any
    fast: Any

    @step
    async def slowly(self, ctx: Context, ev: StartEvent) -> Draft | None:
        await streamed(self.slow)
        return None

    @step
    async def quickly(self, ctx: Context, ev: StartEvent) -> StopEvent:
        return StopEvent(result=await streamed(self.fast))

    @step
    async def never(self, ctx: Context, ev: Draft) -> StopEvent:
        return StopEvent()


async def test_a_step_that_is_cut_short_falls_silent(speech: SpeechEventHandler, sink: MemorySink) -> None:
    workflow = Races()
    workflow.slow, workflow.fast = ChatModel([0.05, "slow ", 5.0, "more"]), ChatModel([0.1, "Fast."])
    await workflow.run()
    assert await speech.wait_async(5)
    said = ScriptedVoice.read(sink.samples)
    assert said.endswith("Fast.")
    assert "more" not in said


async def test_an_agent_that_works_in_a_step_is_heard(
    speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    class Delegates(Workflow):
        @step
        async def delegate(self, ctx: Context, ev: StartEvent) -> StopEvent:
            agent = FunctionAgent(name="helper", llm=ChatModel(["I ", "help."]))
            return StopEvent(result=str(await agent.run("?")))

    await Delegates().run()
    assert await speech.wait_async(5)
    assert voice.voiced == "I help."


async def test_a_step_that_is_no_coroutine_is_heard(speech: SpeechEventHandler, voice: ScriptedVoice) -> None:
    class Plain(Workflow):
        @step
        def write(self, ctx: Context, ev: StartEvent) -> StopEvent:
            model = ChatModel(["In a ", "thread."])
            return StopEvent(result="".join(each.delta or "" for each in model.stream_chat(QUESTION)))

    await Plain().run()
    assert await speech.wait_async(5)
    assert voice.voiced == "In a thread."


async def test_what_stands_in_one_span_of_the_program_is_one_call(
    speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    dispatcher = get_dispatcher("program")

    @dispatcher.span
    async def both() -> None:
        await streamed(ChatModel(["One."]))
        ChatModel(["Two."]).complete("?")
        index_of("A fact.").as_query_engine(llm=ChatModel(["Three."])).query("?")

    await both()
    assert await speech.wait_async(5)
    assert voice.voiced == "One. Two. Three."
    assert speech.spoken.text == "One.\n\nTwo.\n\nThree."


@SLOWLY
async def test_a_span_of_the_program_that_fails_falls_silent(
    speech: SpeechEventHandler, sink: MemorySink
) -> None:
    @get_dispatcher("program").span
    async def fails() -> None:
        await streamed(ChatModel(["word " * 50]))
        await asyncio.sleep(0.05)
        raise KeyError("gone")

    with pytest.raises(KeyError):
        await fails()
    assert await speech.wait_async(5)
    assert ScriptedVoice.read(sink.samples).count("word") < 30
