"""`SpeechMiddleware`: an agent's own model calls are heard, and no others; nobody else repeats them."""

import asyncio
import threading
import time
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    ModelFallbackMiddleware,
    ModelRetryMiddleware,
    SummarizationMiddleware,
    wrap_model_call,
)
from langchain.agents.structured_output import StructuredOutputError, ToolStrategy
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from pydantic import BaseModel
from support.gate import Gate
from support.langchain_models import (
    WHY,
    ScriptedModel,
    SilentModel,
    calling,
    look_up,
    reasoning,
    tool_call,
)

from llmvox_plugins import StreamState
from llmvox_plugins.core.errors import UnknownVoiceError
from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.langchain import SpeechCallbackHandler, SpeechMiddleware, spoken_message

FILLER = "Let me look that up."
SAID = "Let me look. It is a word."


@pytest.fixture
def speech(voice: ScriptedVoice, sink: MemorySink) -> SpeechMiddleware:
    return SpeechMiddleware(voice, sink)


def model(*scripts: list[Any], kind: type[ScriptedModel] = ScriptedModel) -> Any:
    return kind(scripts=list(scripts))


def agent(*middleware: Any, kind: type[ScriptedModel] = ScriptedModel, **options: Any) -> Any:
    looks = ["Let me ", reasoning("Hm."), "look. ", tool_call("look_up", word="x")]
    return create_agent(
        model(looks, ["It is ", "a word."], kind=kind), [look_up], middleware=middleware, **options
    )


@pytest.mark.parametrize("kind", [ScriptedModel, SilentModel])
def test_the_agent_is_heard(
    kind: type[ScriptedModel], speech: SpeechMiddleware, voice: ScriptedVoice
) -> None:
    agent(speech, kind=kind).invoke(WHY)
    assert speech.wait(5)
    assert voice.voiced == SAID


@pytest.mark.parametrize("kind", [ScriptedModel, SilentModel])
async def test_the_agent_is_heard_on_an_event_loop_whatever_the_python(
    kind: type[ScriptedModel], speech: SpeechMiddleware, voice: ScriptedVoice
) -> None:
    await agent(speech, kind=kind).ainvoke(WHY)
    assert await speech.wait_async(5)
    assert voice.voiced == SAID


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
@pytest.mark.parametrize("mode", ["messages", "values", "updates", "v3"])
async def test_the_agent_is_heard_however_it_is_streamed(
    mode: str, speech: SpeechMiddleware, voice: ScriptedVoice
) -> None:
    if mode == "v3":
        list(agent(speech).stream_events(WHY, version="v3"))
        async for _ in await agent(speech).astream_events(WHY, version="v3"):
            pass
    else:
        list(agent(speech).stream(WHY, stream_mode=mode))
        async for _ in agent(speech).astream(WHY, stream_mode=mode):
            pass
    assert await speech.wait_async(5)
    assert voice.voiced == f"{SAID} {SAID}"


def test_invoke_is_made_to_stream(speech: SpeechMiddleware, sink: MemorySink) -> None:
    slow: Any = create_agent(model(["Hello ", "there. ", 0.3, "Bye."]), [], middleware=[speech])
    asking = threading.Thread(target=slow.invoke, args=(WHY,))
    asking.start()
    time.sleep(0.15)
    assert ScriptedVoice.read(sink.samples) == "Hello there."
    asking.join()


def test_a_handler_leaves_its_agent_to_it(speech: SpeechMiddleware, voice: ScriptedVoice) -> None:
    other, elsewhere = ScriptedVoice(), MemorySink()
    with SpeechCallbackHandler(other, elsewhere, filler=FILLER) as handler:
        agent(speech).invoke(WHY, config=calling(handler))
        agent().invoke(WHY, config=calling(handler))
        assert handler.wait(5)
    assert speech.wait(5)
    assert voice.voiced == SAID
    assert other.voiced == SAID


def sub_agent(*middleware: Any) -> Any:
    inner: Any = create_agent(model(["From within."]), [], middleware=middleware)

    @tool
    def ask(question: str) -> str:
        """Ask."""
        return str(inner.invoke({"messages": [("user", question)]})["messages"][-1].text)

    return ask


def outer_agent(ask: Any, *middleware: Any) -> Any:
    scripts: list[list[Any]] = [["I ask. ", tool_call("ask", question="x")], ["It says so."]]
    return create_agent(model(*scripts), [ask], middleware=middleware)


def test_only_the_agent_that_has_it_is_heard(voice: ScriptedVoice, sink: MemorySink) -> None:
    speech = SpeechMiddleware(voice, sink)
    outer_agent(sub_agent(), speech).invoke(WHY)
    outer_agent(sub_agent(speech)).invoke(WHY)
    assert speech.wait(5)
    assert voice.voiced == "I ask. It says so. From within."


