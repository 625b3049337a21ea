"""Tokens into `llmvox serve` as an LLM writes them; each word is printed when its audio comes.

llmvox serve &
python examples/live_tokens.py                  a scripted answer, 20 tokens a second
some-llm | python examples/live_tokens.py -     whatever is written to it
"""

import asyncio
import json
import os
import sys
import wave
from collections.abc import AsyncIterator

from websockets.asyncio.client import ClientConnection, connect

ANSWER = "Text goes in while it is written. **Speech** comes out word by word, before the sentence is."


async def tokens() -> AsyncIterator[str]:
    if sys.argv[1:] == ["-"]:
        while line := await asyncio.to_thread(sys.stdin.readline):
            yield line
        return
    for token in ANSWER.split(" "):
        yield token + " "
        await asyncio.sleep(0.05)


async def write(server: ClientConnection, text: list[str]) -> None:
    async for token in tokens():
        text.append(token)
        await server.send(json.dumps({"type": "text", "text": token}))
    await server.send(json.dumps({"type": "end"}))


async def main() -> None:
    url = os.environ.get("LLMVOX_URL", "ws://127.0.0.1:8000") + "/v1/audio/speech/stream"
    headers = {"Authorization": f"Bearer {os.environ.get('LLMVOX_API_KEY', 'none')}"}
    text: list[str] = []
    async with connect(url, additional_headers=headers) as server:
        writing = asyncio.create_task(write(server, text))
        with wave.open("answer.wav", "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(24_000)
            async for frame in server:
                if isinstance(frame, bytes):  # 16-bit samples: play them, or keep them
                    file.writeframes(frame)
                    continue
                message = json.loads(frame)
                if message["type"] == "word":
                    begin, end = message["span"]
                    print(f"{message['start']:6.2f} s  {''.join(text)[begin:end]}")
                elif message["type"] == "audio.done":
                    print(f"{message['audio_seconds']:.1f} s of audio in answer.wav")
                    break
                elif message["type"] == "error":
                    sys.exit(message["error"]["message"])
        await writing


if __name__ == "__main__":
    asyncio.run(main())
