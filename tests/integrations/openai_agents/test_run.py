"""The real Agents SDK runs; only its models, at the far edge, are scripted."""

import asyncio
import logging
import random
import subprocess
import sys
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from agents import (
    Agent,
    AgentOutputSchema,
    GuardrailFunctionOutput,
    InputGuardrailTripwireTriggered,
    MaxTurnsExceeded,
    ModelSettings,
    OpenAIChatCompletionsModel,
    OutputGuardrailTripwireTriggered,
    Runner,
    function_tool,
    input_guardrail,
    output_guardrail,
    set_tracing_disabled,
)
from agents.retry import ModelRetrySettings
from agents.testing import ModelStep, ScriptedModel, assistant_message, function_call
from openai import AsyncOpenAI
from openai.types.responses import ResponseReasoningItem
from openai.types.responses.response_reasoning_item import Summary
from pydantic import BaseModel
from support.agents_script import silent, streams
from support.llm_server import llm_server, says

from llmvox_plugins import StreamState
from llmvox_plugins.core.audio import AudioChunk
from llmvox_plugins.core.errors import SinkError, UnknownVoiceError
from llmvox_plugins.core.narrator import Narrator
from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.openai_agents import SpokenRun, speak_run

set_tracing_disabled(True)


@pytest.fixture
def narrator(voice: ScriptedVoice, sink: MemorySink) -> Iterator[Narrator]:
    narrator = Narrator(voice, sink)
    yield narrator
    narrator.close(5)


@function_tool
async def weather(city: str) -> str:
    """The weather."""
    await asyncio.sleep(0.05)
    return "sunny"


def agent(*steps: Any, name: str = "main", **options: Any) -> Agent[Any]:
    return Agent(name=name, model=ScriptedModel(steps), **options)


def call(name: str = "weather", call_id: str = "1", **arguments: Any) -> Any:
    return function_call(name, arguments or {"city": "Rome"}, call_id=call_id)


async def run(who: Agent[Any], narrator: Narrator, **options: Any) -> SpokenRun:
    speech = speak_run(Runner.run_streamed(who, "Why?"), narrator=narrator, **options)
    async for _ in speech:
        pass
    assert await speech.wait_async(5)
    return speech


async def test_the_events_are_those_of_the_run_and_the_answer_is_heard(
    narrator: Narrator, sink: MemorySink
) -> None:
    steps = [streams("Blue ", "light ", "scatters.")]
    plain = [event async for event in Runner.run_streamed(agent(*steps), "Why?").stream_events()]
    result = Runner.run_streamed(agent(*steps), "Why?")
    speech = speak_run(result, narrator=narrator)
    events = [event async for event in speech]
    assert [event.type for event in events] == [event.type for event in plain]
    assert await speech.wait_async(5)
    assert ScriptedVoice.read(sink.samples) == "Blue light scatters."
    assert speech.result is result
    assert result.final_output == speech.spoken.heard == "Blue light scatters."
    assert narrator._roots == {}


async def test_it_is_heard_while_it_is_written(narrator: Narrator, sink: MemorySink) -> None:
    early = []
    result = Runner.run_streamed(agent(streams(*["word ", 0.03] * 8)), "Why?")
    async for event in speak_run(result, narrator=narrator):
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
            early.append(len(sink.chunks))
    assert early[-1] > 0


async def test_tools_are_called_in_silence(narrator: Narrator, voice: ScriptedVoice) -> None:
    who = agent(streams("Let me look. ", call()), streams("It is ", "sunny."), tools=[weather])
    speech = await run(who, narrator)
    assert voice.voiced == "Let me look. It is sunny."
    assert speech.spoken.text == "Let me look. \n\nIt is sunny."


async def test_reasoning_is_not_said(narrator: Narrator, voice: ScriptedVoice) -> None:
    thought = ResponseReasoningItem(
        id="r", type="reasoning", summary=[Summary(type="summary_text", text="Hmm, Rome.")]
    )
    who = agent([thought, call()], [thought, assistant_message("Sunny.")], tools=[weather])
    await run(who, narrator)
    assert voice.voiced == "Sunny."


