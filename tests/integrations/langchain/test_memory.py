"""After an interruption the conversation remembers what was heard, and not what was written."""

import asyncio
import threading
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import MessagesState
from support.gate import Gate
from support.langchain_models import (
    ScriptedModel,
    calling,
    failing,
    graph_of,
    look_up,
    saying,
    tool_call,
)

from llmvox_plugins import SpokenText
from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.langchain import SpeechCallbackHandler, SpeechMiddleware, spoken_message

CALL: Any = {"name": "look_up", "args": {"word": "x"}, "id": "call-1", "type": "tool_call"}
TEXT = "One two three."


def heard(text: str, count: int) -> SpokenText:
    return SpokenText(text, count)


@pytest.mark.parametrize(
    ("spoken", "rest"),
    [
        (heard(TEXT, 7), "One two"),
        (heard(TEXT, 0), ""),
        (heard(TEXT, len(TEXT)), TEXT),
        (heard("One two thr", 7), "One two"),  # it was still being written
        (heard(f"Before.\n\n{TEXT}", 16), "One two"),  # several answers, told as one text
        (heard(f"Before.\n\n{TEXT}", 4), ""),
        (heard(f"{TEXT}\n\nAfter.", 20), TEXT),
        (heard(f"{TEXT}\n\n{TEXT}", 19), "One"),  # the last of two that are the same
        (heard(f"Before.\n\n{TEXT[:9]}", 16), "One two"),
        (heard("Another.", 8), ""),  # it was silent
        (heard("", 0), ""),
    ],
)
def test_a_message_is_cut_to_what_was_heard(spoken: SpokenText, rest: str) -> None:
    message = AIMessage(TEXT, id="m", name="agent", response_metadata={"model": "x"})
    cut = spoken_message(message, spoken)
    assert cut == message.model_copy(update={"content": rest})
    assert message.content == TEXT


def test_paragraphs_of_one_answer_are_one_answer() -> None:
    text = "A.\n\nA.\n\nB."
    for count in range(len(text) + 1):
        assert spoken_message(AIMessage(text), heard(text, count)).content == text[:count]
        cut = spoken_message(AIMessage(text), heard(f"First.\n\n{text}", 8 + count))
        assert cut.content == text[:count]


def blocks(*kinds: str) -> list[Any]:
    made: dict[str, Any] = {
        "reasoning": {"type": "reasoning", "reasoning": "Hm."},
        "call": {"type": "tool_use", "id": "call-1", "name": "look_up", "input": {"word": "x"}},
        "image": {"type": "image", "url": "https://example.com/x.png"},
    }
    return [made.get(kind, {"type": "text", "text": kind}) for kind in kinds]


@pytest.mark.parametrize(
    ("content", "calls", "count", "rest"),
    [
        (blocks("One ", "two."), False, 4, blocks("One ")),
        (blocks("One ", "two."), False, 6, blocks("One ", "tw")),
        (blocks("reasoning", "One."), False, 3, blocks("reasoning", "One")),
        (blocks("reasoning", "One."), False, 0, []),
        (blocks("One.", "image", "Two."), False, 3, blocks("One")),
        (blocks("One.", "image", "Two."), False, 6, blocks("One.", "image", "Tw")),
        (blocks("reasoning", "One.", "call"), True, 2, blocks("reasoning", "On", "call")),
        (blocks("reasoning", "One.", "call"), True, 0, blocks("reasoning", "call")),
        (["One ", *blocks("two.")], False, 2, ["On"]),
    ],
)
def test_blocks_are_respected(content: list[Any], calls: bool, count: int, rest: list[Any]) -> None:
    message = AIMessage(content, id="m", tool_calls=[CALL] if calls else [])
    cut = spoken_message(message, heard(str(message.text), count))
    assert cut.content == rest
    assert cut.tool_calls == message.tool_calls
    assert cut.id == "m"


def test_a_chunk_becomes_a_message() -> None:
    chunk = AIMessageChunk(content=TEXT, id="m")
    cut = spoken_message(chunk, heard(TEXT, 3))
    assert type(cut) is AIMessage
    assert (cut.content, cut.id) == ("One", "m")


