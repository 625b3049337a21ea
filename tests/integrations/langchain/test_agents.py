"""Agents and graphs, on the real LangChain and LangGraph: what users read is heard, once, in order."""

import asyncio
import sys
import threading
from operator import add
from typing import Annotated, Any

import pytest
from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Command, interrupt
from support.langchain_models import (
    WHY,
    ScriptedModel,
    SilentModel,
    calling,
    graph_of,
    look_up,
    reasoning,
    saying,
    tool_call,
)
from typing_extensions import TypedDict

from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.langchain import SpeechCallbackHandler

MODES: list[Any] = [
    "values",
    "updates",
    "messages",
    "custom",
    "debug",
    "checkpoints",
    "tasks",
    ["messages", "values"],
]

on_loops = pytest.mark.skipif(
    sys.version_info < (3, 11), reason="before 3.11 LangChain loses callbacks in the tasks of a graph"
)


def agent_with_a_tool(kind: type[ScriptedModel] = ScriptedModel) -> Any:
    scripts: list[list[Any]] = [
        [reasoning("A word."), "Let me ", "look. ", tool_call("look_up", word="sky")],
        ["It is ", reasoning("So."), "a word."],
    ]
    return create_agent(kind(scripts=scripts), [look_up], name="main")


def agent_with_a_sub_agent(name: str | None = "expert") -> Any:
    sub_agent: Any = create_agent(ScriptedModel(scripts=[["The sub-agent ", "speaks."]]), [], name=name)

    @tool
    def ask_expert(question: str) -> str:
        """Ask an expert."""
        return str(sub_agent.invoke({"messages": [("user", question)]})["messages"][-1].text)

    scripts: list[list[Any]] = [
        ["Let me ask. ", tool_call("ask_expert", question="why")],
        ["The expert ", "says no."],
    ]
    return create_agent(ScriptedModel(scripts=scripts), [ask_expert], name="main")