async def test_an_agent_that_works_as_a_tool_is_not_heard(narrator: Narrator, voice: ScriptedVoice) -> None:
    expert = agent(streams("Expert ", "words."), name="expert")
    tool = expert.as_tool(tool_name="ask", tool_description="Ask.")
    await run(agent(streams(call("ask", input="q")), streams("He says no."), tools=[tool]), narrator)
    assert voice.voiced == "He says no."


async def test_who_takes_over_speaks_in_a_voice_of_his_own(sink: MemorySink) -> None:
    one, two = ScriptedVoice(), ScriptedVoice()
    spanish = agent(streams("Hola ", "amigo."), name="spanish")
    who = agent(streams("One moment. ", call("transfer_to_spanish")), handoffs=[spanish])
    result = Runner.run_streamed(who, "Hi")
    speech = speak_run(result, one, sink, voices={"spanish": two})
    async for _ in speech:
        pass
    assert await speech.wait_async(5)
    assert (one.voiced, two.voiced) == ("One moment.", "Hola amigo.")
    assert ScriptedVoice.read(sink.samples) == "One moment.Hola amigo."


@pytest.mark.parametrize(
    ("options", "said"),
    [({"mute": ["spanish"]}, "One."), ({"only": ["spanish"]}, "Hola."), ({"mute": "main"}, "Hola.")],
)
async def test_agents_are_muted_by_name(sink: MemorySink, options: dict[str, Any], said: str) -> None:
    voice = ScriptedVoice()
    spanish = agent(streams("Hola."), name="spanish")
    who = agent(streams("One.", call("transfer_to_spanish")), handoffs=[spanish])
    speech = speak_run(Runner.run_streamed(who, "Hi"), voice, sink, **options)
    async for _ in speech:
        pass
    assert await speech.wait_async(5)
    assert voice.voiced == said


async def test_a_filler_is_said_once_where_the_agent_says_nothing(
    narrator: Narrator, voice: ScriptedVoice
) -> None:
    who = agent(
        streams(call(call_id="1"), call(call_id="2")),
        streams("Once more. ", call(call_id="3")),
        streams("Sunny."),
        tools=[weather],
    )
    await run(who, narrator, filler="Let me look.")
    assert voice.voiced == "Let me look. Once more. Sunny."


async def test_a_filler_is_heard_while_the_tool_works(sink: MemorySink) -> None:
    heard: list[str] = []

    @function_tool
    async def slow() -> str:
        """Slow."""
        await asyncio.sleep(0.5)
        heard.append(ScriptedVoice.read(sink.samples))
        return "done"

    who = agent([function_call("slow", {}, call_id="1")], streams("Done."), tools=[slow])
    speech = speak_run(Runner.run_streamed(who, "Hi"), ScriptedVoice(), sink, filler="Wait.")
    async for _ in speech:
        pass
    assert heard == ["Wait."]


class Answer(BaseModel):
    text: str


async def test_structured_output_is_not_read_out(narrator: Narrator, voice: ScriptedVoice) -> None:
    for kind in (Answer, AgentOutputSchema(Answer)):
        await run(agent(streams('{"text": ', '"x"}'), output_type=kind), narrator)
    assert voice.voiced == ""
    await run(agent(streams("Plain."), output_type=str), narrator)
    assert voice.voiced == "Plain."


async def test_a_model_that_does_not_stream_is_heard_when_it_is_done(
    narrator: Narrator, voice: ScriptedVoice
) -> None:
    who = agent(
        silent(assistant_message("Whole. "), call()), silent(assistant_message("Done.")), tools=[weather]
    )
    await run(who, narrator)
    assert voice.voiced == "Whole. Done."


async def test_two_messages_of_one_response_are_two_texts(narrator: Narrator, voice: ScriptedVoice) -> None:
    await run(agent([assistant_message("No full stop"), assistant_message("Next")]), narrator)
    assert [(word.text, word.ends_sentence) for word in voice.words][2:] == [("stop", True), ("Next", True)]


