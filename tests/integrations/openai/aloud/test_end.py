"""A server that is told to end lets what it says aloud be heard: real processes, real signals."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from support.decoding import decoded
from support.llm_server import DONE, chunk, end
from support.sdk_server import Answer, SDKServer
from support.server_process import ServerProcess, scripted

from llmvox_plugins.core.testing import ScriptedVoice

LONG = " ".join(["word"] * 30)  # 1.5 s at 50 ms a word
SLOW = "ScriptedVoice(delay=0.05)"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "said.wav"


@contextmanager
def speaking(llm: SDKServer, place: Path, **settings: Any) -> Iterator[ServerProcess]:
    with scripted(SLOW, llm_base_url=llm.url, aloud=os.fspath(place), **settings) as server:
        yield server


def ask(url: str, **fields: Any) -> httpx2.Response:
    body = {"messages": [{"role": "user", "content": "Hello"}], **fields}
    return httpx2.post(f"{url}/v1/chat/completions", json=body, timeout=30)


def said(place: Path) -> str:
    return ScriptedVoice.read(decoded(place.read_bytes(), "wav")[0])


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def until_it_speaks(place: Path) -> None:
    until(lambda: place.stat().st_size > 1000)


def test_what_has_been_said_is_heard_to_its_end(llm: SDKServer, place: Path) -> None:
    llm.will_say(Answer([LONG]), Answer(["And more."]))
    with speaking(llm, place) as server:
        url = server.ready()
        ask(url)
        ask(url)
        until_it_speaks(place)
        server.signal(signal.SIGTERM)
        assert server.end() == 0
        fates = [entry["fate"] for entry in server.log if entry["message"] == "spoken aloud"]
    assert said(place) == LONG + "And more."
    assert fates == ["heard", "heard"]


@pytest.mark.parametrize("begun", ["One two three. ", ""])
def test_what_is_still_being_written_too(llm: SDKServer, place: Path, begun: str) -> None:
    go_on = threading.Event()
    llm.will_say([chunk(content=begun), go_on, chunk(content="Four."), end(), DONE])
    with speaking(llm, place) as server:
        url = server.ready()
        asking = threading.Thread(target=ask, args=[url], kwargs={"stream": True})
        asking.start()
        if begun:
            until_it_speaks(place)
        else:
            until(lambda: bool(llm.requests))
        server.signal(signal.SIGTERM)
        time.sleep(0.5)
        go_on.set()
        asking.join()
        assert server.end() == 0
    assert said(place) == f"{begun}Four."


def test_what_takes_too_long_is_cut(llm: SDKServer, place: Path) -> None:
    llm.will_say(Answer([LONG * 10]))
    with speaking(llm, place, shutdown_timeout=0.3) as server:
        ask(server.ready())
        until_it_speaks(place)
        began = time.monotonic()
        server.signal(signal.SIGTERM)
        assert server.end() == 0
        assert time.monotonic() - began < 8
        told = [entry for entry in server.log if "speech is cut" in entry["message"]]
        fates = [entry["fate"] for entry in server.log if entry["message"] == "spoken aloud"]
    assert len(told) == 1
    assert fates == ["cut"]
    assert 0 < len(said(place)) < len(LONG) * 5


def test_who_has_nothing_to_say_ends_at_once(llm: SDKServer, place: Path) -> None:
    with speaking(llm, place) as server:
        server.ready()
        began = time.monotonic()
        server.signal(signal.SIGTERM)
        assert server.end() == 0
        assert time.monotonic() - began < 8  # shutdown_timeout is 30
    assert place.stat().st_size == 44  # a file of which nothing but the head is there
