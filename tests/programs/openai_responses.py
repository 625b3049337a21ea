"""A program on OpenAI's SDK and its Responses. Its argument says how it asks."""

import asyncio
import sys
from typing import Any

from openai import AsyncOpenAI, OpenAI

ASK: Any = {"model": "m", "input": "why?"}


def whole() -> None:
    print(OpenAI().responses.create(**ASK).output_text)


def stream() -> None:
    for event in OpenAI().responses.create(**ASK, stream=True):
        print(event.type)


def helper() -> None:
    with OpenAI().responses.stream(**ASK) as events:
        print(events.get_final_response().output_text)


async def awaited() -> None:
    async with AsyncOpenAI() as client:
        print((await client.responses.create(**ASK)).output_text)


async def awaited_stream() -> None:
    async with AsyncOpenAI() as client:
        async for event in await client.responses.create(**ASK, stream=True):
            print(event.type)


how = globals()[sys.argv[1]]
if asyncio.iscoroutinefunction(how):
    asyncio.run(how())
else:
    how()
