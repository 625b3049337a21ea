"""Two agents of OpenAI's Agents SDK, heard in two voices while they answer, and recorded in answer.wav.

python examples/agents_sdk.py                       scripted answers
OPENAI_API_KEY=… python examples/agents_sdk.py      asks OpenAI
OPENAI_BASE_URL=http://127.0.0.1:11434/v1 OPENAI_MODEL=llama3.2 python examples/agents_sdk.py
"""

import asyncio
import os
from typing import Any

from agents import Agent, Runner, function_tool, set_default_openai_api, set_tracing_disabled

from llmvox_plugins import LLMVoxError, SpeakerSink, WavSink
from llmvox_plugins.core.sinks import Sink, TeeSink, open_sink
from llmvox_plugins.integrations.openai_agents import speak_run

QUESTIONS = ["What is the weather like in Rome?", "¿Y en Madrid? En español, por favor."]


@function_tool
def weather(city: str) -> str:
    """What the weather is like in a city."""
    return f"21 degrees and sunny in {city}"


def scripted_models() -> tuple[Any, Any]:
    """Stand in for models where none is configured."""
    from agents.testing import ScriptedModel, assistant_message, function_call

    desk = ScriptedModel(
        [
            [function_call("weather", {"city": "Rome"}, call_id="1")],
            [assistant_message("In **Rome** it is sunny today, at 21 degrees.")],
            [function_call("transfer_to_spanish", {}, call_id="2")],
        ]
    )
    spanish = ScriptedModel(
        [
            [assistant_message("Voy a ver. "), function_call("weather", {"city": "Madrid"}, call_id="3")],
            [assistant_message("En Madrid hace sol, con 21 grados.")],
        ]
    )
    return desk, spanish


def choose_models() -> tuple[Any, Any]:
    if os.environ.get("OPENAI_BASE_URL"):  # most other servers know this interface only
        set_default_openai_api("chat_completions")
        os.environ.setdefault("OPENAI_API_KEY", "none")
        set_tracing_disabled(True)
    elif not os.environ.get("OPENAI_API_KEY"):
        print("Neither OPENAI_API_KEY nor OPENAI_BASE_URL is set: these are scripted answers.")
        set_tracing_disabled(True)
        return scripted_models()
    model = os.environ.get("OPENAI_MODEL", "gpt-4o-mini")
    return model, model


def choose_sink() -> Sink:
    if os.environ.get("LLMVOX_TO"):
        return open_sink(None)
    recording = WavSink("answer.wav")
    try:
        return TeeSink(SpeakerSink(), recording)
    except LLMVoxError as error:
        print(f"Not heard, only written to answer.wav: {error}")
        return recording


async def main() -> None:
    for_desk, for_spanish = choose_models()
    spanish = Agent(
        name="spanish",
        instructions="You speak Spanish only. Answer in one sentence.",
        model=for_spanish,
        tools=[weather],
    )
    agent = Agent(
        name="desk",
        instructions="Answer in one sentence. Hand over to spanish when you are asked to speak Spanish.",
        model=for_desk,
        tools=[weather],
        handoffs=[spanish],
    )
    sink = choose_sink()
    history: list[Any] = []
    for question in QUESTIONS:
        print(f"\n> {question}\n")
        result = Runner.run_streamed(agent, [*history, {"role": "user", "content": question}])
        async with speak_run(
            result, to=sink, voices={"spanish": "espeak:es"}, filler="Let me look."
        ) as speech:
            async for event in speech:
                if event.type == "agent_updated_stream_event":
                    print(f"[{event.new_agent.name}]")
                elif event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
                    print(event.data.delta, end="", flush=True)
        print()
        history, agent = result.to_input_list(), result.last_agent
    sink.close()


if __name__ == "__main__":
    asyncio.run(main())