def test_each_agent_may_have_its_own_and_one_place(voice: ScriptedVoice, sink: MemorySink) -> None:
    other = ScriptedVoice()
    outer, inner = SpeechMiddleware(voice, sink), SpeechMiddleware(other, sink)
    outer_agent(sub_agent(inner), outer).invoke(WHY)
    assert outer.wait(5)
    assert inner.wait(5)
    assert voice.voiced == "I ask. It says so."
    assert other.voiced == "From within."
    assert ScriptedVoice.read(sink.samples) == "I ask.From within.It says so."


def test_what_other_middleware_asks_is_not_heard(speech: SpeechMiddleware, voice: ScriptedVoice) -> None:
    guard = model(["harmless"])

    @wrap_model_call
    def guarded(request: Any, handler: Any) -> Any:
        guard.invoke("?")
        return handler(request)

    summary = SummarizationMiddleware(model(["A summary."]), trigger=("messages", 3), keep=("messages", 1))
    checked: Any = create_agent(model(["Heard."]), [], middleware=[summary, guarded, speech])
    checked.invoke({"messages": [("user", "1"), ("ai", "2"), ("user", "3"), ("ai", "4"), ("user", "5")]})
    assert speech.wait(5)
    assert voice.voiced == "Heard."


@pytest.mark.parametrize("last", [True, False])
def test_attempts_in_vain_are_taken_back_wherever_it_stands(last: bool, voice: ScriptedVoice) -> None:
    gate = Gate()
    speech = SpeechMiddleware(voice, gate)
    speech.say("Listen.")
    gone = ConnectionError("gone")
    first = model(
        ["Wrong. ", gone], ["I look. ", tool_call("look_up", word="x")], ["Wrong. ", gone], ["No. ", gone]
    )
    others: list[AgentMiddleware[Any, Any, Any]] = [
        ModelFallbackMiddleware(model(["Right."])),
        ModelRetryMiddleware(max_retries=1, initial_delay=0.0, jitter=False, on_failure="error"),
    ]
    middleware = [*others, speech] if last else [speech, *others]
    agent: Any = create_agent(first, [look_up], middleware=middleware)
    agent.invoke(WHY)
    assert gate.open(speech) == "Listen.I look.Right."


def test_an_answer_that_is_refused_is_taken_back(voice: ScriptedVoice) -> None:
    class Answer(BaseModel):
        answer: int

    @wrap_model_call
    def twice(request: Any, handler: Any) -> Any:
        try:
            return handler(request)
        except StructuredOutputError:
            return handler(request)

    gate = Gate()
    speech = SpeechMiddleware(voice, gate)
    speech.say("Listen.")
    scripts: list[list[Any]] = [
        ["Wrong. ", tool_call("Answer", answer="four")],
        ["Right. ", tool_call("Answer", answer=4)],
    ]
    strict: Any = create_agent(
        model(*scripts),
        [],
        middleware=[twice, speech],
        response_format=ToolStrategy(Answer, handle_errors=False),
    )
    assert strict.invoke(WHY)["structured_response"] == Answer(answer=4)
    assert gate.open(speech) == "Listen.Right."


def test_remarks_and_final_answers(sink: MemorySink) -> None:
    class Answer(BaseModel):
        answer: int

    speech = SpeechMiddleware(ScriptedVoice(), sink, filler=FILLER, final_only=True)
    agent(speech).invoke(WHY)
    assert speech.wait(5)
    assert ScriptedVoice.read(sink.samples) == f"{FILLER}It is a word."
    structured: Any = create_agent(
        model([tool_call("Answer", answer=4)]),
        [look_up],
        middleware=[speech],
        response_format=ToolStrategy(Answer),
    )
    structured.invoke(WHY)
    assert speech.wait(5)
    assert ScriptedVoice.read(sink.samples) == f"{FILLER}It is a word."


def test_it_changes_nothing_about_the_graph(speech: SpeechMiddleware) -> None:
    plain: Any = create_agent(model(["x"]), [])
    with_speech: Any = create_agent(model(["x"]), [], middleware=[speech])
    assert set(with_speech.get_graph().nodes) == set(plain.get_graph().nodes)
    assert speech.name == "SpeechMiddleware"


async def test_cancelled_it_is_silent(sink: MemorySink) -> None:
    speech = SpeechMiddleware(ScriptedVoice(delay=0.01), sink)
    slow: Any = create_agent(model(*[["Hello there ", 5.0, "never."]] * 3), [], middleware=[speech])
    for _ in range(3):
        task = asyncio.create_task(slow.ainvoke(WHY))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        began = time.monotonic()
        assert await speech.wait_async(5)
        assert time.monotonic() - began < 1
        assert speech.stream is not None
        assert speech.stream.state is StreamState.CANCELLED
        assert len(speech._runs) == 0


