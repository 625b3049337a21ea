"""Whoever is cancelled, and whoever stops listening, falls silent, and nothing of it is left over."""

import asyncio
import random
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.runnables import RunnableLambda, RunnableParallel
from support.langchain_models import (
    QUESTION,
    WHY,
    ScriptedModel,
    calling,
    chain,
    graph_of,
    look_up,
    saying,
    tool_call,
)

from llmvox_plugins import StreamState
from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.langchain import SpeechCallbackHandler

PACE = 0.003
SEEDS = 6
LONGEST = 0.06  # seconds that each of these programs takes, about


def words() -> list[Any]:
    return ["word ", PACE] * 10


def a_model() -> tuple[Any, Any]:
    return ScriptedModel(scripts=[words()]), "?"


def a_chain() -> tuple[Any, Any]:
    return chain(words()) | RunnableLambda(lambda message: message), QUESTION


def an_agent() -> tuple[Any, Any]:
    scripts = [["Let me look. ", *words()[:8], tool_call("look_up", word="x")], words()]
    return create_agent(ScriptedModel(scripts=scripts), [look_up]), WHY


def branches() -> tuple[Any, Any]:
    return RunnableParallel(a=a_model()[0], b=a_model()[0], c=a_model()[0]), "?"


def a_retried_model() -> tuple[Any, Any]:
    scripts = [["word ", PACE, "word ", PACE, ConnectionError()] for _ in range(50)]
    retried = ScriptedModel(scripts=scripts).with_retry(wait_exponential_jitter=False, stop_after_attempt=50)
    return retried, "?"


PROGRAMS: list[Callable[[], tuple[Any, Any]]] = [a_model, a_chain, an_agent, branches]


async def invoke(program: Any, given: Any, config: Any) -> None:
    await program.ainvoke(given, config=config)


async def stream(program: Any, given: Any, config: Any) -> None:
    async for _ in program.astream(given, config=config):
        pass


async def events(program: Any, given: Any, config: Any) -> None:
    async for _ in program.astream_events(given, config=config, version="v2"):
        pass


async def batch(program: Any, given: Any, config: Any) -> None:
    await program.abatch([given] * 2 if isinstance(given, str) else [given], config=config)


async def patiently(program: Any, given: Any, config: Any) -> None:
    """Cancelled from within: the task itself goes on."""
    await asyncio.wait_for(program.ainvoke(given, config=config), 100)


CALLS: list[Callable[[Any, Any, Any], Any]] = [invoke, stream, events, batch, patiently]


def silent(speech: SpeechCallbackHandler) -> bool:
    """Whether all that was begun is over, and nobody waits for more."""
    began = time.monotonic()
    over = speech.wait(5) and time.monotonic() - began < 2
    return over and len(speech._runs) == 0 and speech._narrator._roots == {}


@pytest.mark.skipif(sys.version_info < (3, 11), reason="before 3.11 LangChain loses callbacks in tasks")
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("program", PROGRAMS)
async def test_cancelled_anywhere_it_is_silent(
    program: Callable[[], tuple[Any, Any]], call: Callable[[Any, Any, Any], Any]
) -> None:
    for seed in range(SEEDS):
        sink = MemorySink()
        speech = SpeechCallbackHandler(ScriptedVoice(delay=0.001), sink)
        runnable, given = program()
        task = asyncio.create_task(call(runnable, given, calling(speech)))
        await asyncio.sleep(random.Random(seed).random() * LONGEST)
        task.cancel()
        await asyncio.wait([task])
        ended = not task.cancelled()
        del task  # it holds the frames of the run
        assert await asyncio.to_thread(silent, speech), seed
        stream = speech.stream
        if not ended and stream is not None and speech.spoken.unheard:
            assert stream.state is StreamState.CANCELLED, seed
        heard = len(sink.chunks)
        await asyncio.sleep(0.003)
        assert len(sink.chunks) == heard, seed
        speech.close()


