"""A web page of your own with a voice: you type or ask, and hear it while it is made.

python examples/browser_client/start.py         and open the address that it prints
OPENAI_API_KEY=… python examples/browser_client/start.py     asks OpenAI, or whatever OPENAI_BASE_URL names
LLMVOX_URL=http://127.0.0.1:9000 python examples/browser_client/start.py     uses a server that runs already

speech.js is what to copy: a client of `llmvox serve` in 80 lines; page.js uses it. This script serves both,
as any web server would, and starts `llmvox serve` beside it, told by `--cors-origins` that this page may
call. Without keys it answers this machine only.
"""

import os
import subprocess
import sys
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PORT = int(os.environ.get("PORT", "8080"))
SPEECH_PORT = int(os.environ.get("SPEECH_PORT", "8000"))


def start_speech_server(page: str) -> "subprocess.Popen[bytes]":
    options = ["--port", str(SPEECH_PORT), "--cors-origins", page]
    if os.environ.get("OPENAI_API_KEY") or os.environ.get("OPENAI_BASE_URL"):
        options += ["--llm-model", os.environ.get("OPENAI_MODEL", "gpt-4o-mini")]
    return subprocess.Popen([sys.executable, "-m", "llmvox_plugins", "serve", *options])


def main() -> None:
    files = partial(SimpleHTTPRequestHandler, directory=Path(__file__).parent)
    with ThreadingHTTPServer(("127.0.0.1", PORT), files) as pages:
        page = f"http://127.0.0.1:{pages.server_port}"
        given = os.environ.get("LLMVOX_URL")
        speech = None if given else start_speech_server(page)
        print(f"Open {page}/?server={given or f'http://127.0.0.1:{SPEECH_PORT}'}", flush=True)
        try:
            pages.serve_forever()
        finally:
            if speech is not None:
                speech.terminate()
                speech.wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
