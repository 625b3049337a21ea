"""Asks a model in processes of its own making, and itself. Its argument says how they are made."""

import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from openai import OpenAI

ASK: Any = {"model": "m", "messages": [{"role": "user", "content": "why?"}]}


def ask(number: int = 0) -> int:
    with OpenAI() as client:
        for chunk in client.chat.completions.create(**ASK, stream=True):
            print(chunk.choices[0].delta.content or "", end="", flush=True)
    print(flush=True)
    return os.getpid()


def is_over(code: int) -> None:
    assert code == 0


def by_fork() -> None:
    if (child := os.fork()) == 0:
        ask()
        sys.exit(0)
    is_over(os.waitpid(child, 0)[1])


def by_fork_in_multiprocessing() -> None:
    by_multiprocessing("fork")


def by_spawning() -> None:
    by_multiprocessing("spawn")


def by_multiprocessing(method: Any) -> None:
    process = multiprocessing.get_context(method).Process(target=ask)
    process.start()
    process.join()
    is_over(process.exitcode or 0)


def by_a_pool() -> None:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(ask, 1).result() != os.getpid()


def by_a_command() -> None:
    is_over(subprocess.run([sys.executable, __file__, "ask"], check=False).returncode)


def and_waits_for_all() -> None:
    """As servers do that look after workers."""
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


if __name__ == "__main__":
    if sys.argv[1] != "ask":
        ask()
    globals()[sys.argv[1]]()
