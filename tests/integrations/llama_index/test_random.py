"""Random programs on LlamaIndex, which fail, are cancelled, or left early: all is told once, and in order.

Every text that is for the user consists of words that name its call; every other text says "hidden".
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from llama_index.core.agent.workflow import FunctionAgent, ReActAgent
from llama_index.core.chat_engine import CondensePlusContextChatEngine, SimpleChatEngine
from llama_index.core.llms import ChatMessage
from llama_index.core.postprocessor import LLMRerank
from llama_index.core.response_synthesizers import ResponseMode
from llama_index.core.workflow import Context, Event, StartEvent, StopEvent, Workflow, step
from support.llama_models import ChatModel, PlainModel, Thinking, Tool, index_of, notes

from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.llama_index import (
    Speech,
    SpeechEventHandler,
    attach,
    speak_events,
    speak_response,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:is_running called from within a step"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]
HIDDEN: list[Any] = ["hidden ", "hidden. "]
HISTORY = [ChatMessage(content="hidden"), ChatMessage(role="assistant", content="hidden")]


class GoneError(Exception):
    """What goes wrong."""


@dataclass
class Plan:
    """One call of the program. fails_at: which item of its script is an error, if any."""

    kind: str
    plain: bool  # a model that only completes text
    words: int
    fails_at: int | None
    reads: int | None  # items that are read of a stream; None: all
    pauses: bool


def words(n: int, plan: Plan) -> list[str]:
    return [f"{n}x{at}z " for at in range(plan.words)]


def script(n: int, plan: Plan) -> list[Any]:
    items: list[Any] = list(words(n, plan))
    if plan.pauses:
        items = [each for item in items for each in (item, 0.001)]
    if plan.fails_at is not None:
        items.insert(plan.fails_at % (len(items) + 1), GoneError())
    return items


def model(plan: Plan, *scripts: list[Any]) -> Any:
    return PlainModel(*scripts) if plan.plain else ChatModel(*scripts)


async def drain(items: Any, plan: Plan) -> None:
    """Read a stream of either kind, perhaps not to its end."""
    read = 0
    if hasattr(items, "__anext__"):
        async for _ in items:
            read += 1
            if read == plan.reads:
                break
        await items.aclose()
    else:
        for _ in items:
            read += 1
            await asyncio.sleep(0)
            if read == plan.reads:
                break
        items.close()


async def chats(n: int, plan: Plan) -> None:
    await model(plan, script(n, plan)).achat(HISTORY)


async def completes(n: int, plan: Plan) -> None:
    model(plan, script(n, plan)).complete("?")


async def streams(n: int, plan: Plan) -> None:
    await drain(await model(plan, script(n, plan)).astream_chat(HISTORY), plan)


async def streams_in_sync(n: int, plan: Plan) -> None:
    await drain(model(plan, script(n, plan)).stream_complete("?"), plan)


async def queries(n: int, plan: Plan) -> None:
    ranks = ["Doc: 1, Relevance: 9\nDoc: 2, Relevance: 8"]
    llm = model(plan, ranks, HIDDEN, script(n, plan))
    engine = index_of("hidden", "hidden").as_query_engine(
        llm=llm,
        streaming=plan.reads is not None,
        response_mode=ResponseMode.REFINE,
        similarity_top_k=2,
        node_postprocessors=[LLMRerank(llm=llm, top_n=2)],
    )
    llm._scripts = model(
        plan, ["Doc: 1, Relevance: 9\nDoc: 2, Relevance: 8"], HIDDEN, script(n, plan)
    )._scripts
    response: Any = await engine.aquery("?")
    if plan.reads is not None:
        await drain(response.async_response_gen(), plan)


async def talks(n: int, plan: Plan) -> None:
    engine = SimpleChatEngine.from_defaults(llm=model(plan, script(n, plan)), memory=notes())
    if plan.reads is None:
        engine.chat("?")
    else:
        async for _ in (await engine.astream_chat("?")).async_response_gen():
            pass


async def condenses(n: int, plan: Plan) -> None:
    engine = CondensePlusContextChatEngine.from_defaults(
        index_of("hidden").as_retriever(), llm=model(plan, HIDDEN, script(n, plan)), memory=notes(*HISTORY)
    )
    if plan.reads is None:
        await engine.achat("?")
    else:
        await asyncio.to_thread(lambda: list(engine.stream_chat("?").response_gen))


async def asks_tools(n: int, plan: Plan) -> None:
    async def helper() -> str:
        """Helps."""
        inner = FunctionAgent(name="inner", llm=ChatModel(HIDDEN))
        return str(await inner.run("?")) + str(
            index_of("hidden").as_query_engine(llm=ChatModel(HIDDEN)).query("?")
        )

    llm = ChatModel([Thinking("hidden"), Tool("helper")], [Thinking("hidden"), *script(n, plan)])
    await FunctionAgent(tools=[helper], llm=llm, streaming=plan.reads is not None).run("?")


async def reasons(n: int, plan: Plan) -> None:
    def helper() -> str:
        """Helps."""
        return str(PlainModel(HIDDEN).complete("?"))

    thinks = ["Thought: hidden.\nAct", "ion: helper\nAction Input: {}"]
    llm = model(plan, thinks, ["Thought: hidden.\nAns", "wer: ", *script(n, plan)])
    await ReActAgent(tools=[helper], llm=llm, streaming=plan.reads is not None).run("?")


class Draft(Event):
    pass


async def flows(n: int, plan: Plan) -> None:
    class Flow(Workflow):
        @step
        async def draft(self, ctx: Context, ev: StartEvent) -> Draft:
            await model(plan, HIDDEN).acomplete("?")
            return Draft()

        @step
        async def write(self, ctx: Context, ev: Draft) -> StopEvent:
            llm = model(plan, script(n, plan))
            if plan.reads is None:
                return StopEvent(result=await llm.acomplete("?"))
            return StopEvent(result="".join([each.delta async for each in await llm.astream_chat(HISTORY)]))

    await Flow().run()


CALLS = [
    chats,
    completes,
    streams,
    streams_in_sync,
    queries,
    talks,
    condenses,
    asks_tools,
    reasons,
    flows,
]
KINDS: dict[str, Callable[[int, Plan], Awaitable[None]]] = {call.__name__: call for call in CALLS}
PLANS = st.builds(
    Plan,
    kind=st.sampled_from(sorted(KINDS)),
    plain=st.booleans(),
    words=st.integers(1, 6),
    fails_at=st.none() | st.integers(0, 12),
    reads=st.none() | st.integers(1, 8),
    pauses=st.booleans(),
)
MOMENTS = st.lists(st.floats(0, 0.03), min_size=4, max_size=4)
SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
RANDOMLY = settings(max_examples=25, deadline=None, suppress_health_check=SLOW)


def is_left_early(plan: Plan) -> bool:
    reads_a_stream = plan.kind in ("streams", "streams_in_sync", "queries")
    return reads_a_stream and plan.reads is not None and plan.reads <= plan.words


def check(heard: str, plans: list[Plan], cut: set[int]) -> None:
    """Whole texts stand once and in order; of those that were cut, at most a beginning does."""
    assert "hidden" not in heard
    told = re.findall(r"\d+x\d+z", heard)
    expected = {n: [word.strip() for word in words(n, plan)] for n, plan in enumerate(plans)}
    assert [int(word.split("x")[0]) for word in told] == sorted(int(word.split("x")[0]) for word in told)
    for n, all_of_it in expected.items():
        mine = [word for word in told if word.startswith(f"{n}x")]
        assert mine == (all_of_it[: len(mine)] if n in cut else all_of_it)


def forgotten(speech: SpeechEventHandler) -> bool:
    return len(speech._listener) == 0 and speech._narrator._roots == {} and speech.error is None


@given(plans=st.lists(PLANS, min_size=1, max_size=4))
@RANDOMLY
def test_one_call_after_another(plans: list[Plan]) -> None:
    voice, sink = ScriptedVoice(), MemorySink()
    cut = set()

    async def program() -> None:
        for n, plan in enumerate(plans):
            try:
                await KINDS[plan.kind](n, plan)
            except GoneError:
                cut.add(n)
            if is_left_early(plan):
                cut.add(n)

    with attach(voice=voice, to=sink) as speech:
        asyncio.run(program())
        assert speech.wait(5)
        assert forgotten(speech)
    check(ScriptedVoice.read(sink.samples), plans, cut)


@given(plans=st.lists(PLANS, min_size=1, max_size=4), after=MOMENTS)
@RANDOMLY
def test_calls_at_once_that_are_cancelled_at_any_point(plans: list[Plan], after: list[float]) -> None:
    voice, sink = ScriptedVoice(), MemorySink()
    cut = set()

    async def one(n: int, plan: Plan) -> None:
        task = asyncio.ensure_future(KINDS[plan.kind](n, plan))
        done, _ = await asyncio.wait([task], timeout=after[n])
        task.cancel()
        (result,) = await asyncio.gather(task, return_exceptions=True)
        if not done or isinstance(result, BaseException) or is_left_early(plan):
            cut.add(n)

    async def program() -> None:
        await asyncio.gather(*(one(n, plan) for n, plan in enumerate(plans)))
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0.01)

    with attach(voice=voice, to=sink) as speech:
        asyncio.run(program())
        assert speech.wait(5)
        assert forgotten(speech)
    heard = ScriptedVoice.read(sink.samples)
    assert "hidden" not in heard
    for n, plan in enumerate(plans):
        mine = re.findall(rf"{n}x\d+z", heard)
        all_of_it = [word.strip() for word in words(n, plan)]
        assert mine == (all_of_it[: len(mine)] if n in cut else all_of_it)


@given(plan=PLANS, agent=st.booleans())
@RANDOMLY
def test_what_is_spoken_explicitly_is_spoken_there_alone(plan: Plan, agent: bool) -> None:
    ambient, voice, sink = ScriptedVoice(), ScriptedVoice(), MemorySink()
    failed = set()

    async def program(speech: Speech) -> None:
        try:
            if agent:
                running = FunctionAgent(llm=ChatModel(script(0, plan))).run("?")
                async for _ in speak_events(running, speech=speech):
                    pass
                await running
            else:
                stream = speak_response(
                    await model(plan, script(0, plan)).astream_chat(HISTORY), speech=speech
                )
                async for _ in stream:
                    pass
        except GoneError:
            failed.add(0)

    with attach(voice=ambient, to=MemorySink()) as handler, Speech(voice, sink) as speech:
        asyncio.run(program(speech))
        assert speech.wait(5)
        assert handler.wait(5)
        assert forgotten(handler)
        assert speech._narrator._roots == {}
    assert ambient.voiced == ""
    check(ScriptedVoice.read(sink.samples), [plan], failed)
