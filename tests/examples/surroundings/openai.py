import sys
import threading
import time
from pathlib import Path

import openai

import llmvox_plugins

sys.path.append(str(Path(llmvox_plugins.__file__).parents[1] / "tests"))
from support.sdk_server import SDKServer

server = SDKServer()
threading.Thread(target=server.serve_forever, daemon=True).start()
client = openai.OpenAI(base_url=server.url, api_key="none")
async_client = openai.AsyncOpenAI(base_url=server.url, api_key="none")
question, questions, messages = "Why is the sky blue?", ["Why?", "And at night?"], []
request = {"model": "m", "messages": [{"role": "user", "content": question}]}


def user_interrupts():
    time.sleep(1)
