"""Asks with OpenAI's client, and prints all that comes: chat or responses, whole or streamed."""

import asyncio
import sys

from openai import AsyncOpenAI, OpenAI

ASKED = {
    "chat": {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Why is the sky blue?"}]},
    "responses": {"model": "gpt-4o-mini", "input": "Why is the sky blue?"},
}


def main(api, how):
    with OpenAI() as client:
        create = client.chat.completions.create if api == "chat" else client.responses.create
        if how == "streamed":
            for event in create(**ASKED[api], stream=True):
                print(event.model_dump_json())
        else:
            print(create(**ASKED[api]).model_dump_json())


async def main_async(api, how):
    async with AsyncOpenAI() as client:
        create = client.chat.completions.create if api == "chat" else client.responses.create
        if how == "streamed":
            async for event in await create(**ASKED[api], stream=True):
                print(event.model_dump_json())
        else:
            print((await create(**ASKED[api])).model_dump_json())


if sys.argv[3] == "async":
    asyncio.run(main_async(*sys.argv[1:3]))
else:
    main(*sys.argv[1:3])