@pytest.mark.parametrize("kind", [ScriptedModel, SilentModel])
def test_what_an_agent_says_around_its_tools_is_heard(
    kind: type[ScriptedModel], handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    result = agent_with_a_tool(kind).invoke(WHY, config=calling(handler))
    assert result["messages"][-2].content == "sky: a word"
    assert handler.wait(5)
    assert voice.voiced == "Let me look. It is a word."
    assert handler.spoken.heard == "Let me look. \n\nIt is a word."


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_however_a_graph_is_streamed_it_is_heard_once(
    mode: Any, handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    for _ in agent_with_a_tool().stream(WHY, config=calling(handler), stream_mode=mode, subgraphs=True):
        pass
    assert handler.wait(5)
    assert voice.voiced == "Let me look. It is a word."


@on_loops
@pytest.mark.parametrize("mode", MODES, ids=str)
async def test_however_a_graph_is_streamed_on_an_event_loop_it_is_heard_once(
    mode: Any, handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    async for _ in agent_with_a_tool().astream(WHY, config=calling(handler), stream_mode=mode):
        pass
    assert await handler.wait_async(5)
    assert voice.voiced == "Let me look. It is a word."


def test_a_sub_agent_under_a_tool_is_not_heard(handler: SpeechCallbackHandler, voice: ScriptedVoice) -> None:
    result = agent_with_a_sub_agent().invoke(WHY, config=calling(handler))
    assert result["messages"][-2].content == "The sub-agent speaks."
    assert handler.wait(5)
    assert voice.voiced == "Let me ask. The expert says no."
    assert len(handler._runs) == 0
    assert handler._narrator._roots == {}


@on_loops
async def test_a_sub_agent_is_not_heard_on_an_event_loop_either(
    handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    await agent_with_a_sub_agent().ainvoke(WHY, config=calling(handler))
    assert await handler.wait_async(5)
    assert voice.voiced == "Let me ask. The expert says no."


def test_a_sub_agent_may_be_heard_in_a_voice_of_its_own(voice: ScriptedVoice, sink: MemorySink) -> None:
    other = ScriptedVoice()
    with SpeechCallbackHandler(voice, sink, sub_agents=True, voices={"expert": other}) as speech:
        agent_with_a_sub_agent().invoke(WHY, config=calling(speech))
        assert speech.wait(5)
    assert voice.voiced == "Let me ask. The expert says no."
    assert other.voiced == "The sub-agent speaks."
    assert ScriptedVoice.read(sink.samples) == "Let me ask.The sub-agent speaks.The expert says no."


def test_the_nearest_name_has_the_voice(sink: MemorySink) -> None:
    main, expert, tools = ScriptedVoice(), ScriptedVoice(), ScriptedVoice()
    voices = {"main": main, "expert": expert, "ask_expert": tools}
    with SpeechCallbackHandler(ScriptedVoice(), sink, sub_agents=True, voices=voices) as speech:
        agent_with_a_sub_agent().invoke(WHY, config=calling(speech))
        agent_with_a_sub_agent(name="nobody").invoke(WHY, config=calling(speech))
    assert main.voiced == "Let me ask. The expert says no. Let me ask. The expert says no."
    assert expert.voiced == "The sub-agent speaks."
    assert tools.voiced == "The sub-agent speaks."


def two_nodes() -> Any:
    inner = graph_of(("check", saying("Checked.", tags=["quiet"])))
    return graph_of(("draft", saying("Drafted.", run_name="writer")), ("review", inner))


@pytest.mark.parametrize(
    ("options", "heard"),
    [
        ({}, "Drafted. Checked."),
        ({"mute": ["draft"]}, "Checked."),
        ({"mute": ["writer"]}, "Checked."),
        ({"mute": ["quiet"]}, "Drafted."),
        ({"mute": ["review"]}, "Drafted."),
        ({"only": ["review"]}, "Checked."),
        ({"only": ["check"]}, "Checked."),
        ({"only": "draft"}, "Drafted."),
        ({"only": ["nobody"]}, ""),
        ({"only": ["draft", "check"], "mute": ["quiet"]}, "Drafted."),
    ],
    ids=str,
)
def test_nodes_tags_and_runs_are_named(
    options: Any, heard: str, voice: ScriptedVoice, sink: MemorySink
) -> None:
    with SpeechCallbackHandler(voice, sink, **options) as speech:
        two_nodes().invoke(WHY, config=calling(speech))
        assert speech.wait(5)
    assert voice.voiced == heard


def test_the_tag_nostream_is_honoured_also_above_a_model(
    handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    hidden = graph_of(("inner", saying("Hidden."))).with_config(tags=["nostream"])
    graph = graph_of(
        ("hidden", hidden), ("own", saying("Hidden.", tags=["nostream"])), ("last", saying("Heard."))
    )
    graph.invoke(WHY, config=calling(handler))
    assert handler.wait(5)
    assert voice.voiced == "Heard."


def test_what_middleware_asks_for_itself_is_not_heard(
    handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    from langchain.agents.middleware import SummarizationMiddleware

    summary = SummarizationMiddleware(
        ScriptedModel(scripts=[["A summary."]]), trigger=("messages", 3), keep=("messages", 1)
    )
    agent: Any = create_agent(ScriptedModel(scripts=[["Heard."]]), [], middleware=[summary])
    messages = [("user", "one"), ("ai", "two"), ("user", "three"), ("ai", "four"), ("user", "five")]
    result = agent.invoke({"messages": messages}, config=calling(handler))
    assert "A summary." in result["messages"][0].text
    assert handler.wait(5)
    assert voice.voiced == "Heard."


@pytest.mark.parametrize("version", ["native", "tool"])
def test_the_structured_output_of_an_agent_is_not_heard(
    version: str, handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
    from pydantic import BaseModel

    class Answer(BaseModel):
        answer: int

    last: list[Any] = [tool_call("Answer", answer=4)] if version == "tool" else ['{"answer"', ": 4}"]
    kind: Any = ToolStrategy(Answer) if version == "tool" else ProviderStrategy(Answer)
    agent: Any = create_agent(ScriptedModel(scripts=[last]), [], response_format=kind)
    assert agent.invoke(WHY, config=calling(handler))["structured_response"] == Answer(answer=4)
    assert handler.wait(5)
    assert voice.voiced == ""


def test_a_supervisor_hands_over_and_everybody_is_heard_in_turn(
    handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    def supervisor(state: MessagesState) -> Command[Any]:
        said = saying("I send you to Mary. ", tool_call("hand_over"))(state)["messages"]
        return Command(goto="mary", update={"messages": [*said, ("tool", "done")][:1]})

    mary: Any = create_agent(ScriptedModel(scripts=[["I am ", "Mary."]]), [], name="mary")
    builder = StateGraph(MessagesState)
    builder.add_node("supervisor", supervisor, destinations=("mary",))
    builder.add_node("mary", lambda state: {"messages": mary.invoke(WHY)["messages"][-1:]})
    builder.add_edge(START, "supervisor")
    builder.add_edge("mary", END)
    builder.compile().invoke(WHY, config=calling(handler))
    assert handler.wait(5)
    assert voice.voiced == "I send you to Mary. I am Mary."


def test_a_hand_over_to_the_graph_above_takes_nothing_back(
    handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    def hand_over(state: MessagesState) -> Command[Any]:
        said = saying("Over to you. ")(state)
        return Command(goto="other", graph=Command.PARENT, update=said)

    inner = graph_of(("hand_over", hand_over))
    builder = StateGraph(MessagesState)
    builder.add_node("first", inner, destinations=("other",))
    builder.add_node("other", saying("Thank you."))
    builder.add_edge(START, "first")
    builder.compile().invoke(WHY, config=calling(handler))
    assert handler.wait(5)
    assert voice.voiced == "Over to you. Thank you."


class Branches(TypedDict):
    messages: Annotated[list[Any], add]


@on_loops
async def test_nodes_at_work_at_once_are_heard_one_after_the_other(
    handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    def node(name: str) -> Any:
        async def ask(state: Any) -> dict[str, Any]:
            model = ScriptedModel(scripts=[[f"{name}1 ", 0.02, f"{name}2 ", 0.02, f"{name}3."]])
            return {"messages": [await model.ainvoke("?")]}

        return ask

    builder = StateGraph(Branches)
    for name in "abc":
        builder.add_node(name, node(name))
        builder.add_edge(START, name)
    await builder.compile().ainvoke({"messages": []}, config=calling(handler))
    assert await handler.wait_async(5)
    said = voice.voiced
    assert sorted([said[:9], said[10:19], said[20:]]) == ["a1 a2 a3.", "b1 b2 b3.", "c1 c2 c3."]


def test_an_interrupted_graph_says_what_it_said_before_and_goes_on_when_it_is_resumed(
    handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    def ask(state: MessagesState) -> dict[str, Any]:
        saying("Shall I ", "send it?")(state)
        interrupt("send?")
        return {}

    graph = graph_of(("ask", ask), ("send", saying("Sent.")), checkpointer=InMemorySaver())
    config = calling(handler, configurable={"thread_id": "1"})
    graph.invoke(WHY, config=config)
    assert handler.wait(5)
    assert voice.voiced == "Shall I send it?"
    graph.invoke(Command(resume=True), config=config)
    assert handler.wait(5)
    assert voice.voiced == "Shall I send it? Shall I send it? Sent."  # the node runs again, says LangGraph


def test_a_node_may_say_what_no_model_wrote(sink: MemorySink) -> None:
    voice, other = ScriptedVoice(), ScriptedVoice()
    with SpeechCallbackHandler(voice, sink, voices={"guard": other}) as speech:

        def guard(state: MessagesState) -> dict[str, Any]:
            speech.say("I must not say that.")
            return {"messages": [AIMessage("I must not say that.")]}

        graph_of(("draft", saying("Well. ")), ("guard", guard), ("last", saying("Bye."))).invoke(
            WHY, config=calling(speech)
        )
        speech.say("All done.")
        assert speech.wait(5)
    assert other.voiced == "I must not say that."
    assert ScriptedVoice.read(sink.samples) == "Well.I must not say that.Bye.All done."


class Router(BaseChatModel):
    """A model that asks another one, as routers do."""

    inner: Any
    given_on: bool = False

    @property
    def _llm_type(self) -> str:
        return "router"

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        config: Any = {"callbacks": run_manager.handlers} if self.given_on else None
        message = self.inner.invoke(messages, config=config)
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _agenerate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        message = await self.inner.ainvoke(messages)
        return ChatResult(generations=[ChatGeneration(message=message)])


@pytest.mark.parametrize("given_on", [True, False])
def test_a_model_inside_a_model_is_heard_once(
    given_on: bool, handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    model = Router(inner=ScriptedModel(scripts=[["From ", "within."]]), given_on=given_on)
    graph_of(("ask", lambda state: {"messages": [model.invoke("?")]})).invoke(WHY, config=calling(handler))
    assert handler.wait(5)
    assert voice.voiced == "From within."


@on_loops
async def test_a_model_inside_a_model_is_heard_once_on_an_event_loop(
    handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    model = Router(inner=ScriptedModel(scripts=[["From ", "within."]]))

    async def ask(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await model.ainvoke("?")]}

    await graph_of(("ask", ask)).ainvoke(WHY, config=calling(handler))
    assert await handler.wait_async(5)
    assert voice.voiced == "From within."


def test_one_handler_serves_agents_in_threads_and_on_loops_at_once(sink: MemorySink) -> None:
    speech = SpeechCallbackHandler(ScriptedVoice(), sink)

    def agent(name: str) -> Any:
        scripts: list[list[Any]] = [
            [f"{name}a ", f"{name}b. ", tool_call("look_up", word="x")],
            [f"{name}c ", f"{name}d."],
        ]
        return create_agent(ScriptedModel(scripts=scripts), [look_up])

    threads = [
        threading.Thread(target=lambda n=n: agent(f"t{n}").invoke(WHY, config=calling(speech)))
        for n in range(4)
    ] + [
        threading.Thread(target=lambda n=n: asyncio.run(agent(f"l{n}").ainvoke(WHY, config=calling(speech))))
        for n in range(4 if sys.version_info >= (3, 11) else 0)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert speech.wait(5)
    said = ScriptedVoice.read(sink.samples)
    for name in [f"t{n}" for n in range(4)] + [f"l{n}" for n in range(len(threads) - 4)]:
        assert said.count(f"{name}a {name}b.") == 1
        assert said.index(f"{name}a {name}b.") < said.index(f"{name}c {name}d.")
    assert len(said) == len(threads) * len("t0a t0b.t0c t0d.")
    speech.close()


def test_turns_may_go_to_the_latest_agent(sink: MemorySink) -> None:
    voice = ScriptedVoice(delay=0.02)
    with SpeechCallbackHandler(voice, sink, turns="latest") as speech:
        saying_much = create_agent(ScriptedModel(scripts=[["Old " * 50]]), [])
        saying_much.invoke(WHY, config=calling(speech))
        agent_with_a_tool().invoke(WHY, config=calling(speech))
        assert speech.wait(5)
    said = ScriptedVoice.read(sink.samples)
    assert said.count("Old") < 25
    assert said.endswith("Let me look.It is a word.")