def test_without_a_message_it_is_made_of_what_was_said() -> None:
    assert spoken_message(None, heard(TEXT, 7)) == AIMessage("One two")
    assert spoken_message(None, SpokenText("", 0)) is None


class Ear(MemorySink):
    """Tells when so many words have been heard, and takes no more until then."""

    def __init__(self, words: int) -> None:
        super().__init__()
        self._words = words
        self.heard = threading.Event()
        self._more = threading.Event()

    def write(self, chunk: Any) -> None:
        if len(self.chunks) == self._words:
            self.heard.set()
            self._more.wait(5)
        if not self._more.is_set():
            super().write(chunk)

    def abort(self) -> None:
        self._more.set()


def conversation(speech: Any, *scripts: list[Any]) -> Any:
    """An agent that remembers."""
    middleware = [speech] if isinstance(speech, SpeechMiddleware) else []
    return create_agent(
        ScriptedModel(scripts=list(scripts)), [look_up], middleware=middleware, checkpointer=InMemorySaver()
    )


def config_of(speech: Any) -> Any:
    handlers = [] if isinstance(speech, SpeechMiddleware) else [speech]
    return {"callbacks": handlers, "configurable": {"thread_id": "1"}}


def say(text: str) -> Any:
    return {"messages": [("user", text)]}


def texts(agent: Any, config: Any) -> list[str]:
    return [str(message.text) for message in agent.get_state(config).values["messages"]]


@pytest.mark.parametrize("kind", [SpeechCallbackHandler, SpeechMiddleware])
def test_an_interrupted_conversation_goes_on_with_a_true_memory(kind: Any) -> None:
    ear = Ear(words=3)
    speech = kind(ScriptedVoice(), ear)
    agent = conversation(speech, ["One two three ", "four five six."], ["Seven."])
    config = config_of(speech)
    answer = agent.invoke(say("Count."), config=config)["messages"][-1]
    assert ear.heard.wait(5)

    speech.interrupt()  # the user breaks in
    agent.update_state(config, {"messages": [spoken_message(answer, speech)]})

    assert texts(agent, config) == ["Count.", "One two three"]
    assert agent.get_state(config).values["messages"][-1].id == answer.id
    assert agent.get_state(config).next == ()
    agent.invoke(say("Go on."), config=config)
    assert speech.wait(5)
    assert texts(agent, config) == ["Count.", "One two three", "Go on.", "Seven."]
    speech.close()


def test_an_interruption_after_a_tool_leaves_its_call_and_its_result_alone() -> None:
    ear = Ear(words=5)
    speech = SpeechCallbackHandler(ScriptedVoice(), ear)
    agent = conversation(speech, ["Let me look. ", tool_call("look_up", word="x")], ["One two three."])
    config = config_of(speech)
    messages = agent.invoke(say("?"), config=config)["messages"]
    assert ear.heard.wait(5)
    spoken = speech.interrupt()
    for how in (speech, spoken):
        cut = [spoken_message(each, how) for each in messages if isinstance(each, AIMessage)]
        assert [message.content for message in cut] == ["Let me look. ", "One two"]
        assert cut[0].tool_calls == messages[1].tool_calls
    agent.update_state(config, {"messages": [spoken_message(messages[-1], speech)]})
    assert texts(agent, config) == ["?", "Let me look. ", "x: a word", "One two"]
    speech.close()


async def test_what_was_still_being_written_is_remembered_as_far_as_it_was_heard() -> None:
    ear = Ear(words=2)
    speech = SpeechMiddleware(ScriptedVoice(), ear)  # it hears its agent on every Python
    agent = conversation(speech, ["One two three ", 5.0, "four."], ["Five."])
    config = config_of(speech)
    task = asyncio.create_task(agent.ainvoke(say("Count."), config=config))
    assert await asyncio.to_thread(ear.heard.wait, 5)

    speech.interrupt()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert texts(agent, config) == ["Count."]
    cut = spoken_message(None, speech)
    assert cut is not None
    await agent.aupdate_state(config, {"messages": [cut]}, as_node="model")

    assert texts(agent, config) == ["Count.", "One two"]
    await agent.ainvoke(say("Go on."), config=config)
    assert texts(agent, config) == ["Count.", "One two", "Go on.", "Five."]
    await asyncio.to_thread(speech.close)


