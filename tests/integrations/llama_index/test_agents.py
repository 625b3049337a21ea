"""FunctionAgent, ReActAgent, CodeActAgent and AgentWorkflow."""

import asyncio
from typing import Any

import pytest
from llama_index.core.agent.workflow import AgentWorkflow, CodeActAgent, FunctionAgent, ReActAgent
from llama_index.core.llms import ChatMessage
from llama_index.core.memory import ChatSummaryMemoryBuffer
from llama_index.core.tools import FunctionTool, QueryEngineTool
from llama_index.core.workflow import Context
from llama_index_instrumentation.dispatcher import instrument_tags
from pydantic import BaseModel
from support.llama_models import ChatModel, PlainModel, Thinking, Tool, index_of
from workflows.errors import WorkflowCancelledByUser

from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.llama_index import SpeechEventHandler, attach

pytestmark = [  # LlamaIndex's own
    pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:is_running called from within a step"),
    pytest.mark.filterwarnings("ignore:Skipping serialization of known unserializable key"),
]
SLOWLY = pytest.mark.parametrize("pace", [0.01])


def weather(city: str) -> str:
    """The weather."""
    return f"Hidden weather of {city}."


CALL = Tool("weather", {"city": "Rome"})
ASKS: list[Any] = [Thinking("Hidden."), "Let me look. ", CALL]
ANSWERS: list[Any] = ["It is ", "sunny."]


def agent(*scripts: list[Any], **options: Any) -> FunctionAgent:
    return FunctionAgent(tools=[weather], llm=ChatModel(*scripts), **options)


