"""The browser client, started by its one command and used in a real Chromium."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser
from support.browser import Visit, chromium, visit
from support.llm_server import chunk, llm_server
from support.scripts import EXAMPLES

START = EXAMPLES / "browser_client" / "start.py"
LONG = "All of this takes a while to be said. " * 20


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return str(taken.getsockname()[1])


@contextmanager
def started(**environment: str) -> Iterator[str]:
    """The address that it prints."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "LLMVOX_"))}
    ports = {"PORT": free_port(), "SPEECH_PORT": free_port()}
    with subprocess.Popen(
        [sys.executable, START], stdout=subprocess.PIPE, text=True, env={**clean, **ports, **environment}
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("Open http://127.0.0.1:")
            if "LLMVOX_URL" not in environment:
                wait_until_it_answers(line.rpartition(":")[2])
            yield line.removeprefix("Open ").strip()
        finally:
            process.send_signal(2)  # Ctrl-C
            assert process.wait(30) == 0


def wait_until_it_answers(port: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", int(port))).close()
            return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with started() as address:
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Visit]:
    with visit(browser, address) as page:
        yield page


def until_idle(page: Visit) -> str:
    page.page.wait_for_selector("body[data-state=idle]")
    return page.page.inner_text("#status")


def check(page: Visit, text: str) -> None:
    """Without a gap, with its words lit, in their order."""
    seconds = len(page.audio) / 48_000
    assert seconds > 1
    assert sum(length for _, length in page.pieces) == pytest.approx(seconds, abs=1e-6)
    for (when, length), (after, _) in pairwise(page.pieces):
        assert after == pytest.approx(when + length, abs=1e-6)
    ends = [end for end, _ in page.page.evaluate("seen.lit")]
    assert len(ends) > 0.6 * len(text.split())
    assert ends == sorted(ends)
    assert ends[-1] <= len(text.encode("utf-16-le")) // 2


def test_what_is_typed_is_heard_and_lights_up(page: Visit) -> None:
    text = page.page.input_value("#text")
    page.page.click("#speak")
    page.until("seen.loudness() > 0.01")
    assert until_idle(page) == f"finished; heard: {text}"
    check(page, text)
    assert page.complaints == []


def test_an_answer_is_heard_while_it_is_written(page: Visit) -> None:
    page.page.click("#ask")
    page.until("seen.loudness() > 0.01")
    assert len(page.page.inner_text("#reading")) < 90  # it is still being written
    assert until_idle(page).startswith("finished; heard: Scripted, for the server has **no LLM**")
    check(page, page.page.inner_text("#reading"))
    assert len([message for message in page.sent if message["type"] == "text"]) > 15
    assert all("404" in complaint for complaint in page.complaints)  # there is no LLM, as the browser notes


def test_stop_is_silence_and_tells_what_was_heard(page: Visit) -> None:
    page.page.fill("#text", LONG)
    page.page.click("#speak")
    page.until("seen.lit.length > 4")
    page.page.click("#stop")
    page.until("seen.loudness() === 0")
    status = until_idle(page)
    heard = status.removeprefix("stopped; heard: ")
    assert LONG.startswith(heard) and 5 < len(heard) < len(LONG) / 2
    scheduled = len(page.pieces)
    page.page.wait_for_timeout(300)
    assert (page.loudness, len(page.pieces)) == (0, scheduled)
    page.page.fill("#text", "And once more.")
    page.page.click("#speak")
    assert until_idle(page) == "finished; heard: And once more."


def test_a_new_text_silences_the_one_before_it(page: Visit) -> None:
    page.page.fill("#text", LONG)
    page.page.click("#speak")
    page.until("seen.lit.length > 2")
    page.page.fill("#text", "Only this.")
    page.page.click("#speak")
    assert until_idle(page) == "finished; heard: Only this."


def test_a_server_that_is_not_there_is_told(browser: Browser, address: str) -> None:
    with visit(browser, f"{address.partition('?')[0]}?server=http://127.0.0.1:{free_port()}") as page:
        page.page.click("#speak")
        page.page.wait_for_function("document.querySelector('#status').textContent")
        assert until_idle(page).startswith("the connection was lost")


def test_a_model_that_is_configured_is_asked(browser: Browser, chat_server: Any) -> None:
    environment = {"OPENAI_BASE_URL": chat_server.url, "OPENAI_API_KEY": "k", "OPENAI_MODEL": "m"}
    with started(**environment) as address, visit(browser, address) as page:
        page.page.fill("#text", "Why blue?")
        page.page.click("#ask")
        assert until_idle(page) == "finished; heard: Because **blue** light is scattered most."
        assert page.complaints == []
    assert chat_server.requests[0]["messages"] == [{"role": "user", "content": "Why blue?"}]
    assert chat_server.requests[0]["model"] == "m"


def test_stop_ends_the_models_work_too(browser: Browser) -> None:
    with llm_server() as llm:
        llm.script = [step for _ in range(400) for step in (chunk(content="word "), 0.05)]
        environment = {"OPENAI_BASE_URL": llm.url, "OPENAI_API_KEY": "k"}
        with started(**environment) as address, visit(browser, address) as page:
            page.page.click("#ask")
            page.until("seen.lit.length > 2")
            page.page.click("#stop")
            assert llm.requests[0].gone.wait(5)
            assert until_idle(page).startswith("stopped; heard: word")


def test_a_server_that_runs_already_is_used() -> None:
    with started(LLMVOX_URL="http://127.0.0.1:9") as address:
        assert address.endswith("?server=http://127.0.0.1:9")


def test_it_is_short() -> None:
    """It is there to be read and copied."""
    scripts = START.parent.glob("*.js")
    assert sum(len(script.read_text().splitlines()) for script in scripts) <= 150
