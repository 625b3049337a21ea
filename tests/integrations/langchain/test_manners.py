"""Final answers only, and what is said meanwhile."""

import threading
import time
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.tools import tool
from support.langchain_models import (
    WHY,
    ScriptedModel,
    calling,
    chain,
    look_up,
    reasoning,
    tool_call,
)

from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.langchain import SpeechCallbackHandler

FILLER = "Let me look that up."


def agent(*scripts: list[Any], **options: Any) -> Any:
    return create_agent(ScriptedModel(scripts=list(scripts)), [look_up, slow], **options)


@tool
def slow(word: str) -> str:
    """Takes its time."""
    time.sleep(0.1)
    return word


def looks(**args: Any) -> Any:
    return tool_call("look_up", word="x", **args)


def heard(*scripts: list[Any], **options: Any) -> str:
    """What an agent of these answers is heard to say."""
    sink = MemorySink()
    with SpeechCallbackHandler(ScriptedVoice(), sink, **options) as speech:
        agent(*scripts).invoke(WHY, config=calling(speech))
        assert speech.wait(5)
    return ScriptedVoice.read(sink.samples)


def test_final_answers_alone_may_be_heard() -> None:
    assert heard(["Let me look. ", looks()], ["It is ", "a word."], final_only=True) == "It is a word."


def test_a_final_answer_is_heard_once_it_is_complete(sink: MemorySink) -> None:
    with SpeechCallbackHandler(ScriptedVoice(), sink, final_only=True) as speech:
        asking = threading.Thread(
            target=chain(["Hello ", 0.2, "there."]).invoke, args=({"question": "?"}, calling(speech))
        )
        asking.start()
        time.sleep(0.15)
        assert sink.chunks == []
        asking.join()
        assert speech.wait(5)
    assert ScriptedVoice.read(sink.samples) == "Hello there."


def test_a_remark_is_made_where_the_model_that_calls_a_tool_says_nothing() -> None:
    assert heard([looks()], ["A word."], filler=FILLER) == f"{FILLER}A word."
    assert heard([reasoning("Hm."), looks()], ["A word."], filler=FILLER) == f"{FILLER}A word."
    assert heard(["Wait. ", looks()], ["A word."], filler=FILLER) == "Wait.A word."
    assert heard(["Wait. ", looks()], ["A word."], filler=FILLER, final_only=True) == f"{FILLER}A word."


def test_a_remark_is_heard_while_the_tool_works(sink: MemorySink) -> None:
    with SpeechCallbackHandler(ScriptedVoice(), sink, filler=FILLER) as speech:
        asking = threading.Thread(
            target=agent([tool_call("slow", word="x")], ["Done."]).invoke, args=(WHY, calling(speech))
        )
        asking.start()
        time.sleep(0.08)
        assert ScriptedVoice.read(sink.samples) == FILLER
        asking.join()


def test_a_remark_is_made_once_for_tools_that_start_together() -> None:
    calls = [[looks(), tool_call("slow", index=1, word="x"), looks(index=2)], ["A word."]]
    assert heard(*calls, filler=FILLER) == f"{FILLER}A word."


def test_a_remark_may_depend_on_the_tool() -> None:
    remarks = {"slow": "This takes long."}
    assert heard([looks()], ["A word."], filler=remarks.get) == "A word."
    assert heard([looks(), tool_call("slow", index=1, word="x")], ["Done."], filler=remarks.get) == (
        "This takes long.Done."
    )


def test_each_answer_that_says_nothing_has_its_remark() -> None:
    assert heard([looks()], ["And? ", looks()], [looks()], ["A word."], filler=FILLER) == (
        f"{FILLER}And?{FILLER}A word."
    )


@pytest.mark.parametrize("sub_agents", [True, False])
def test_tools_of_a_sub_agent_have_no_remark(sub_agents: bool) -> None:
    inner = agent([looks()], ["From within."])

    @tool
    def ask(question: str) -> str:
        """Ask."""
        return str(inner.invoke({"messages": [("user", question)]})["messages"][-1].text)

    outer: Any = create_agent(
        ScriptedModel(scripts=[[tool_call("ask", question="x")], ["From outside."]]), [ask]
    )
    sink = MemorySink()
    with SpeechCallbackHandler(ScriptedVoice(), sink, filler=FILLER, sub_agents=sub_agents) as speech:
        outer.invoke(WHY, config=calling(speech))
        assert speech.wait(5)
    within = "From within." if sub_agents else ""
    assert ScriptedVoice.read(sink.samples) == f"{FILLER}{within}From outside."


def test_nobody_remarks_on_behalf_of_one_who_is_not_heard() -> None:
    assert heard([looks()], ["A word."], filler=FILLER, mute=["model"]) == ""


def test_a_remark_is_made_in_the_voice_of_who_calls(sink: MemorySink) -> None:
    voice, other = ScriptedVoice(), ScriptedVoice()
    named: Any = agent([looks()], ["A word."], name="main")
    with SpeechCallbackHandler(other, sink, voices={"main": voice}, filler=FILLER) as speech:
        named.invoke(WHY, config=calling(speech))
    assert voice.voiced == f"{FILLER} A word."
    assert other.voiced == ""


@pytest.mark.parametrize("whole", [True, False])
def test_a_loop_of_one_s_own_has_remarks_too(whole: bool, sink: MemorySink) -> None:
    model = ScriptedModel(scripts=[[looks()], ["A word."]])
    with SpeechCallbackHandler(ScriptedVoice(), sink, filler=FILLER) as speech:
        answer = model.invoke("?", config=calling(speech))
        for call in answer.tool_calls:
            look_up.invoke(call if whole else call["args"], config=calling(speech))
        model.invoke("?", config=calling(speech))
        look_up.invoke({"word": "nobody asked"}, config=calling(speech))
        assert speech.wait(5)
    assert ScriptedVoice.read(sink.samples) == f"{FILLER}A word."


def test_a_function_that_fails_costs_a_remark_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    def remark(tool: str) -> str:
        raise KeyError(tool)

    assert heard([looks()], ["A word."], filler=remark) == "A word."
    assert len(caplog.records) == 1
