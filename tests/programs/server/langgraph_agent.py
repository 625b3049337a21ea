"""An agent of LangGraph's with a tool, on OpenAI's model; prints what it says and does."""

import asyncio
import sys

from langchain.agents import create_agent
from langchain_openai import ChatOpenAI


def weather(city: str) -> str:
    """The weather in a city."""
    return f"It rains in {city}."


agent = create_agent(ChatOpenAI(model="gpt-4o-mini"), [weather])
question = {"messages": [{"role": "user", "content": "How is the weather in Oslo?"}]}


def show(message):
    print(type(message).__name__, repr(message.text), getattr(message, "tool_calls", None))


async def main():
    async for message, _ in agent.astream(question, stream_mode="messages"):
        show(message)


if sys.argv[1] == "invoke":
    for each in agent.invoke(question)["messages"]:
        show(each)
elif sys.argv[1] == "stream":
    for each, _ in agent.stream(question, stream_mode="messages"):
        show(each)
else:
    asyncio.run(main())