@pytest.mark.parametrize("streaming", [True, False])
async def test_what_an_agent_says_is_spoken_once(
    streaming: bool, speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    result = await agent(ASKS, ANSWERS, streaming=streaming).run("Is it warm?")
    assert str(result) == "It is sunny."
    assert await speech.wait_async(5)
    assert voice.voiced == "Let me look. It is sunny."


async def test_an_agent_whose_events_are_read_is_spoken_once(
    speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    handler = agent(ASKS, ANSWERS).run("Is it warm?")
    assert len([event async for event in handler.stream_events()]) > 8
    await handler
    assert await speech.wait_async(5)
    assert voice.voiced == "Let me look. It is sunny."


async def test_a_model_that_calls_tools_in_its_own_way_is_heard(
    speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    class Native(ChatModel):
        async def achat_with_tools(self, *args: Any, chat_history: Any = (), **kwargs: Any) -> Any:
            return await self.achat(chat_history)

    model: Any = Native
    await FunctionAgent(tools=[weather], llm=model(ASKS, ANSWERS), streaming=False).run("Is it warm?")
    assert await speech.wait_async(5)
    assert voice.voiced == "Let me look. It is sunny."


async def test_final_only_leaves_out_what_is_said_on_the_way(voice: ScriptedVoice, sink: MemorySink) -> None:
    with attach(voice=voice, to=sink, final_only=True) as speech:
        await agent(ASKS, ANSWERS).run("Is it warm?")
        list(ChatModel(ASKS).stream_chat([ChatMessage(content="?")]))
        list(ChatModel(ANSWERS).stream_chat([ChatMessage(content="?")]))
        assert await speech.wait_async(5)
    assert voice.voiced == "It is sunny. It is sunny."


async def test_a_filler_is_said_once_while_tools_work(voice: ScriptedVoice, sink: MemorySink) -> None:
    with attach(voice=voice, to=sink, filler="One moment.") as speech:
        await agent([CALL, CALL], [CALL], ANSWERS).run("Is it warm?")
        weather_tool = FunctionTool.from_defaults(weather)
        assert weather_tool("Rome").content == "Hidden weather of Rome."
        assert await speech.wait_async(5)
    assert voice.voiced == "One moment. One moment. It is sunny."


async def test_a_tool_whose_output_is_the_answer_is_spoken(
    speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    def forecast(city: str) -> str:
        return f"Sunny in {city}."

    tool = FunctionTool.from_defaults(forecast, return_direct=True)
    asks = FunctionAgent(tools=[tool], llm=ChatModel([Tool("forecast", {"city": "Rome"})]))
    assert str(await asks.run("Is it warm?")) == "Sunny in Rome."
    assert await speech.wait_async(5)
    assert voice.voiced == "Sunny in Rome."


@pytest.mark.parametrize("as_coroutine", [True, False])
async def test_models_inside_a_tool_are_not_heard_unless_they_shall_be(
    as_coroutine: bool, voice: ScriptedVoice, sink: MemorySink
) -> None:
    async def asks_an_agent(question: str) -> str:
        """Ask somebody else."""
        return str(
            await FunctionAgent(name="other", tools=[weather], llm=ChatModel(["Inner ", "agent."])).run("?")
        )

    def asks_a_model(question: str) -> str:
        """Ask a model."""
        model = ChatModel(["Inner ", "agent."])
        return "".join(str(each.delta) for each in model.stream_chat([ChatMessage(content=question)]))

    inner = asks_an_agent if as_coroutine else asks_a_model
    for sub_agents in (False, True):
        call = Tool(inner.__name__, {"question": "?"})
        with attach(voice=voice, to=sink, sub_agents=sub_agents) as speech:
            outer = FunctionAgent(tools=[inner], llm=ChatModel([call], ANSWERS))
            assert str(await outer.run("?")) == "It is sunny."
            assert await speech.wait_async(5)
    assert voice.voiced == "It is sunny. Inner agent. It is sunny."


async def test_a_query_engine_used_as_a_tool_is_not_heard(
    speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    for streaming in (False, True):
        engine = index_of("A fact.").as_query_engine(llm=ChatModel(["Hidden ", "fact."]), streaming=streaming)
        tool = QueryEngineTool.from_defaults(engine, name="facts")
        asks = FunctionAgent(tools=[tool], llm=ChatModel([Tool("facts", {"input": "?"})], ANSWERS))
        await asks.run("?")
    assert await speech.wait_async(5)
    assert voice.voiced == "It is sunny. It is sunny."


async def test_a_query_engine_inside_a_tool_of_langchain_is_not_heard(
    speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    from langchain_core.tools import tool

    @tool
    def facts(question: str) -> str:
        """Facts."""
        return str(index_of("A fact.").as_query_engine(llm=ChatModel(["Hidden."])).query(question))

    @tool
    async def opinions(question: str) -> str:
        """Opinions."""
        return str(await ChatModel(["Hidden."]).acomplete(question))

    assert facts.invoke({"question": "?"}) == "Hidden."
    assert await facts.ainvoke({"question": "?"}) == "Hidden."
    assert await opinions.ainvoke({"question": "?"}) == "Hidden."
    assert await speech.wait_async(5)
    assert voice.voiced == ""


async def test_structured_output_and_summaries_of_an_agent_are_not_heard(
    speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    class Weather(BaseModel):
        """The weather."""

        warm: bool

    memory = ChatSummaryMemoryBuffer.from_defaults(
        chat_history=[ChatMessage(content="word " * 400)] * 3,
        llm=ChatModel(["Hidden summary."] * 1, ["Hidden summary."], ["Hidden summary."], ["Hidden summary."]),
        token_limit=500,
        tokenizer_fn=str.split,
    )
    asks = agent(ANSWERS, ["Hidden. ", Tool("Weather", {"warm": True})], output_cls=Weather)
    result: Any = await asks.run("Is it warm?", memory=memory)
    assert result.structured_response == {"warm": True}
    assert await speech.wait_async(5)
    assert voice.voiced == "It is sunny."


# ReAct


THOUGHT = "Thought: I need the weather. Hidden.\n"
ACTION = 'Action: weather\nAction Input: {"city": "Rome"}\n'
FINAL = "Thought: I can answer. Hidden.\nAnswer: It is sunny."


def cut(text: str, at: int) -> list[Any]:
    return [text[begin : begin + at] for begin in range(0, len(text), at)]


@pytest.mark.parametrize("model", [ChatModel, PlainModel])
@pytest.mark.parametrize("streaming", [True, False])
async def test_of_a_react_agent_only_the_answer_is_heard(
    model: Any, streaming: bool, speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    for at in (1, 2, 3, 5, 100):
        scripts = [cut(THOUGHT + ACTION, at), cut(FINAL, at)]
        reasons = ReActAgent(tools=[weather], llm=model(*scripts), streaming=streaming)
        assert str(await reasons.run("Is it warm?")) == "It is sunny."
    assert await speech.wait_async(5)
    assert voice.voiced == " ".join(["It is sunny."] * 5)


async def test_a_react_answer_is_heard_while_it_is_written(
    speech: SpeechEventHandler, sink: MemorySink
) -> None:
    script: list[Any] = ["Thought: Hidden.\nAnsw", "er: One two three. ", 0.3, "Four."]
    running = ReActAgent(llm=ChatModel(script)).run("?")
    async for event in running.stream_events():
        if getattr(event, "delta", "") == "Four.":
            assert ScriptedVoice.read(sink.samples).startswith("One two")
    await running


async def test_a_react_agent_s_bad_attempts_are_not_heard(
    speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    bad: list[list[Any]] = [["Answer: Hidden, without a thought."], ["Thought: Hidden, without an end."], []]
    reasons = ReActAgent(tools=[weather], llm=ChatModel(*bad, cut(FINAL, 4)))
    assert str(await reasons.run("Is it warm?")) == "It is sunny."
    plain = ReActAgent(tools=[weather], llm=ChatModel(["No marks ", "at all."]))
    assert str(await plain.run("Is it warm?")) == "No marks at all."
    assert await speech.wait_async(5)
    assert voice.voiced == "It is sunny. No marks at all."


# CodeAct


async def test_a_code_act_agent_s_code_is_not_heard(speech: SpeechEventHandler, voice: ScriptedVoice) -> None:
    async def execute(code: str) -> str:
        return "Hidden result."

    script = "Let me compute.\n<execute>\nprint('Hidden')\n</execute>\nWait."
    writes = CodeActAgent(execute, llm=ChatModel(cut(script, 3), ANSWERS))
    await writes.run("?")
    assert await speech.wait_async(5)
    assert voice.voiced == "Let me compute. Wait. It is sunny."


# several agents


def team(**options: Any) -> AgentWorkflow:
    handoff = Tool("handoff", {"to_agent": "writer", "reason": "Hidden."})
    researcher = FunctionAgent(
        name="researcher",
        description="looks",
        tools=[weather],
        llm=ChatModel(["I look. ", CALL], ["Over to the writer. ", handoff], model="small"),
    )
    writer = FunctionAgent(name="writer", description="writes", llm=ChatModel(ANSWERS, model="large"))
    return AgentWorkflow([researcher, writer], root_agent="researcher", **options)


async def test_agents_that_hand_over_are_heard(speech: SpeechEventHandler, voice: ScriptedVoice) -> None:
    assert str(await team().run("Is it warm?")) == "It is sunny."
    assert await speech.wait_async(5)
    assert voice.voiced == "I look. Over to the writer. It is sunny."


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"only": ["writer"]}, "It is sunny."),
        ({"mute": ["writer"]}, "I look. Over to the writer."),
        ({"mute": ["small"]}, "It is sunny."),
        ({"mute": ["AgentWorkflow"]}, ""),
        ({"mute": ["loud"]}, ""),
        ({"final_only": True}, "It is sunny."),
        ({"final_only": True, "mute": ["writer"]}, ""),
        ({"filler": "Hm.", "mute": ["weather"]}, "I look. Over to the writer. It is sunny."),
        ({"filler": "Hm."}, "I look. Hm. Over to the writer. It is sunny."),
    ],
)
async def test_agents_are_heard_and_muted_by_name(
    options: dict[str, Any], said: str, voice: ScriptedVoice, sink: MemorySink
) -> None:
    with attach(voice=voice, to=sink, **options) as speech, instrument_tags({"mood": "loud"}):
        await team().run("Is it warm?")
        assert await speech.wait_async(5)
    assert voice.voiced == said


async def test_agents_have_voices_of_their_own(voice: ScriptedVoice, sink: MemorySink) -> None:
    other = ScriptedVoice()
    with attach(voice=voice, to=sink, voices={"writer": other}) as speech:
        await team().run("Is it warm?")
        assert await speech.wait_async(5)
    assert voice.voiced == "I look. Over to the writer."
    assert other.voiced == "It is sunny."


# when it does not go well


@SLOWLY
async def test_a_failing_agent_falls_silent(speech: SpeechEventHandler, sink: MemorySink) -> None:
    with pytest.raises(KeyError):
        await agent(["word " * 50, KeyError("gone")]).run("?")
    with pytest.raises(Exception, match="Max iterations"):
        await agent(["word " * 50, CALL], [CALL], [CALL]).run("?", max_iterations=2)
    assert await speech.wait_async(5)
    assert len(ScriptedVoice.read(sink.samples)) < 300


async def test_early_stopping_with_an_answer_is_heard(
    speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    stops = agent(["I look. ", CALL], [CALL], ANSWERS, early_stopping_method="generate")
    assert str(await stops.run("?", max_iterations=2)) == "It is sunny."
    assert await speech.wait_async(5)
    assert voice.voiced == "I look. It is sunny."


@SLOWLY
@pytest.mark.parametrize("gently", [True, False])
async def test_a_cancelled_agent_falls_silent(
    gently: bool, speech: SpeechEventHandler, sink: MemorySink
) -> None:
    running = agent(["word " * 50, 5.0, "more"]).run("?")
    await asyncio.sleep(0.05)
    if gently:
        await running.cancel_run()
        with pytest.raises(WorkflowCancelledByUser):
            await running
    else:
        task = asyncio.ensure_future(running._result_task)
        with pytest.warns(DeprecationWarning):
            running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await speech.wait_async(5)
    assert len(ScriptedVoice.read(sink.samples)) < 200


@SLOWLY
async def test_an_agent_that_is_cancelled_while_a_tool_works_falls_silent(
    speech: SpeechEventHandler, sink: MemorySink
) -> None:
    async def slow() -> str:
        """Takes its time."""
        await asyncio.sleep(5)
        return ""

    running = FunctionAgent(tools=[slow], llm=ChatModel(["word " * 50, Tool("slow")])).run("?")
    await asyncio.sleep(0.1)
    await running.cancel_run()
    with pytest.raises(WorkflowCancelledByUser):
        await running
    assert await speech.wait_async(5)
    assert ScriptedVoice.read(sink.samples).count("word") < 30


@SLOWLY
async def test_a_timeout_is_silence(speech: SpeechEventHandler, sink: MemorySink) -> None:
    with pytest.raises(Exception, match="timed out"):
        await agent(["word " * 50, 5.0, "more"], timeout=0.1).run("?")
    assert await speech.wait_async(5)
    assert "more" not in ScriptedVoice.read(sink.samples)


async def test_a_tool_that_fails_does_not_silence_the_agent(
    speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    def broken(city: str) -> str:
        """Fails."""
        raise KeyError(city)

    asks = FunctionAgent(tools=[broken], llm=ChatModel(["I try. ", Tool("broken", {"city": "?"})], ANSWERS))
    await asks.run("?")
    assert await speech.wait_async(5)
    assert voice.voiced == "I try. It is sunny."


async def test_agents_at_once_are_heard_one_after_another(
    speech: SpeechEventHandler, sink: MemorySink
) -> None:
    async def ask(n: int) -> None:
        await agent([f"{n}a ", 0.02, f"{n}b ", 0.02, f"{n}c."]).run("?")

    await asyncio.gather(*map(ask, range(4)))
    assert await speech.wait_async(5)
    said = ScriptedVoice.read(sink.samples)
    assert len(said) == 4 * len("0a 0b 0c.")
    assert all(f"{n}a {n}b {n}c." in said for n in range(4))


async def test_a_conversation_goes_on_in_its_context(
    speech: SpeechEventHandler, voice: ScriptedVoice
) -> None:
    talks = agent(["One."], ["Two."])
    context: Any = Context(talks)
    await talks.run("?", ctx=context)
    await talks.run("?", ctx=context)
    assert await speech.wait_async(5)
    assert voice.voiced == "One. Two."


async def test_after_an_interruption_the_agent_stays_silent_until_its_next_run(
    speech: SpeechEventHandler, sink: MemorySink
) -> None:
    working = asyncio.Event()

    async def slow(city: str) -> str:
        """Takes its time."""
        working.set()
        await asyncio.sleep(0.1)
        return "done"

    call = Tool("slow", {"city": "?"})
    asks = FunctionAgent(tools=[slow], llm=ChatModel([call], ["Hidden."], ["Heard."]))
    running = asks.run("?")
    await working.wait()
    speech.interrupt()
    await running
    await asks.run("?")
    assert await speech.wait_async(5)
    assert ScriptedVoice.read(sink.samples) == "Heard."
