"""An agent of OpenAI's Agents SDK with a tool, as its documentation has it; prints what it says."""

import asyncio
import sys

from agents import Agent, Runner, function_tool


@function_tool
def weather(city: str) -> str:
    """The weather in a city."""
    return f"It rains in {city}."


agent = Agent(name="Assistant", instructions="Be brief.", tools=[weather])


async def main():
    result = Runner.run_streamed(agent, "How is the weather in Oslo?")
    async for event in result.stream_events():
        print(event.type, getattr(getattr(event, "data", None), "type", ""))
    print(result.final_output)


if sys.argv[1] == "streamed":
    asyncio.run(main())
else:
    print(Runner.run_sync(agent, "How is the weather in Oslo?").final_output)
