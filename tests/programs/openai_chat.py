"""A program on OpenAI's SDK. Its argument says how it asks."""

import asyncio
import sys
import threading
from typing import Any

from openai import AsyncOpenAI, OpenAI

MESSAGES: Any = [{"role": "user", "content": "why?"}]
ASK: Any = {"model": "m", "messages": MESSAGES}


def whole() -> None:
    answer = OpenAI().chat.completions.create(**ASK)
    print(f"{answer.choices[0].message.content} {answer.usage}\n", end="")  # at once, for the threads


def stream() -> None:
    for chunk in OpenAI().chat.completions.create(**ASK, stream=True):
        print(chunk.choices[0].delta.content or "", end="", flush=True)
    print()


def helper() -> None:
    with OpenAI().chat.completions.stream(**ASK) as events:
        print(events.get_final_completion().choices[0].message.content)


def raw() -> None:
    answer = OpenAI().chat.completions.with_raw_response.create(**ASK)
    print(answer.headers["x-request-id"], answer.parse().choices[0].message.content)


def threads() -> None:
    workers = [threading.Thread(target=whole) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def left_to_threads() -> None:
    """The main thread ends before they do."""
    threading.Thread(target=stream).start()


def left_to_a_daemon() -> None:
    worker = threading.Thread(target=stream, daemon=True)
    worker.start()
    worker.join()


async def awaited() -> None:
    answer = await AsyncOpenAI().chat.completions.create(**ASK)
    print(answer.choices[0].message.content)


async def awaited_stream() -> None:
    async for chunk in await AsyncOpenAI().chat.completions.create(**ASK, stream=True):
        print(chunk.choices[0].delta.content or "", end="", flush=True)
    print()


async def gathered() -> None:
    await asyncio.gather(*(awaited() for _ in range(3)))


how = globals()[sys.argv[1]]
if asyncio.iscoroutinefunction(how):
    asyncio.run(how())
else:
    how()
