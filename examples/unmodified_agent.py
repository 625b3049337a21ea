"""A LangChain agent with a tool, which knows nothing of speech. It is heard when it is run so:

llmvox run examples/unmodified_agent.py                     scripted answers
llmvox run --to answer.wav examples/unmodified_agent.py     into a file, without a loudspeaker
OPENAI_API_KEY=… llmvox run examples/unmodified_agent.py    asks OpenAI, or whatever OPENAI_BASE_URL names
llmvox run examples/unmodified_agent.py "How far is the moon?"

It needs langchain, and langchain-openai for a real model.
"""

import os
import re
import sys
import time
from collections.abc import Iterator
from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.tools import tool


class ScriptedModel(GenericFakeChatModel):
    """Stands in for a model where none is configured: 20 words a second."""

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self

    def _stream(self, *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        message = next(self.messages)
        assert isinstance(message, AIMessage)
        for part in re.findall(r"\S+\s*", str(message.content)):
            time.sleep(0.05)
            yield ChatGenerationChunk(message=AIMessageChunk(content=part))
        for call in message.tool_calls:
            yield ChatGenerationChunk(message=AIMessageChunk(content="", tool_calls=[call]))


SCRIPT = [
    AIMessage(
        "Let me look up how far it is.",
        tool_calls=[{"name": "distance", "args": {"body": "moon"}, "id": "1"}],
    ),
    AIMessage("The moon is **384,400 km** away on average. Light takes 1.3 seconds for that."),
]


@tool
def distance(body: str) -> str:
    """How far a body of the solar system is from the earth."""
    return f"The {body} is 384,400 km away on average." if body == "moon" else "unknown"


def choose_model() -> BaseChatModel:
    if os.environ.get("OPENAI_API_KEY") or os.environ.get("OPENAI_BASE_URL"):
        from langchain_openai import ChatOpenAI

        os.environ.setdefault("OPENAI_API_KEY", "none")  # local servers ask for no key
        return ChatOpenAI(model=os.environ.get("OPENAI_MODEL", "gpt-4o-mini"))
    print("Neither OPENAI_API_KEY nor OPENAI_BASE_URL is set: these are scripted answers.")
    return ScriptedModel(messages=iter(SCRIPT))


def main() -> None:
    question = " ".join(sys.argv[1:]) or "How far is the moon?"
    agent: Any = create_agent(choose_model(), [distance])
    print(f"\n> {question}\n")
    for part, _ in agent.stream({"messages": [("user", question)]}, stream_mode="messages"):
        if isinstance(part, AIMessageChunk):
            print(part.text, end="" if part.text else "\n", flush=True)


if __name__ == "__main__":
    main()