async def test_a_bare_model_that_is_given_up_by_its_caller_is_silent(
    handler: SpeechCallbackHandler,
) -> None:
    model = ScriptedModel(scripts=[["Hello there ", 5.0, "never."]])
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(model.ainvoke("?", config=calling(handler)), 0.05)
    assert await asyncio.to_thread(silent, handler)
    assert handler.stream is not None
    assert handler.stream.state is StreamState.CANCELLED


@pytest.mark.skipif(sys.version_info < (3, 11), reason="before 3.11 LangChain loses callbacks in tasks")
async def test_a_model_that_a_node_gives_up_makes_room_for_what_follows(
    handler: SpeechCallbackHandler, sink: MemorySink
) -> None:
    async def impatient(state: Any) -> dict[str, Any]:
        slow = ScriptedModel(scripts=[[5.0, "Never."]])
        try:
            await asyncio.wait_for(slow.ainvoke("?"), 0.05)
        except asyncio.TimeoutError:
            return {"messages": [await ScriptedModel(scripts=[["Here ", "I am."]]).ainvoke("?")]}
        return {}

    began = time.monotonic()
    await graph_of(("impatient", impatient)).ainvoke(WHY, config=calling(handler))
    assert await handler.wait_async(5)
    assert time.monotonic() - began < 2
    assert ScriptedVoice.read(sink.samples) == "Here I am."


@pytest.mark.skipif(sys.version_info < (3, 11), reason="before 3.11 LangChain loses callbacks in tasks")
async def test_a_thread_that_goes_on_after_its_graph_was_cancelled_is_silent(
    handler: SpeechCallbackHandler, voice: ScriptedVoice
) -> None:
    over = threading.Event()

    def node(state: Any) -> Any:
        time.sleep(0.15)
        try:
            return saying("Too ", "late.")(state)
        finally:
            over.set()

    task = asyncio.create_task(graph_of(("node", node)).ainvoke(WHY, config=calling(handler)))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(over.wait, 5)
    assert await asyncio.to_thread(silent, handler)
    assert voice.voiced == ""


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_reader_who_stops_early_makes_it_silent(program: Callable[[], tuple[Any, Any]]) -> None:
    for seed in range(SEEDS):
        with SpeechCallbackHandler(ScriptedVoice(delay=0.001), MemorySink()) as speech:
            runnable, given = program()
            reading = runnable.stream(given, config=calling(speech))
            for _ in range(random.Random(seed).randrange(1, 8)):
                next(reading, None)
            reading.close()
            assert silent(speech), seed


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
def test_a_reader_of_v3_events_who_stops_early_makes_it_silent() -> None:
    for seed in range(SEEDS):
        with SpeechCallbackHandler(ScriptedVoice(delay=0.001), MemorySink()) as speech:
            agent, given = an_agent()
            run = agent.stream_events(given, config=calling(speech), version="v3")
            reading = iter(run)
            for _ in range(random.Random(seed).randrange(1, 12)):
                next(reading, None)
            run.abort()
            assert silent(speech), seed


async def test_a_reader_who_stops_early_on_an_event_loop_makes_it_silent(
    handler: SpeechCallbackHandler,
) -> None:
    async for _ in a_chain()[0].astream(QUESTION, config=calling(handler)):
        break
    await asyncio.sleep(0)
    assert await asyncio.to_thread(silent, handler)


def test_an_interruption_silences_all_that_is_at_work(sink: MemorySink) -> None:
    speech = SpeechCallbackHandler(ScriptedVoice(delay=0.002), sink)
    threads = []
    for program in (a_chain, an_agent, branches):
        runnable, given = program()
        threads.append(threading.Thread(target=runnable.invoke, args=(given, calling(speech))))
        threads[-1].start()
    time.sleep(LONGEST / 2)
    speech.interrupt()
    heard = len(sink.chunks)
    for thread in threads:
        thread.join()
    assert silent(speech)
    assert len(sink.chunks) - heard <= 1
    chain(["Hello again."]).invoke(QUESTION, config=calling(speech))
    assert speech.wait(5)
    assert ScriptedVoice.read(sink.samples).endswith("Hello again.")
    speech.close()