@pytest.mark.parametrize("stream", [True, False])
async def test_chat_completions_are_heard_too(narrator: Narrator, voice: ScriptedVoice, stream: bool) -> None:
    with llm_server() as server:
        server.script = says("Hello ", "world.")
        async with AsyncOpenAI(base_url=server.url, api_key="none") as client:
            who = Agent(name="chat", model=OpenAIChatCompletionsModel(model="any", openai_client=client))
            await run(who, narrator)
    assert voice.voiced == "Hello world."


# what is void


@input_guardrail
async def strict(context: Any, who: Any, given: Any) -> GuardrailFunctionOutput:
    await asyncio.sleep(0.1)
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered=True)


@output_guardrail
async def prudish(context: Any, who: Any, output: Any) -> GuardrailFunctionOutput:
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered=True)


@input_guardrail(run_in_parallel=False)
async def first_of_all(context: Any, who: Any, given: Any) -> GuardrailFunctionOutput:
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered=True)


async def test_a_guardrail_that_runs_before_the_model_lets_nothing_be_heard(
    narrator: Narrator, voice: ScriptedVoice
) -> None:
    who = agent(streams("Never say this."), input_guardrails=[first_of_all])
    speech = speak_run(Runner.run_streamed(who, "Hi"), narrator=narrator)
    with pytest.raises(InputGuardrailTripwireTriggered):
        async for _ in speech:
            pass
    assert await speech.wait_async(5)
    assert voice.voiced == ""


@pytest.mark.parametrize(
    ("guardrail", "error"),
    [
        ({"input_guardrails": [strict]}, InputGuardrailTripwireTriggered),
        ({"output_guardrails": [prudish]}, OutputGuardrailTripwireTriggered),
    ],
)
@pytest.mark.parametrize("final_only", [False, True])
async def test_a_guardrail_s_tripwire_is_silence(
    sink: MemorySink, guardrail: dict[str, Any], error: type[Exception], final_only: bool
) -> None:
    who = agent(streams("Never ", "say ", "this. ", *["Or that. "] * 20), **guardrail)
    voice = ScriptedVoice(delay=0.05)
    speech = speak_run(Runner.run_streamed(who, "Hi"), voice, sink, final_only=final_only)
    with pytest.raises(error):
        async for _ in speech:
            pass
    assert await speech.wait_async(5)
    assert len(voice.words) == 0 if final_only else len(voice.words) < 8
    assert speech._narrator._roots == {}


async def test_final_only_speaks_what_the_run_ends_with(narrator: Narrator, voice: ScriptedVoice) -> None:
    spanish = agent(streams("Un momento. ", call()), streams("Hola."), name="spanish", tools=[weather])
    who = agent(streams("One. ", call("transfer_to_spanish", call_id="2")), handoffs=[spanish])
    speech = await run(who, narrator, final_only=True, filler="Wait.")
    assert voice.voiced == "Hola."
    assert speech.spoken.text == "Hola."


async def test_an_error_of_the_model_reaches_the_reader_and_is_silence(sink: MemorySink) -> None:
    who = agent(streams("Never ", "say this. ", 0.05, ConnectionError("gone")))
    speech = speak_run(Runner.run_streamed(who, "Hi"), ScriptedVoice(delay=0.2), sink)
    with pytest.raises(ConnectionError):
        async for _ in speech:
            pass
    assert await speech.wait_async(5)
    assert speech.stream is not None
    assert speech.stream.state is StreamState.CANCELLED


async def test_a_retry_is_heard_alone(sink: MemorySink) -> None:
    """The SDK tries again only where nothing was written; a model of one's own may write first."""
    voice = ScriptedVoice(delay=0.02)

    class Twice(ScriptedModel):
        async def stream_response(self, *args: Any, **kwargs: Any) -> Any:
            try:
                async for event in super().stream_response(*args, **kwargs):
                    yield event
            except ConnectionError:
                async for event in super().stream_response(*args, **kwargs):
                    yield event

    model = Twice([streams("Wrong " * 30, ConnectionError("gone")), streams("Right.")])
    speech = speak_run(Runner.run_streamed(Agent(name="a", model=model), "Hi"), voice, sink)
    async for _ in speech:
        pass
    assert await speech.wait_async(5)
    said = ScriptedVoice.read(sink.samples)
    assert said.endswith("Right.")
    assert said.count("Wrong") < 10


