"""Gets an answer of a model, and ends in the way that its argument says."""

import atexit
import os
import sys
import threading
from typing import Any

from openai import OpenAI

client = OpenAI()
ASK: Any = {"model": "m", "messages": [{"role": "user", "content": "why?"}]}


def ask() -> None:
    for chunk in client.chat.completions.create(**ASK, stream=True):
        print(chunk.choices[0].delta.content or "", end="", flush=True)
    print(flush=True)


def returns() -> None:
    ask()


def with_a_code() -> None:
    ask()
    sys.exit(3)


def with_a_message() -> None:
    ask()
    sys.exit("that was it")


def with_an_exception() -> None:
    ask()
    raise ValueError("of the program's own making")


def with_an_exception_of_a_thread() -> None:
    worker = threading.Thread(target=with_an_exception)
    worker.start()
    worker.join()


def with_last_words() -> None:
    atexit.register(print, "last words", flush=True)
    ask()


def at_once() -> None:
    ask()
    os._exit(4)


def not_at_ctrl_c() -> None:
    try:
        ask()
    except KeyboardInterrupt:
        print("go on", flush=True)
        ask()


globals()[sys.argv[1]]()
