"""attach(): every run of the process is heard, unless the program speaks by itself; and it can be undone."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.tools import tool
from langchain_core.tracers import context
from support.langchain_models import (
    QUESTION,
    WHY,
    ScriptedModel,
    SilentModel,
    calling,
    chain,
    graph_of,
    look_up,
    saying,
    tool_call,
)

from llmvox_plugins.core.narrator import Narrator
from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.langchain import SpeechCallbackHandler, SpeechMiddleware, attach


@pytest.fixture
def narrator(voice: ScriptedVoice, sink: MemorySink) -> Iterator[Narrator]:
    narrator = Narrator(voice, sink)
    yield narrator
    narrator.close(5)


@pytest.fixture
def everywhere(narrator: Narrator) -> Iterator[Narrator]:
    detach = attach(narrator)
    yield narrator
    detach()


def agent(*middleware: Any, **options: Any) -> Any:
    looks: list[Any] = ["Let me look. ", tool_call("look_up", word="x")]
    model = ScriptedModel(scripts=[looks, ["It is ", "a word."]], **options)
    return create_agent(model, [look_up], middleware=middleware)


SAID = "Let me look. It is a word."


def test_programs_that_know_nothing_of_speech_are_heard(everywhere: Narrator, voice: ScriptedVoice) -> None:
    chain(["One ", "one."]).invoke(QUESTION)
    ScriptedModel(scripts=[["Two ", "two."]]).invoke("?")
    list(SilentModel(scripts=[["Three."]]).stream("?"))
    agent().invoke(WHY)
    assert everywhere.wait(5)
    assert voice.voiced == f"One one. Two two. Three. {SAID}"


async def test_on_event_loops_too(everywhere: Narrator, voice: ScriptedVoice) -> None:
    await chain(["One ", "one."]).ainvoke(QUESTION)
    await agent().ainvoke(WHY)
    assert await asyncio.to_thread(everywhere.wait, 5)
    assert voice.voiced == f"One one. {SAID}"


def test_in_threads_that_inherit_nothing_too(everywhere: Narrator, voice: ScriptedVoice) -> None:
    def work() -> None:
        agent().invoke(WHY)
        asyncio.run(chain(["On a loop."]).ainvoke(QUESTION))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert everywhere.wait(5)
    assert voice.voiced == f"{SAID} On a loop."


def test_calls_of_one_agent_are_one_and_its_tools_are_known(narrator: Narrator, voice: ScriptedVoice) -> None:
    @tool
    def ask(question: str) -> str:
        """Ask."""
        return str(ScriptedModel(scripts=[["Hidden."]]).invoke(question).text)

    scripts: list[list[Any]] = [[tool_call("ask", question="x")], ["Said."]]
    detach = attach(narrator, filler="Let me see.")
    asking: Any = create_agent(ScriptedModel(scripts=scripts), [ask])
    asking.invoke(WHY)
    detach()
    assert narrator.wait(5)
    assert voice.voiced == "Let me see. Said."
    assert narrator.spoken.text == "Let me see.\n\nSaid."


def attached_to_the_call(speech: Any) -> None:
    agent().invoke(WHY, config=calling(speech))


def attached_to_the_runnable(speech: Any) -> None:
    agent().with_config(callbacks=[speech]).invoke(WHY)


def attached_to_the_model(speech: Any) -> None:
    agent(callbacks=[speech]).invoke(WHY)


def attached_inside_a_node(speech: Any) -> None:
    def node(state: Any) -> Any:
        return agent().invoke(WHY, config=calling(speech))

    graph_of(("node", node)).invoke(WHY)


def in_the_middleware(speech: Any) -> None:
    agent(speech).invoke(WHY)


HANDLERS: list[Callable[[Any], None]] = [
    attached_to_the_call,
    attached_to_the_runnable,
    attached_to_the_model,
    attached_inside_a_node,
]


@pytest.mark.parametrize("program", [*HANDLERS, in_the_middleware])
def test_a_program_that_speaks_by_itself_is_left_to_it(
    program: Callable[[Any], None], everywhere: Narrator, voice: ScriptedVoice
) -> None:
    own = ScriptedVoice()
    kind: Any = SpeechMiddleware if program is in_the_middleware else SpeechCallbackHandler
    with kind(own, MemorySink()) as speech:
        program(speech)
        assert speech.wait(5)
    assert everywhere.wait(5)
    assert own.voiced == SAID
    assert voice.voiced == ""


@pytest.mark.parametrize("program", HANDLERS)
def test_what_a_program_mutes_stays_mute(
    program: Callable[[Any], None], everywhere: Narrator, voice: ScriptedVoice
) -> None:
    with SpeechCallbackHandler(ScriptedVoice(), MemorySink(), only=["nobody"]) as speech:
        program(speech)
    assert everywhere.wait(5)
    assert voice.voiced == ""


def test_no_voice_is_opened_for_a_program_that_speaks_by_itself() -> None:
    narrator = Narrator("espeak:english-of-mars", "/nowhere/answer.wav", in_background=True)
    detach = attach(narrator)
    with SpeechCallbackHandler(ScriptedVoice(), MemorySink()) as speech:
        attached_to_the_model(speech)
    detach()
    narrator.close()
    assert narrator.error is None


def test_nothing_more_is_heard_once_it_is_undone(narrator: Narrator, voice: ScriptedVoice) -> None:
    before = list(context._configure_hooks)
    detach = attach(narrator)
    saying("One.")({"messages": "?"})
    detach()
    detach()
    saying("Two.")({"messages": "?"})
    assert context._configure_hooks == before
    assert narrator.wait(5)
    assert voice.voiced == "One."


def test_undone_in_the_middle_of_a_run_it_ends_with_what_is_being_said(
    narrator: Narrator, voice: ScriptedVoice
) -> None:
    detach = attach(narrator)

    def node(state: Any) -> Any:
        detach()
        return saying("Two.")(state)

    graph_of(("one", saying("One.")), ("two", node)).invoke(WHY)
    assert narrator.wait(5)
    assert voice.voiced == "One."


def test_two_may_be_attached(narrator: Narrator, voice: ScriptedVoice) -> None:
    first = attach(narrator)
    second = attach(narrator)
    saying("Once.")({"messages": "?"})
    second()
    saying("Twice.")({"messages": "?"})
    first()
    assert narrator.wait(5)
    assert voice.voiced == "Once. Twice."