async def test_a_retry_of_the_sdk_is_heard_once(narrator: Narrator, voice: ScriptedVoice) -> None:
    retry = ModelRetrySettings(max_retries=1, policy=lambda context: True)
    steps = [ModelStep.raise_error(ConnectionError("gone")), streams("Right.")]
    who = agent(*steps, model_settings=ModelSettings(retry=retry))
    await run(who, narrator)
    assert voice.voiced == "Right."


async def test_too_many_turns_are_an_error_and_silence(narrator: Narrator) -> None:
    who = agent(*[streams("Again. ", call(call_id=str(n))) for n in range(3)], tools=[weather])
    speech = speak_run(Runner.run_streamed(who, "Hi", max_turns=2), narrator=narrator)
    with pytest.raises(MaxTurnsExceeded):
        async for _ in speech:
            pass
    assert await speech.wait_async(5)
    assert narrator._roots == {}


# who stops early


@pytest.mark.parametrize("seed", range(6))
async def test_stopping_at_any_event_is_silence(seed: int) -> None:
    sink = MemorySink()
    chance = random.Random(seed)
    who = agent(streams("Let me look. ", call()), streams(*["word "] * 30), tools=[weather])
    speech = speak_run(Runner.run_streamed(who, "Hi"), ScriptedVoice(delay=0.05), sink)
    left = chance.randrange(1, 40)
    async with aclosing(speech.__aiter__()) as events:
        async for _ in events:
            left -= 1
            if not left:
                break
    assert await speech.wait_async(5)
    assert len(ScriptedVoice.read(sink.samples)) < 80
    assert speech._narrator._roots == {}


@pytest.mark.parametrize("seed", range(4))
async def test_cancelling_the_reading_task_at_any_time_is_silence(seed: int) -> None:
    chance = random.Random(seed)
    who = agent(streams("Let me look. ", 0.03, call()), streams(*["word ", 0.01] * 100), tools=[weather])
    speech = speak_run(Runner.run_streamed(who, "Hi"), ScriptedVoice(), MemorySink())

    async def read() -> None:
        async for _ in speech:
            pass

    task = asyncio.create_task(read())
    await asyncio.sleep(chance.uniform(0.01, 0.5))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await speech.wait_async(5)
    assert speech._narrator._roots == {}


async def test_a_run_that_is_cancelled_falls_silent(narrator: Narrator, voice: ScriptedVoice) -> None:
    result = Runner.run_streamed(agent(streams(*["word ", 0.02] * 50)), "Hi")
    speech = speak_run(result, narrator=narrator)
    async for event in speech:
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
            result.cancel()
    assert await speech.wait_async(5)
    assert speech.stream is not None
    assert speech.stream.state is StreamState.CANCELLED


async def test_interruption_tells_what_was_heard_and_the_run_goes_on_in_silence(
    narrator: Narrator, sink: MemorySink
) -> None:
    result = Runner.run_streamed(agent(streams(*["word ", 0.02] * 30)), "Hi")
    speech = speak_run(result, narrator=narrator)
    spoken = None
    async for _ in speech:
        if spoken is None and len(sink.chunks) > 3:
            spoken = speech.interrupt()
    assert spoken is not None
    assert 0 < len(spoken.heard) < len(result.final_output)
    assert result.final_output == "word " * 30
    assert await speech.wait_async(5)
    assert len(ScriptedVoice.read(sink.samples)) < 100


async def test_as_a_context_manager_it_waits_and_an_exception_silences_it(tmp_path: Path) -> None:
    place = tmp_path / "answer.wav"
    async with speak_run(
        Runner.run_streamed(agent(streams("Heard.")), "Hi"), ScriptedVoice(), place
    ) as speech:
        async for _ in speech:
            pass
    assert speech.spoken.heard == "Heard."
    with wave.open(str(place)) as file:
        assert file.getnframes() == 160 * len("Heard.")
    long = Runner.run_streamed(agent(streams("word " * 100)), "Hi")
    began = time.monotonic()
    with pytest.raises(KeyError):
        async with speak_run(long, ScriptedVoice(delay=0.05), MemorySink()) as speech:
            async for _ in speech:
                pass
            raise KeyError
    assert time.monotonic() - began < 4
    with pytest.raises(TypeError, match="async with"), speech:
        pass


