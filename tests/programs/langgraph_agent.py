"""A LangGraph agent with a tool that asks a model itself. Its argument says how it is run."""

import asyncio
import sys
from typing import Any

from langchain.agents import create_agent
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

model = ChatOpenAI(model="m")


@tool
def search(q: str) -> str:
    """Look something up."""
    return str(model.invoke(q).text)


agent: Any = create_agent(model, tools=[search])
QUESTION = {"messages": [("user", "why?")]}


def invoke() -> None:
    for message in agent.invoke(QUESTION)["messages"]:
        print(message.text)


def stream() -> None:
    for chunk, _ in agent.stream(QUESTION, stream_mode="messages"):
        print(chunk.text, end="", flush=True)
    print()


async def ainvoke() -> None:
    for message in (await agent.ainvoke(QUESTION))["messages"]:
        print(message.text)


async def astream() -> None:
    async for chunk, _ in agent.astream(QUESTION, stream_mode="messages"):
        print(chunk.text, end="", flush=True)
    print()


how = globals()[sys.argv[1]]
if asyncio.iscoroutinefunction(how):
    asyncio.run(how())
else:
    how()
