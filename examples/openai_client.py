"""OpenAI's own client, speaking through `llmvox serve`: only the base URL is another.

llmvox serve &
python examples/openai_client.py "Any text you like."
"""

import os
import sys
import time
from pathlib import Path

from openai import OpenAI

TEXT = "Hello! I am read to you by a server of your own. You hear me while the rest is still being made."


def main(text: str) -> None:
    base_url = os.environ.get("OPENAI_BASE_URL", "http://127.0.0.1:8000/v1")
    client = OpenAI(base_url=base_url, api_key=os.environ.get("OPENAI_API_KEY", "none"))
    began = time.perf_counter()
    with client.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", voice="alloy", input=text, response_format="mp3"
    ) as answer:
        parts = answer.iter_bytes()
        first = next(parts)
        print(f"First audio after {1000 * (time.perf_counter() - began):.0f} ms")
        with Path("answer.mp3").open("wb") as file:
            file.write(first)
            for part in parts:
                file.write(part)
    print("Written to answer.mp3")


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]) or TEXT)
