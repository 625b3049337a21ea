"""The v3 protocol tells of a model's answer in events: they are heard live, and once."""

import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.caches import InMemoryCache
from langchain_core.messages import AIMessage
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

from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.langchain import SpeechCallbackHandler

pytestmark = pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")

SAID = "Let me look. It is a word."


class NativeModel(ScriptedModel):
    """Writes the protocol itself: its scripts hold events."""

    def _stream_chat_model_events(self, messages: Any, **kwargs: Any) -> Iterator[Any]:
        with self._lock:
            script = next(self._turn)
        for item in script:
            if isinstance(item, float):
                time.sleep(item)
            elif isinstance(item, BaseException):
                raise item
            else:
                yield item

    async def _astream_chat_model_events(self, messages: Any, **kwargs: Any) -> AsyncIterator[Any]:
        for event in self._stream_chat_model_events(messages):
            yield event


def block(index: int, kind: str, *deltas: str, finish: str | None = None) -> list[Any]:
    """The events of one block, of text or of reasoning."""
    whole = "".join(deltas) if finish is None else finish
    return [
        {"event": "content-block-start", "index": index, "content": {"type": kind, kind: ""}},
        *(
            {"event": "content-block-delta", "index": index, "delta": {"type": f"{kind}-delta", kind: delta}}
            for delta in deltas
        ),
        {"event": "content-block-finish", "index": index, "content": {"type": kind, kind: whole}},
    ]


START: list[Any] = [{"event": "message-start", "role": "ai", "id": "lc-1"}]
FINISH: list[Any] = [{"event": "message-finish"}]


def agent(kind: type[ScriptedModel] = ScriptedModel, **options: Any) -> Any:
    scripts: list[list[Any]] = [
        [reasoning("A word."), "Let me ", "look. ", tool_call("look_up", word="sky")],
        ["It is ", reasoning("So."), "a word."],
    ]
    return create_agent(kind(scripts=scripts, **options), [look_up])


@pytest.mark.parametrize("reports", [True, False])
@pytest.mark.parametrize("kind", [ScriptedModel, SilentModel])
def test_a_graph_s_v3_events_are_heard_once(
    kind: type[ScriptedModel], reports: bool, handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    events = list(agent(kind, reports=reports).stream_events(WHY, config=calling(handler), version="v3"))
    assert events
    assert handler.wait(5)
    assert voice.voiced == SAID
    assert len(handler._runs) == 0


@pytest.mark.skipif(sys.version_info < (3, 11), reason="before 3.11 LangChain loses callbacks in tasks")
@pytest.mark.parametrize("version", ["v2", "v3"])
async def test_a_graph_s_events_on_an_event_loop_are_heard_once(
    version: Any, handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    events = agent(reports=False).astream_events(WHY, config=calling(handler), version=version)
    async for _ in await events if version == "v3" else events:
        pass
    assert await handler.wait_async(5)
    assert voice.voiced == SAID


async def test_a_bare_model_s_v3_events_are_heard_once(
    handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    model = ScriptedModel(scripts=[["One ", "one."], ["Two ", "two."], ["Three."]])
    assert list(model.stream_events("?", config=calling(handler), version="v3").text) == ["One ", "one."]
    stream = await model.astream_events("?", config=calling(handler), version="v3")
    assert [text async for text in stream.text] == ["Two ", "two."]
    async for _ in model.astream_events("?", config=calling(handler), version="v2"):
        pass
    assert await handler.wait_async(5)
    assert voice.voiced == "One one. Two two. Three."


def test_events_are_heard_while_they_come(handler: SpeechCallbackHandler, sink: MemorySink) -> None:
    script = [*START, *block(0, "reasoning", "Hm."), *block(1, "text", "Hello ", "there. "), 0.3, *FINISH]
    began = []

    def listen() -> None:
        while not sink.chunks:
            time.sleep(0.001)
        began.append(time.monotonic())

    listener = threading.Thread(target=listen)
    listener.start()
    list(agent_of(NativeModel(scripts=[script])).stream_events(WHY, config=calling(handler), version="v3"))
    ended = time.monotonic()
    listener.join(5)
    assert handler.wait(5)
    assert began[0] < ended - 0.2


def agent_of(model: Any) -> Any:
    return create_agent(model, [])


@pytest.mark.parametrize(
    ("blocks", "heard"),
    [
        ([block(0, "text", "All ", "of it.")], "All of it."),
        ([block(0, "text", finish="Only at the end.")], "Only at the end."),
        ([block(0, "text", "Be", "gun, ", finish="Begun, and completed.")], "Begun, and completed."),
        ([block(0, "text", "As it was.", finish="Rewritten.")], "As it was."),
        ([block(0, "reasoning", "Hidden."), block(1, "text", "Said.")], "Said."),
        ([block(0, "text", "One, "), block(1, "reasoning", "hm"), block(2, "text", "two.")], "One, two."),
        ([block(0, "reasoning", finish="Hidden.")], ""),
    ],
    ids=str,
)
def test_blocks_of_native_models(
    blocks: list[Any], heard: str, handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    model = NativeModel(scripts=[[*START, *(event for events in blocks for event in events), *FINISH]])
    list(agent_of(model).stream_events(WHY, config=calling(handler), version="v3"))
    assert handler.wait(5)
    assert voice.voiced == heard


def test_an_error_that_is_only_an_event_takes_the_answer_back(
    held: SpeechCallbackHandler, gate: Gate
) -> None:
    error = {"event": "error", "message": "gone"}
    model = NativeModel(scripts=[[*START, *block(0, "text", "Wrong. "), error]])
    with pytest.raises(RuntimeError, match="gone"):
        str(model.stream_events("?", config=calling(held), version="v3").text)
    assert gate.open(held) == "Listen."
    assert len(held._runs) == 0


def test_a_retry_among_events_is_heard_once(held: SpeechCallbackHandler, gate: Gate) -> None:
    from langchain.agents.middleware import ModelRetryMiddleware

    wrong = [*START, *block(0, "text", "Wrong. "), ConnectionError("gone")]
    right = [*START, *block(0, "text", "Right."), *FINISH]
    retry = ModelRetryMiddleware(max_retries=1, initial_delay=0.0, jitter=False)
    retried: Any = create_agent(NativeModel(scripts=[wrong, right]), [], middleware=[retry])
    list(retried.stream_events(WHY, config=calling(held), version="v3"))
    assert gate.open(held) == "Listen.Right."


def test_a_cached_answer_is_heard_as_events_and_as_a_message(
    handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    cache = InMemoryCache()
    cached: Any = agent_of(ScriptedModel(scripts=[["Asked ", "once."]], cache=cache))
    cached.invoke(WHY, config=calling(handler))
    list(cached.stream_events(WHY, config=calling(handler), version="v3"))
    cached.invoke(WHY, config=calling(handler))
    assert handler.wait(5)
    assert voice.voiced == "Asked once. Asked once. Asked once."


def test_each_answer_is_known_by_its_message(handler: SpeechCallbackHandler) -> None:
    run = agent().stream_events(WHY, config=calling(handler), version="v3")
    list(run)
    assert handler.wait(5)
    answers = [message for message in run.output["messages"] if isinstance(message, AIMessage)]
    spoken = [handler.ledger.spoken(message.id) for message in answers]
    assert [text and text.heard for text in spoken] == ["Let me look. ", "It is a word."]