def test_an_agent_that_waits_for_a_person_has_said_what_it_said(
    speech: SpeechMiddleware, voice: ScriptedVoice
) -> None:
    from langchain.agents.middleware import HumanInTheLoopMiddleware
    from langgraph.types import Command

    approval: Any = HumanInTheLoopMiddleware(interrupt_on={"look_up": True})
    asking = agent(approval, speech, checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    asking.invoke(WHY, config=config)
    began = time.monotonic()
    assert speech.wait(5)
    assert time.monotonic() - began < 1
    assert voice.voiced == "Let me look."
    asking.invoke(Command(resume={"decisions": [{"type": "approve"}]}), config=config)
    assert speech.wait(5)
    assert voice.voiced == SAID


def test_one_serves_agents_in_threads_at_once(voice: ScriptedVoice, sink: MemorySink) -> None:
    speech = SpeechMiddleware(voice, sink)
    agents = [
        create_agent(
            model([f"{n}a ", 0.01, f"{n}b. ", tool_call("look_up", word="x")], [f"{n}c."]),
            [look_up],
            middleware=[speech],
        )
        for n in range(6)
    ]
    threads = [threading.Thread(target=each.invoke, args=(WHY,)) for each in agents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert speech.wait(5)
    said = ScriptedVoice.read(sink.samples)
    for n in range(6):
        assert said.index(f"{n}a {n}b.") < said.index(f"{n}c.")
    assert len(said) == 6 * len("0a 0b.0c.")
    assert not speech._at_work


async def test_one_serves_agents_that_work_at_once_in_one_graph(
    speech: SpeechMiddleware, voice: ScriptedVoice
) -> None:
    def node(*pieces: Any) -> Any:
        asked: Any = create_agent(model(list(pieces)), [], middleware=[speech])

        async def ask(state: Any) -> dict[str, Any]:
            await asked.ainvoke(WHY)
            return {}

        return ask

    builder = StateGraph(MessagesState)
    builder.add_node("quick", node("Quick."))
    builder.add_node("slow", node("Slow ", 0.2, "one."))
    builder.add_edge(START, "quick")
    builder.add_edge(START, "slow")
    await builder.compile().ainvoke(WHY)
    assert await speech.wait_async(5)
    assert sorted(voice.voiced.split()) == ["Quick.", "Slow", "one."]
    assert "Slow one." in voice.voiced


@pytest.mark.parametrize("turns", ["queue", "latest", "first"])
def test_all_that_an_agent_says_in_one_call_is_one_turn(turns: Any, sink: MemorySink) -> None:
    speech = SpeechMiddleware(ScriptedVoice(delay=0.02), sink, turns=turns)
    wrong = ["Wrong. ", ConnectionError("gone")]
    looks = ["Let me look. ", tool_call("look_up", word="x")]
    retry = ModelRetryMiddleware(max_retries=1, initial_delay=0.0, jitter=False)
    retried: Any = create_agent(model(looks, wrong, ["A word."]), [look_up], middleware=[retry, speech])
    retried.invoke(WHY)
    assert speech.spoken.text == "Let me look. \n\nA word."
    assert speech.wait(5)
    assert ScriptedVoice.read(sink.samples) == "Let me look.A word."
    assert not speech._go_on


def test_an_interruption_lasts_until_the_agent_has_ended(sink: MemorySink) -> None:
    speech = SpeechMiddleware(ScriptedVoice(), sink)

    @tool
    def breaks_in() -> str:
        """The user does not want to hear it."""
        speech.interrupt()
        return "done"

    silenced: Any = create_agent(
        model(["I look. ", tool_call("breaks_in")], ["Unheard."], ["Heard."]),
        [breaks_in],
        middleware=[speech],
    )
    silenced.invoke(WHY)
    silenced.invoke(WHY)
    assert speech.wait(5)
    said = ScriptedVoice.read(sink.samples)
    assert "Unheard." not in said
    assert said.endswith("Heard.")


def test_it_knows_what_was_heard_of_a_message(speech: SpeechMiddleware) -> None:
    result = agent(speech).invoke(WHY)
    assert speech.wait(5)
    last = result["messages"][-1]
    assert isinstance(last, AIMessage)
    assert spoken_message(last, speech) == last
    assert spoken_message(None, speech) == AIMessage(last.text, id=last.id)


def test_an_unknown_voice_is_said_when_it_is_made() -> None:
    with pytest.raises(UnknownVoiceError):
        SpeechMiddleware("espeak:english-of-mars", MemorySink())
