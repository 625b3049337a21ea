"""Programs put together at random, of all that LangChain and LangGraph have: what their users read is heard,
once, in order, and nothing else.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from langchain.agents import create_agent
from langchain_core.caches import InMemoryCache
from langchain_core.runnables import RunnableLambda, RunnableParallel
from langchain_core.tools import StructuredTool
from support.gate import Gate
from support.langchain_models import (
    WHY,
    ScriptedModel,
    SilentModel,
    calling,
    graph_of,
    look_up,
    reasoning,
    tool_call,
)

from llmvox_plugins.core.testing import ScriptedVoice
from llmvox_plugins.integrations.langchain import SpeechCallbackHandler

RETRY: Any = {"wait_exponential_jitter": False, "stop_after_attempt": 4}
TIMES = 64  # a program may be run again by those around it


@dataclass
class Group:
    """Answers that are given at the same time: each is a text, and their order is open."""

    answers: list[str]


@dataclass
class Written:
    """A program, and what is heard of it: answers that follow one another, or groups."""

    program: Any
    heard: list[str | Group] = field(default_factory=list)


class Author:
    """Writes programs; no two of their words are the same.

    streamed: whether they will be streamed: then LangChain tries nothing again, but for what nodes invoke.
    """

    def __init__(self, draw: Any, streamed: bool) -> None:
        self._draw = draw
        self._streamed = streamed
        self._count = itertools.count()

    def pick(self, *choices: Any) -> Any:
        return self._draw(st.sampled_from(choices))

    def program(self, depth: int) -> Written:
        kinds: list[Callable[[int], Written]] = [self.model]
        kinds += [] if self._streamed else [self.flaky, self.fallback]
        if depth:
            kinds += [self.sequence, self.parallel, self.graph, self.agent, self.agent]
            kinds += [] if self._streamed else [self.again]
        return self.pick(*kinds)(depth)  # type: ignore[no-any-return]

    def invoked(self, depth: int) -> Written:
        """A program that a node or a tool asks."""
        streamed, self._streamed = self._streamed, False
        try:
            return self.program(depth)
        finally:
            self._streamed = streamed

    def pieces(self) -> tuple[list[Any], str]:
        """An answer in pieces, and its text."""
        words = [f"w{next(self._count)}" for _ in range(self.pick(1, 2, 5))]
        text = " ".join(words) + "."
        cuts = sorted({self.pick(*range(len(text) + 1)) for _ in range(self.pick(0, 1, 4))})
        pieces: list[Any] = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
        for _ in range(self.pick(0, 0, 1, 2)):
            pieces.insert(self.pick(*range(len(pieces) + 1)), self.pick(reasoning("hidden"), "", 0.001))
        return pieces, text

    def model(self, depth: int = 0) -> Written:
        pieces, text = self.pieces()
        kind = self.pick(ScriptedModel, ScriptedModel, SilentModel)
        cache = self.pick(None, None, InMemoryCache())
        asked = kind(scripts=[pieces] * TIMES, reports=self.pick(True, False), cache=cache)
        if self.pick(False, False, True):
            return Written(asked.with_config(tags=["nostream"]))
        return Written(asked, [text])

    def attempts(self) -> tuple[list[list[Any]], str]:
        wrong = [[*self.pieces()[0], ConnectionError("gone")] for _ in range(self.pick(1, 2))]
        right, text = self.pieces()
        return [*wrong, right] * TIMES, text

    def flaky(self, depth: int = 0) -> Written:
        scripts, text = self.attempts()
        return Written(ScriptedModel(scripts=scripts).with_retry(**RETRY), [text])

    def fallback(self, depth: int = 0) -> Written:
        wrong = [*self.pieces()[0], ConnectionError("gone")]
        right, text = self.pieces()
        first, second = ScriptedModel(scripts=[wrong] * TIMES), ScriptedModel(scripts=[right] * TIMES)
        return Written(first.with_fallbacks([second]), [text])

    def sequence(self, depth: int) -> Written:
        parts = [self.program(depth - 1) for _ in range(self.pick(2, 3))]
        whole: Any = RunnableLambda(lambda _: "?")
        for part in parts:
            whole = whole | part.program | RunnableLambda(lambda _: "?")
        return Written(whole, [answer for part in parts for answer in part.heard])

    def again(self, depth: int) -> Written:
        inner = self.program(depth - 1)
        times = self.pick(1, 2)

        fails = itertools.cycle([True] * times + [False])

        def parser(given: Any) -> Any:
            if next(fails):
                raise ValueError("not what I asked for")
            return given

        return Written((inner.program | RunnableLambda(parser)).with_retry(**RETRY), inner.heard)

    def parallel(self, depth: int) -> Written:
        kinds = [self.model] if self._streamed else [self.model, self.flaky]
        parts = [self.pick(*kinds)() for _ in range(self.pick(2, 3))]
        branches: Any = {f"branch{n}": part.program for n, part in enumerate(parts)}
        answers = [str(answer) for part in parts for answer in part.heard]
        return Written(RunnableParallel(branches), [Group(answers)] if answers else [])

    def graph(self, depth: int) -> Written:
        parts = [self.invoked(depth - 1) for _ in range(self.pick(1, 2, 3))]
        graph = graph_of(*((f"node{n}", node_of(part)) for n, part in enumerate(parts)))
        return Written(asking(graph), [answer for part in parts for answer in part.heard])

    def agent(self, depth: int) -> Written:
        inner = self.invoked(depth - 1)
        tools: list[Any] = [look_up, StructuredTool.from_function(tool_of(inner), name="ask")]
        scripts: list[list[Any]] = []
        heard: list[str | Group] = []
        for _ in range(self.pick(0, 1, 2)):
            pieces, text = self.pick(self.pieces(), ([], ""))
            calls = self.pick(["look_up"], ["ask"], ["look_up", "ask"])
            scripts.append([*pieces, *(tool_call(name, index=n, word="x") for n, name in enumerate(calls))])
            heard += [text] if text else []
        pieces, text = self.pieces()
        kind = self.pick(ScriptedModel, SilentModel)
        agent: Any = create_agent(kind(scripts=[*scripts, pieces] * TIMES), tools)
        return Written(asking(agent), [*heard, text])


def asking(agent: Any) -> Any:
    return RunnableLambda(lambda _: WHY) | agent


def node_of(part: Written) -> Any:
    def node(state: Any) -> dict[str, Any]:
        part.program.invoke("?")
        return {}

    return node


def tool_of(part: Written) -> Any:
    def ask(word: str) -> str:
        """Asks somebody who is not heard."""
        part.program.invoke(word)
        return word

    return ask


@st.composite
def programs(draw: Any, streamed: bool) -> Written:
    return Author(draw, streamed).program(depth=2)


def is_heard(heard: str, expected: list[str | Group]) -> bool:
    for each in expected:
        open_answers = list(each.answers) if isinstance(each, Group) else [each]
        while open_answers:
            found = [answer for answer in open_answers if heard.startswith(answer)]
            if len(found) != 1:
                return False
            open_answers.remove(found[0])
            heard = heard.removeprefix(found[0])
    return heard == ""


def test_the_judge_of_these_tests_is_just() -> None:
    assert is_heard("w1.w3.w2.", ["w1.", Group(["w2.", "w3."])])
    assert not is_heard("w2.w1.", ["w1.", "w2."])
    assert not is_heard("w1.w1.", ["w1."])
    assert not is_heard("w1.", ["w1.", "w2."])


def invoke(program: Any, config: Any) -> None:
    program.invoke("?", config=config)


def stream(program: Any, config: Any) -> None:
    for _ in program.stream("?", config=config):
        pass


def batch(program: Any, config: Any) -> None:
    program.batch(["?"], config=config)


def ainvoke(program: Any, config: Any) -> None:
    asyncio.run(program.ainvoke("?", config=config))


def astream(program: Any, config: Any) -> None:
    async def read() -> None:
        async for _ in program.astream("?", config=config):
            pass

    asyncio.run(read())


def events(program: Any, config: Any) -> None:
    async def read() -> None:
        async for _ in program.astream_events("?", config=config, version="v2"):
            pass

    asyncio.run(read())


def events_v3(program: Any, config: Any) -> None:
    graph = graph_of(("program", node_of(Written(program))))
    for _ in graph.stream_events(WHY, config=config, version="v3"):
        pass


INVOKED = [invoke, batch, events_v3]
STREAMED = [stream]
if sys.version_info >= (3, 11):  # before, LangChain loses callbacks in the tasks of a graph
    INVOKED += [ainvoke]
    STREAMED += [astream, events]

many = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
@pytest.mark.parametrize("run", INVOKED)
@many
@given(written=programs(streamed=False))
def test_what_a_user_reads_is_heard_once_in_order(run: Callable[[Any, Any], None], written: Written) -> None:
    is_heard_as_written(run, written)


@pytest.mark.parametrize("run", STREAMED)
@many
@given(written=programs(streamed=True))
def test_what_streams_is_heard_once_in_order(run: Callable[[Any, Any], None], written: Written) -> None:
    is_heard_as_written(run, written)


def is_heard_as_written(run: Callable[[Any, Any], None], written: Written) -> None:
    gate = Gate()
    with SpeechCallbackHandler(ScriptedVoice(), gate) as speech:
        speech.say("Listen.")
        run(written.program, calling(speech))
        heard = gate.open(speech)
        assert is_heard(heard.removeprefix("Listen."), written.heard), (heard, written.heard)
        assert len(speech._runs) == 0
        assert speech._narrator._roots == {}
        assert speech.error is None
