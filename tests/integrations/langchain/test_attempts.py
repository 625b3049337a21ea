"""What was tried in vain is taken back as far as nobody has heard it: precisely that, and nothing else."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import ModelFallbackMiddleware, ModelRetryMiddleware, ToolRetryMiddleware
from langchain_core.runnables import RunnableLambda, RunnableParallel
from langchain_core.tools import tool
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import RetryPolicy
from support.gate import Gate
from support.langchain_models import (
    QUESTION,
    WHY,
    ScriptedModel,
    SilentModel,
    calling,
    chain,
    failing,
    look_up,
    saying,
    tool_call,
)

from llmvox_plugins import StreamState
from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.langchain import SpeechCallbackHandler

GONE = ConnectionError("gone")


def model(*scripts: list[Any], kind: type[ScriptedModel] = ScriptedModel) -> Any:
    return kind(scripts=list(scripts))


def test_what_was_heard_before_an_error_was_heard_and_the_rest_is_silence(sink: MemorySink) -> None:
    voice = ScriptedVoice(delay=0.02)
    with SpeechCallbackHandler(voice, sink) as speech:
        pipeline = model(["Broken " * 20, 0.1, GONE]).with_fallbacks([model(["Second ", "attempt."])])
        assert pipeline.invoke("?", config=calling(speech)).text == "Second attempt."
        assert speech.wait(5)
    said = ScriptedVoice.read(sink.samples)
    assert said.endswith("Second attempt.")
    assert 1 <= said.count("Broken") < 12


RETRY: Any = {"wait_exponential_jitter": False, "stop_after_attempt": 3}


def a_retried_model() -> Any:
    return model(["Wrong. ", GONE], ["Wrong, too. ", GONE], ["Right."]).with_retry(**RETRY)


def a_fallback() -> Any:
    return model(["Wrong. ", GONE]).with_fallbacks([model(["Wrong, too. ", GONE]), model(["Right."])])


def a_fallback_that_does_not_stream() -> Any:
    return model(["Wrong. ", GONE]).with_fallbacks([model(["Right."], kind=SilentModel)])


def a_retried_parser() -> Any:
    return (model(["Wrong. "], ["Wrong, too. "], ["Right."]) | failing(2)).with_retry(**RETRY)


def a_fallback_for_a_parser() -> Any:
    return (model(["Wrong. "]) | failing(1)).with_fallbacks([model(["Right."])])


def a_retry_inside_a_retry() -> Any:
    inner = model(["Wrong. ", GONE], ["Wrong. "], ["Wrong. ", GONE], ["Right."]).with_retry(**RETRY)
    return (inner | failing(1)).with_retry(**RETRY)


def two_models_of_which_the_second_fails() -> Any:
    pair = model(["Wrong. "], ["Right."]) | RunnableLambda(lambda _: "?") | model(["No. ", GONE], [""])
    return pair.with_retry(**RETRY)


ATTEMPTS: list[Callable[[], Any]] = [
    a_retried_model,
    a_fallback,
    a_fallback_that_does_not_stream,
    a_retried_parser,
    a_fallback_for_a_parser,
    a_retry_inside_a_retry,
    two_models_of_which_the_second_fails,
]


@pytest.mark.parametrize("attempts", ATTEMPTS)
def test_only_the_attempt_that_succeeds_is_heard(
    attempts: Callable[[], Any], held: SpeechCallbackHandler, gate: Gate
) -> None:
    program = saying_before_and_after(attempts())
    program.invoke("?", config=calling(held))
    assert gate.open(held) == "Listen.Before.Right.After."
    assert len(held._runs) == 0


@pytest.mark.parametrize("attempts", ATTEMPTS)
async def test_only_the_attempt_that_succeeds_is_heard_on_an_event_loop(
    attempts: Callable[[], Any], held: SpeechCallbackHandler, gate: Gate
) -> None:
    await saying_before_and_after(attempts()).ainvoke("?", config=calling(held))
    assert await asyncio.to_thread(gate.open, held) == "Listen.Before.Right.After."


@pytest.mark.parametrize("attempts", ATTEMPTS)
def test_only_the_attempt_that_succeeds_is_heard_without_a_run_around_it(
    attempts: Callable[[], Any], held: SpeechCallbackHandler, gate: Gate
) -> None:
    attempts().invoke("?", config=calling(held))
    assert gate.open(held) == "Listen.Right."


def saying_before_and_after(program: Any) -> Any:
    question: Any = RunnableLambda(lambda _: "?")
    return model(["Before. "]) | question | program | question | model(["After. "])


def test_attempts_at_the_same_time_do_not_take_each_other_back(
    held: SpeechCallbackHandler, gate: Gate
) -> None:
    branches: Any = RunnableParallel(
        a=model(["A1 ", 0.05, GONE], ["A2."]).with_retry(**RETRY),
        b=model(["B1 ", 0.1, "B2."]),
        c=model(["C1 ", GONE]).with_fallbacks([model([0.05, "C2."])]),
    )
    branches.invoke("?", config=calling(held))
    heard = gate.open(held)
    assert all(heard.count(part) == 1 for part in ("A2.", "B1 B2.", "C2."))
    assert len(heard) == len("Listen.A2.B1 B2.C2.")


def test_a_node_that_is_tried_again_is_heard_once(held: SpeechCallbackHandler, gate: Gate) -> None:
    refuse = failing(1)

    def node(state: MessagesState) -> dict[str, Any]:
        said = saying("Said here. ")(state)
        refuse.invoke("?")
        return dict(said)

    builder = StateGraph(MessagesState)
    builder.add_node("first", saying("First. "))
    builder.add_node("flaky", node, retry_policy=RetryPolicy(initial_interval=0.01, retry_on=ValueError))
    builder.add_edge(START, "first")
    builder.add_edge("first", "flaky")
    builder.compile().invoke(WHY, config=calling(held))
    assert gate.open(held) == "Listen.First.Said here."


def test_an_agent_s_retries_and_fallbacks_are_heard_once(held: SpeechCallbackHandler, gate: Gate) -> None:
    looks = ["Let me look. ", tool_call("look_up", word="x")]
    first = model(["Wrong. ", GONE], looks, ["Wrong. ", GONE], ["Wrong. ", GONE])
    retry = ModelRetryMiddleware(max_retries=1, initial_delay=0.0, jitter=False, on_failure="error")
    fallback = ModelFallbackMiddleware(model(["Right."]))
    agent: Any = create_agent(first, [look_up], middleware=[fallback, retry])
    agent.invoke(WHY, config=calling(held))
    assert gate.open(held) == "Listen.Let me look.Right."


def test_a_tool_that_fails_takes_back_what_was_said_in_it_and_no_more(voice: ScriptedVoice) -> None:
    @tool
    def ask_expert(question: str) -> str:
        """Ask an expert."""
        model(["Nonsense."]).invoke(question)
        raise ValueError("no expert")

    asks = ["Let me ask. ", tool_call("ask_expert", question="x")]
    forgiving = ToolRetryMiddleware(max_retries=0, on_failure="continue")
    agent: Any = create_agent(model(asks, ["There is none."]), [ask_expert], middleware=[forgiving])
    gate = Gate()
    with SpeechCallbackHandler(voice, gate, sub_agents=True) as speech:
        speech.say("Listen.")
        agent.invoke(WHY, config=calling(speech))
        assert gate.open(speech) == "Listen.Let me ask.There is none."


def test_an_exception_that_ends_the_call_reaches_the_caller_and_is_silence(
    handler: SpeechCallbackHandler,
) -> None:
    with pytest.raises(ConnectionError):
        chain(["Hello ", GONE]).invoke(QUESTION, config=calling(handler))
    assert handler.wait(5)
    assert handler.stream is not None
    assert handler.stream.state is StreamState.CANCELLED
    assert len(handler._runs) == 0
    assert handler._narrator._roots == {}


def test_an_error_of_one_in_a_batch_does_not_silence_the_others(
    held: SpeechCallbackHandler, gate: Gate
) -> None:
    pipeline = chain(["One."], ["Two. ", GONE], ["Three."])
    results = pipeline.batch([QUESTION] * 3, config=calling(held, max_concurrency=1), return_exceptions=True)
    assert isinstance(results[1], ConnectionError)
    assert gate.open(held) == "Listen.One.Three."