def test_what_was_being_said_replaces_the_message_that_the_agent_has_by_then() -> None:
    ear = Ear(words=2)
    speech = SpeechCallbackHandler(ScriptedVoice(), ear)
    agent = conversation(speech, ["One two three."])
    config = config_of(speech)
    agent.invoke(say("Count."), config=config)
    assert ear.heard.wait(5)
    speech.interrupt()
    agent.update_state(config, {"messages": [spoken_message(None, speech)]})
    assert texts(agent, config) == ["Count.", "One two"]
    speech.close()


def test_an_answer_that_nobody_had_begun_to_hear_is_the_one_that_was_being_said() -> None:
    speech = SpeechCallbackHandler(ScriptedVoice(), MemorySink())
    graph_of(("ask", saying("First."))).invoke(say("?"), config=calling(speech))
    assert speech.wait(5)
    assert (said := spoken_message(None, speech)) is not None
    assert said.content == "First."
    speech.close()
    ear = Ear(words=1)
    speech = SpeechCallbackHandler(ScriptedVoice(), ear)
    for text in ("First.", "Second."):
        graph_of(("ask", saying(text))).invoke(say("?"), config=calling(speech))
    assert ear.heard.wait(5)
    speech.interrupt()
    assert (said := spoken_message(None, speech)) is not None
    assert said.content == ""
    speech.close()


def test_an_attempt_in_vain_was_never_said(held: SpeechCallbackHandler, gate: Gate) -> None:
    model = ScriptedModel(scripts=[["Wrong."], ["Right."]])
    retried = (model | failing(1)).with_retry(wait_exponential_jitter=False)
    answer = retried.invoke("?", config=calling(held))
    held.interrupt()
    assert spoken_message(None, held) == AIMessage("", id=answer.id)
    assert gate.open(held) == ""


def test_each_interruption_is_of_what_was_said_since_the_last_one() -> None:
    ear = Ear(words=1)
    speech = SpeechCallbackHandler(ScriptedVoice(), ear)
    first = ScriptedModel(scripts=[["One two."]]).invoke("?", config=calling(speech))
    assert ear.heard.wait(5)
    speech.interrupt()
    assert spoken_message(None, speech) == AIMessage("One", id=first.id)
    second = ScriptedModel(scripts=[["Three four."]]).invoke("?", config=calling(speech))
    assert speech.wait(5)
    assert spoken_message(None, speech) == AIMessage("Three four.", id=second.id)
    assert spoken_message(first, speech).content == "One"
    speech.close()


def test_a_message_that_a_handler_does_not_know_stays_whole(handler: SpeechCallbackHandler) -> None:
    message = AIMessage("From long ago.", id="old")
    assert spoken_message(message, handler) == message
    graph_of(("ask", saying("Now."))).invoke(say("?"), config=calling(handler))
    assert handler.wait(5)
    assert spoken_message(message, handler) == message


def test_what_the_agent_goes_on_to_write_after_an_interruption_was_not_heard() -> None:
    ear = Ear(words=1)
    speech = SpeechCallbackHandler(ScriptedVoice(), ear)

    def second(state: MessagesState) -> Any:
        assert ear.heard.wait(5)
        speech.interrupt()
        return saying("Unheard.")(state)

    graph = graph_of(("first", saying("One two three.")), ("second", second))
    messages = graph.invoke(say("?"), config=calling(speech))["messages"]
    cut = [spoken_message(each, speech) for each in messages[1:]]
    assert [message.content for message in cut] == ["One", ""]
    assert isinstance(messages[0], HumanMessage)
    speech.close()


def test_memory_is_bounded(handler: SpeechCallbackHandler) -> None:
    ids = [ScriptedModel(scripts=[[f"{n}."]]).invoke("?", config=calling(handler)).id for n in range(300)]
    assert handler.wait(20)
    assert handler.ledger.spoken(ids[-1]) == SpokenText("299.", 4)
    assert handler.ledger.spoken(ids[0]) is None
    assert len(handler.ledger._ids) <= 256
