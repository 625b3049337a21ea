"""A LangGraph agent with tools, one of which asks a sub-agent: two voices, heard while they write.

python examples/langgraph_agent.py                     scripted answers
OPENAI_API_KEY=… python examples/langgraph_agent.py    asks OpenAI, or whatever OPENAI_BASE_URL names
python examples/langgraph_agent.py "How far is the moon?"

It is recorded in answer.wav. It needs langchain beside the extra: pip install "langchain>=1.0"
"""

import os
import re
import sys
from collections.abc import Iterator
from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.tools import tool

from llmvox_plugins import LLMVoxError, SpeakerSink, WavSink
from llmvox_plugins.core.sinks import Sink, TeeSink, open_sink
from llmvox_plugins.integrations.langchain import SpeechCallbackHandler

QUESTION = "How far away is the moon, and why does it always show us the same side?"


class ScriptedModel(GenericFakeChatModel):
    """Stands in for a model where none is configured; it streams its calls of tools, too."""

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self

    def _stream(self, *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        message = next(self.messages)
        assert isinstance(message, AIMessage)
        for part in re.findall(r"\S+\s*", str(message.content)):
            yield ChatGenerationChunk(message=AIMessageChunk(content=part))
        for call in message.tool_calls:
            yield ChatGenerationChunk(message=AIMessageChunk(content="", tool_calls=[call]))


def call(name: str, **args: Any) -> list[Any]:
    return [{"name": name, "args": args, "id": name}]


def choose_models() -> tuple[BaseChatModel, BaseChatModel]:
    """The guide's and the astronomer's."""
    if os.environ.get("OPENAI_API_KEY") or os.environ.get("OPENAI_BASE_URL"):
        from langchain_openai import ChatOpenAI

        os.environ.setdefault("OPENAI_API_KEY", "none")  # local servers ask for no key
        model = ChatOpenAI(model=os.environ.get("OPENAI_MODEL", "gpt-4o-mini"))
        return model, model
    print("Neither OPENAI_API_KEY nor OPENAI_BASE_URL is set: these are scripted answers.")
    guide = [
        AIMessage("", tool_calls=call("distance", body="moon")),
        AIMessage("That I ask our astronomer. ", tool_calls=call("ask_astronomer", question="Why?")),
        AIMessage("So: it is **384,400 km** away, and it turns once in each round."),
    ]
    astronomer = [AIMessage("It turns around itself in the time in which it goes around us.")]
    return ScriptedModel(messages=iter(guide)), ScriptedModel(messages=iter(astronomer))


def build_agent() -> Any:
    for_guide, for_astronomer = choose_models()
    astronomer: Any = create_agent(
        for_astronomer, [], name="astronomer", system_prompt="You are an astronomer. Answer in one sentence."
    )

    @tool
    def distance(body: str) -> str:
        """How far a body of the solar system is from the earth."""
        return f"The {body} is 384,400 km away on average." if body == "moon" else "unknown"

    @tool
    def ask_astronomer(question: str) -> str:
        """Ask an astronomer."""
        return str(astronomer.invoke({"messages": [("user", question)]})["messages"][-1].text)

    return create_agent(
        for_guide,
        [distance, ask_astronomer],
        name="guide",
        system_prompt="You guide visitors. Use your tools. Answer in two sentences.",
    )


def choose_sink() -> Sink:
    if os.environ.get("LLMVOX_TO"):
        return open_sink(None)
    recording = WavSink("answer.wav")
    try:
        return TeeSink(SpeakerSink(), recording)
    except LLMVoxError as error:
        print(f"Not heard, only written to answer.wav: {error}")
        return recording


def main() -> None:
    question = " ".join(sys.argv[1:]) or QUESTION
    sink = choose_sink()
    speech = SpeechCallbackHandler(
        to=sink,
        voices={"astronomer": "espeak:en-gb"},  # the guide has the voice that LLMVOX_VOICE names
        sub_agents=True,
        filler="Let me look that up.",
    )
    print(f"\n> {question}")
    parts = build_agent().stream(
        {"messages": [("user", question)]},
        config={"callbacks": [speech]},
        stream_mode="messages",
        subgraphs=True,
    )
    speaker = None
    for _, (part, about) in parts:
        if isinstance(part, AIMessageChunk) and part.text:
            if about["lc_agent_name"] != speaker:
                speaker = about["lc_agent_name"]
                print(f"\n[{speaker}]")
            print(part.text, end="", flush=True)
    print()
    speech.wait()
    sink.close()


if __name__ == "__main__":
    main()
