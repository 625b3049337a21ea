"""A real Chromium, Debian's, and what a page in it does to the ear and to the eye.

The page knows nothing of it: what sounds is read between its audio nodes and the speaker.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, WebSocket, sync_playwright

__all__ = ["Visit", "chromium", "visit"]

CHROMIUM = Path("/usr/bin/chromium")

WATCH = Path(__file__).with_name("watch.js")


class Visit:
    """One page that is open.

    sent, received: the messages of its WebSockets, audio as bytes. requests: all addresses it asked for.
    complaints: what it wrote to the console as an error or a warning.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.sent: list[dict[str, Any]] = []
        self.received: list[dict[str, Any]] = []
        self.audio = b""
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("websocket", self._listen)
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._note)

    @property
    def state(self) -> str:
        return str(self.page.get_attribute("html", "data-state"))

    @property
    def status(self) -> str:
        return self.page.inner_text("#status")

    @property
    def trouble(self) -> str:
        return self.page.inner_text("#trouble")

    @property
    def pieces(self) -> list[tuple[float, float]]:
        """Of what was given to the speaker: when, and for how many seconds."""
        return [(when, length / rate) for when, length, rate in self.page.evaluate("seen.pieces")]

    @property
    def lit(self) -> list[tuple[int, float]]:
        """The ends of the words that were lit, and when, by the clock of the sound."""
        return [(end, time) for end, time in self.page.evaluate("seen.lit") if end]

    @property
    def loudness(self) -> float:
        """What the speaker gets at this moment, 0 to 1."""
        return float(self.page.evaluate("seen.loudness()"))

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.received if message["type"] == kind]

    def speak(self, text: str, until: str = "idle") -> None:
        """Type a text, click Speak, and wait for a state."""
        if self.page.is_visible("#edit"):
            self.page.click("#edit")
        self.page.fill("#text", text)
        self.page.click("#speak")
        self.wait_for(until)

    def wait_for(self, state: str) -> None:
        self.page.wait_for_selector(f"html[data-state={state}]", state="attached")

    def until(self, expression: str) -> None:
        """Wait until this is true in the page, whose rules forbid playwright's own way."""
        look = f"const look = () => {expression} ? done() : setTimeout(look, 20)"
        self.page.evaluate(f"new Promise((done) => {{ {look}; look(); }})")

    def _note(self, said: ConsoleMessage) -> None:
        if said.type in ("error", "warning"):
            self.complaints.append(said.text)

    def _listen(self, socket: WebSocket) -> None:
        self.requests.append(socket.url)
        socket.on("framesent", lambda frame: self.sent.append(json.loads(frame)))
        socket.on("framereceived", self._receive)

    def _receive(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            self.audio += frame
        else:
            self.received.append(json.loads(frame))


@contextmanager
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        raise FileNotFoundError(f"{CHROMIUM} is not there: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def visit(browser: Browser, url: str, **options: Any) -> Iterator[Visit]:
    """The page at an address of a server; nothing outside of this machine may be asked for.

    options: as playwright's new_context takes them.
    """
    context = browser.new_context(**options)
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.add_init_script(path=WATCH)
    seen = Visit(page)
    page.goto(url)
    try:
        yield seen
    finally:
        context.close()
    outside = [each for each in seen.requests if urlsplit(each).hostname != "127.0.0.1"]
    assert not [each for each in outside if not each.startswith(("data:", "blob:"))], outside
