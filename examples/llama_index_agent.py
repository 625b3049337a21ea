"""A LlamaIndex FunctionAgent with a tool, heard while it works, and recorded in answer.wav.

python examples/llama_index_agent.py                                      scripted answers
pip install llama-index-llms-openai-like                                  for a real model, and then
OPENAI_API_KEY=… python examples/llama_index_agent.py "Is it warm in Oslo?"
OPENAI_BASE_URL=http://127.0.0.1:11434/v1 OPENAI_MODEL=llama3.2 python examples/llama_index_agent.py
"""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Sequence
from typing import Any

from llama_index.core.agent.workflow import AgentStream, FunctionAgent, ToolCallResult
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ToolCallBlock
from llama_index.core.llms import LLM
from llama_index.core.llms.callbacks import llm_chat_callback
from llama_index.core.llms.mock import MockFunctionCallingLLM

from llmvox_plugins import LLMVoxError, SpeakerSink, WavSink
from llmvox_plugins.core.sinks import Sink, TeeSink, open_sink
from llmvox_plugins.integrations.llama_index import Speech, speak_events

ANSWER = "In **Rome** it is sunny, at 21 degrees. Shirtsleeves will do."


def weather(city: str) -> str:
    """What the weather is like in a city."""
    return f"21 degrees and sunny in {city}"


class ScriptedModel(MockFunctionCallingLLM):
    """Stands in for a model where none is configured: asks the tool, and then says 20 words a second."""

    @llm_chat_callback()
    async def astream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        async def responses() -> AsyncIterator[ChatResponse]:
            if messages[-1].role != "tool":
                call = ToolCallBlock(tool_call_id="1", tool_name="weather", tool_kwargs={"city": "Rome"})
                yield ChatResponse(message=ChatMessage(role="assistant", blocks=[call]), delta="")
                return
            text = ""
            for word in re.findall(r"\S+\s*", ANSWER):
                await asyncio.sleep(0.05)
                text += word
                yield ChatResponse(message=ChatMessage(role="assistant", content=text), delta=word)

        return responses()


def choose_model() -> LLM:
    if not (os.environ.get("OPENAI_API_KEY") or os.environ.get("OPENAI_BASE_URL")):
        print("Neither OPENAI_API_KEY nor OPENAI_BASE_URL is set: these are scripted answers.")
        return ScriptedModel()
    try:
        from llama_index.llms.openai_like import OpenAILike  # type: ignore[import-untyped]
    except ImportError:
        sys.exit("A real model needs a package of LlamaIndex's: pip install llama-index-llms-openai-like")
    model: LLM = OpenAILike(
        model=os.environ.get("OPENAI_MODEL", "gpt-4o-mini"),
        api_base=os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1"),
        api_key=os.environ.get("OPENAI_API_KEY", "none"),  # local servers ask for no key
        is_chat_model=True,
        is_function_calling_model=True,
    )
    return model


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
    question = " ".join(sys.argv[1:]) or "Do I need a coat in Rome?"
    agent = FunctionAgent(
        tools=[weather], llm=choose_model(), system_prompt="Answer in two sentences, to be read out."
    )
    sink = choose_sink()

    print(f"\n> {question}\n")
    with Speech(to=sink) as speech:  # the voice that LLMVOX_VOICE names, or the best there is
        running = agent.run(question)
        async for event in speak_events(running, filler="Let me look that up.", speech=speech):
            if isinstance(event, AgentStream):
                print(event.delta, end="", flush=True)
            elif isinstance(event, ToolCallResult):
                print(f"[{event.tool_name}: {event.tool_output.content}]")
        await running
        await speech.wait_async()
    sink.close()
    print(f"\n\nHeard: {speech.spoken.heard}")


if __name__ == "__main__":
    asyncio.run(main())