async def test_each_run_tells_what_it_said_itself(narrator: Narrator) -> None:
    first = await run(agent(streams("One.")), narrator)
    second = await run(agent(streams("Two. ", call()), streams("Three."), tools=[weather]), narrator)
    nothing = speak_run(Runner.run_streamed(agent(streams("Four.")), "Hi"), narrator=narrator)
    assert (first.spoken.heard, second.spoken.heard, nothing.spoken.heard) == ("One.", "Two. \n\nThree.", "")
    async for _ in nothing:
        pass


# how speech may fail


def broken_sink(chunk: AudioChunk) -> None:
    raise OSError("no device")


async def test_trouble_with_speech_is_logged_once_and_kept(caplog: pytest.LogCaptureFixture) -> None:
    result = Runner.run_streamed(agent(streams("One ", 0.05, "two ", 0.05, "three.")), "Hi")
    speech = speak_run(result, ScriptedVoice(), broken_sink)
    async for _ in speech:
        pass
    assert result.final_output == "One two three."
    assert await speech.wait_async(5)
    assert isinstance(speech.error, SinkError)
    assert [r.levelno for r in caplog.records if r.name.startswith("llmvox")] == [logging.ERROR]


async def test_raise_errors_makes_trouble_loud() -> None:
    result = Runner.run_streamed(agent(streams("One ", 0.1, "two ", 0.1, "three.")), "Hi")
    speech = speak_run(result, ScriptedVoice(), broken_sink, raise_errors=True)
    with pytest.raises(SinkError):
        async for _ in speech:
            pass


async def test_trouble_in_the_doorway_does_not_reach_the_run(
    narrator: Narrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(narrator, "write", lambda *args: 1 / 0)
    speech = await run(agent(streams("One.")), narrator)
    assert speech.result.final_output == "One."
    assert isinstance(speech.error, ZeroDivisionError)


@pytest.mark.parametrize("slow", [lambda: ScriptedVoice(delay=0.5), ScriptedVoice])
async def test_a_slow_voice_or_a_hanging_sink_holds_nobody_up(slow: Callable[[], ScriptedVoice]) -> None:
    result = Runner.run_streamed(agent(streams(*["word "] * 200)), "Hi")
    speech = speak_run(result, slow(), lambda chunk: time.sleep(0.5))
    began = time.monotonic()
    async for _ in speech:
        pass
    assert time.monotonic() - began < 5  # it would be a hundred, if it waited
    speech.interrupt()
    await asyncio.to_thread(speech.close)


async def test_what_would_be_wrong_in_every_run_is_said_at_once() -> None:
    result = Runner.run_streamed(agent(streams("One.")), "Hi")
    with pytest.raises(UnknownVoiceError):
        speak_run(result, "espeak:english-of-mars", MemorySink())
    with pytest.raises(SinkError):
        speak_run(result, ScriptedVoice(), "/nowhere/answer.wav")
    async for _ in result.stream_events():
        pass


async def test_runs_of_one_narrator_follow_one_another(narrator: Narrator, sink: MemorySink) -> None:
    speeches = [
        speak_run(Runner.run_streamed(agent(streams(f"{n}a ", 0.01, f"{n}b.")), "Hi"), narrator=narrator)
        for n in range(4)
    ]

    async def read(speech: SpokenRun) -> None:
        async for _ in speech:
            pass

    await asyncio.gather(*map(read, speeches))
    assert await speeches[0].wait_async(5)
    said = ScriptedVoice.read(sink.samples)
    assert all(said.count(f"{n}a {n}b.") == 1 for n in range(4))


def test_a_missing_sdk_is_told_with_its_remedy() -> None:
    code = "import sys; sys.modules['agents'] = None\n"
    code += "from llmvox_plugins.integrations.openai_agents import speak_run"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert 'needs openai-agents: pip install "llmvox-plugins[agents]"' in done.stderr


def test_importing_the_doorway_does_not_import_the_sdk() -> None:
    code = "import sys, llmvox_plugins.integrations.openai_agents; print('agents' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
