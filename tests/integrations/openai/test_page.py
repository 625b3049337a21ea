"""The page at `/`, used in a real Chromium as people use it: with a mouse, a keyboard, a finger, an ear."""

import json
import re
import wave
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import httpx2
import numpy as np
import pytest
from conftest import ANSWER, ChatServer
from playwright.sync_api import Browser
from support import browser as browser_support
from support.browser import Visit, chromium, visit
from support.decoding import decoded
from support.serving import Serving, serving
from websockets.sync.client import connect

from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.openai import create_app
from llmvox_plugins.integrations.openai.settings import ServerSettings

TEXT = "Every word lights up. 🌍 Then it is spoken."
LONG = "All of this takes a while to be said. " * 20


VOICES_CAME = "document.querySelector('#voice').value === 'Default'"
CONTRASTS = Path(browser_support.__file__).with_name("contrasts.js")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    with serving(create_app("espeak:en-us", ServerSettings())) as server:
        yield server


@pytest.fixture
def page(browser: Browser, server: Serving) -> Iterator[Visit]:
    """The page, which is to have nothing to complain of."""
    with visit(browser, server.url) as page:
        yield page
    assert page.complaints == []


def test_its_files_come_with_their_types_and_may_load_nothing_else(server: Serving) -> None:
    index = httpx2.get(server.url)
    names = re.findall(r'(?:src|href)="(page/[^"]+)"', index.text)
    assert {"page/page.js", "page/page.css"} == set(names)
    assert not re.search(r"https?://(?!www\.w3\.org)|<style|style=|onclick=", index.text)
    for path, type in {"": "html", "page/page.css": "css", "page/page.js": "javascript"}.items():
        answer = httpx2.get(f"{server.url}/{path}")
        assert answer.headers["content-type"].startswith(f"text/{type}")
        assert answer.headers["cache-control"] == "no-cache"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert httpx2.head(f"{server.url}/{path}").status_code == 200
    for path in ("page/page.py", "page/..%2fpage.py", "page/%2e%2e/app.py", "page/"):
        assert httpx2.get(f"{server.url}/{path}").status_code == 404


def test_a_text_is_heard_and_its_words_light_up_at_their_times(page: Visit) -> None:
    page.page.fill("#speed", "12")  # 1.5×
    page.speak(TEXT, until="speaking")
    page.until("seen.loudness() > 0.01")
    page.wait_for("idle")
    seconds = len(page.audio) / 48_000
    check_gapless(page.pieces, seconds)
    check_lit(page)
    check_figures(page, seconds)
    played = [message["seconds"] for message in page.sent if message["type"] == "played"]
    assert len(played) > 2 * seconds
    assert played == sorted(played)
    assert played[-1] == pytest.approx(seconds, abs=0.01)
    assert page.of("heard")


def check_gapless(pieces: list[tuple[float, float]], seconds: float) -> None:
    assert sum(length for _, length in pieces) == pytest.approx(seconds, abs=1e-6)
    for (when, length), (after, _) in pairwise(pieces):
        assert after == pytest.approx(when + length, abs=1e-6)


def check_lit(page: Visit) -> None:
    """In their order, each when the marks say; a busy machine shows few pictures a second."""
    marks = {mark["span_utf16"][1]: mark["start"] for mark in page.of("word")}
    assert len(marks) == 8
    begin = page.pieces[0][0]
    late = [time - begin - marks[end] for end, time in page.lit]
    assert [end for end, _ in page.lit] == sorted({end for end, _ in page.lit})
    assert len(page.lit) > 0.6 * len(marks)
    assert -0.05 < min(late) <= max(late) < 1
    assert abs(median(late)) < 0.1


def check_figures(page: Visit, seconds: float) -> None:
    assert 0 < int(page.page.inner_text("#first")) < 5000
    assert 0 < float(page.page.inner_text("#factor")) < 1
    assert float(page.page.inner_text("#duration")) == pytest.approx(seconds, abs=0.06)
    assert f"{seconds:.1f} seconds of speech" in page.status
    assert page.page.inner_text("#total").startswith(f"0:0{int(seconds)}")


def test_the_marker_lies_under_the_word_that_sounds(page: Visit) -> None:
    page.speak(LONG, until="speaking")
    page.until("seen.lit.length > 2")
    page.page.keyboard.press("Escape")
    end = page.page.evaluate("[...CSS.highlights.get('heard')][0].toString().length")
    begin = {mark["span_utf16"][1]: mark["span_utf16"][0] for mark in page.of("word")}[end]
    pen, word = page.page.evaluate(
        """(span) => {
          const text = document.querySelector("#reading").firstChild.firstChild;
          const word = document.createRange();
          word.setStart(text, span[0]);
          word.setEnd(text, span[1]);
          const pen = document.querySelector(".pen:not([hidden])");
          pen.style.transition = "none";
          const boxes = [pen, word].map((it) => it.getBoundingClientRect());
          return boxes.map(({ left, right, top }) => [left, right, top]);
        }""",
        [begin, end],
    )
    assert pen == pytest.approx([word[0] - 3, word[1] + 3, word[2]], abs=1.5)


def test_stop_is_silence(page: Visit) -> None:
    page.speak(LONG, until="speaking")
    page.until("seen.loudness() > 0.01")
    page.page.keyboard.press("Escape")
    page.until("seen.loudness() === 0")
    assert page.state == "idle"
    assert page.status.startswith("Stopped after")
    scheduled = len(page.pieces)
    page.page.wait_for_timeout(300)
    assert page.loudness == 0
    assert len(page.pieces) == scheduled


def test_while_it_is_made_stop_ends_that_too(browser: Browser) -> None:
    with (
        serving(create_app(ScriptedVoice(delay=0.1), ServerSettings())) as server,
        visit(browser, server.url) as page,
    ):
        page.speak(LONG, until="speaking")
        page.page.click("#stop")
        page.until("seen.loudness() === 0")
        assert {"type": "cancel"} in page.sent
        page.page.wait_for_timeout(200)
        assert len(page.of("word")) < 30
        assert page.complaints == []


def test_what_comes_too_slowly_is_waited_for_and_goes_on(browser: Browser) -> None:
    with (
        serving(create_app(ScriptedVoice(delay=0.25), ServerSettings())) as server,
        visit(browser, server.url) as page,
    ):
        page.speak("one two three four")
        assert "It ran dry" in page.status
        seconds = len(page.audio) / 48_000
        assert sum(length for _, length in page.pieces) == pytest.approx(seconds, abs=1e-6)
        ends = [when + length for when, length in page.pieces]
        assert all(when >= end - 1e-6 for (when, _), end in zip(page.pieces[1:], ends, strict=False))


def test_a_word_the_waveform_and_the_keys_play_it_from_there(page: Visit) -> None:
    page.page.fill("#speed", "15")  # 3×
    page.speak(TEXT)
    requests = len(page.requests)
    seconds = len(page.audio) / 48_000
    word = next(mark for mark in page.of("word") if mark["span_utf16"][0] == TEXT.index("spoken") + 1)
    assert played_after(page, lambda: click_word(page, TEXT.index("spoken") + 3)) == pytest.approx(
        seconds - word["start"], abs=0.001
    )
    box = page.page.locator("#wave").bounding_box()
    assert box is not None
    x, y = box["x"] + 0.75 * box["width"], box["y"] + box["height"] / 2
    assert played_after(page, lambda: page.page.mouse.click(x, y)) == pytest.approx(seconds / 4, abs=0.05)
    page.page.focus("#wave")
    for key in ("Home", "ArrowRight", "ArrowRight"):
        page.page.keyboard.press(key)
    _, _, third, *_, last = (mark["start"] for mark in page.of("word"))
    where = page.page.get_attribute("#wave", "aria-valuetext")
    assert where == f"lights, {third:.1f} of {seconds:.1f} seconds"
    for key in ("End", "ArrowLeft"):
        page.page.keyboard.press(key)
    played = played_after(page, lambda: page.page.keyboard.press("Space"))
    assert played == pytest.approx(seconds - last, abs=0.001)
    assert len(page.requests) == requests


def played_after(page: Visit, act: Callable[[], object]) -> float:
    """Seconds that were given to the speaker because of it, to the end."""
    before = len(page.pieces)
    act()
    page.wait_for("speaking")
    page.wait_for("idle")
    return sum(length for _, length in page.pieces[before:])


def click_word(page: Visit, place: int) -> None:
    x, y = page.page.evaluate(
        """(place) => {
          const range = document.createRange();
          const text = document.querySelector("#reading").firstChild.firstChild;
          range.setStart(text, place);
          range.setEnd(text, place + 1);
          const { left, top, height } = range.getBoundingClientRect();
          return [left + 1, top + height / 2];
        }""",
        place,
    )
    page.page.mouse.click(x, y)


def test_the_file_is_what_was_heard(page: Visit, tmp_path: Path) -> None:
    page.page.fill("#speed", "15")  # 3×
    page.speak(TEXT)
    requests = len(page.requests)
    with wave.open(str(saved(page, "wav", tmp_path))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 24_000)
        assert file.readframes(file.getnframes()) == page.audio
    assert saved(page, "pcm", tmp_path).read_bytes() == page.audio
    assert all(url.startswith("blob:") for url in page.requests[requests:])
    samples, rate = decoded(saved(page, "mp3", tmp_path).read_bytes(), "mp3")
    assert len(samples) / rate == pytest.approx(len(page.audio) / 48_000, abs=0.15)
    page.page.fill("#speed", "7")  # 1×
    samples, rate = decoded(saved(page, "wav", tmp_path).read_bytes(), "wav")
    assert len(samples) / rate == pytest.approx(3 * len(page.audio) / 48_000, rel=0.1)


def saved(page: Visit, format: str, folder: Path) -> Path:
    page.page.select_option("#format", format)
    with page.page.expect_download() as download:
        page.page.click("#download")
    assert download.value.suggested_filename == f"speech.{format}"
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_a_broken_voice_is_told_in_plain_words(browser: Browser) -> None:
    with (
        serving(create_app(ScriptedVoice(fails_after=2), ServerSettings())) as server,
        visit(browser, server.url) as page,
    ):
        page.speak("one two three four")
        assert "scripted voice fails" in page.trouble
        assert page.page.get_attribute("#trouble", "role") == "alert"
        assert page.audio


def test_a_server_that_is_full_is_told(browser: Browser) -> None:
    limits = ServerSettings(max_streams=1, max_waiting=0)
    with (
        serving(create_app("espeak:en-us", limits)) as server,
        connect(server.ws_url + "/v1/audio/speech/stream") as other,
        visit(browser, server.url) as page,
    ):
        other.send(json.dumps({"type": "text", "text": "It is never at an end. And "}))
        while isinstance(other.recv(), str):
            pass
        page.speak(TEXT)
        assert page.trouble.startswith("The server is busy. Try again in a moment.")
        other.send(json.dumps({"type": "cancel"}))
        while '"audio.done"' not in str(other.recv()):
            pass
        page.speak(TEXT, until="speaking")
        assert page.trouble == ""


def test_a_lost_connection_is_told(browser: Browser) -> None:
    trouble = "document.querySelector('#trouble').textContent"
    app = create_app(ScriptedVoice(delay=0.1), ServerSettings(shutdown_timeout=0.2))
    with ExitStack() as opened:
        with serving(app) as server:
            page = opened.enter_context(visit(browser, server.url))
            page.speak(LONG, until="speaking")
            server.should_exit = server.force_exit = True
            page.until(f"{trouble} !== ''")
        assert "connection to the server was lost" in page.trouble
        page.wait_for("idle")  # what had come is heard to its end
        assert page.status
        page.page.click("#speak")
        page.until(f"{trouble}.includes('cannot be reached')")


def test_a_key_is_asked_for_and_stays_in_the_tab(browser: Browser) -> None:
    settings = ServerSettings(api_keys=("right",))
    with (
        serving(create_app("espeak:en-us", settings)) as server,
        visit(browser, server.url) as page,
    ):
        for key in ("wrong", "right"):
            page.page.fill("#key", key)
            page.page.keyboard.press("Enter")
        page.page.wait_for_selector("#key-dialog", state="hidden")
        page.speak("With a key.", until="speaking")
        assert page.trouble == ""
        assert page.audio
        assert page.page.evaluate("Object.values(sessionStorage)") == ["right"]
        assert page.page.evaluate("localStorage.length + document.cookie.length") == 0
        assert not [url for url in page.requests if "right" in url]


def test_without_a_mouse(page: Visit) -> None:
    focus = "document.activeElement.id || document.activeElement.value"
    keys = page.page.keyboard
    for key in ("Tab", "Tab", "Control+a"):
        keys.press(key)
    keys.type(LONG[:200])
    keys.press("Control+Enter")
    page.wait_for("speaking")
    assert page.page.evaluate(focus) == "reading"
    keys.press("Escape")
    assert page.state == "idle"
    order = ["wave", "speak", "voice", "speed", "format", "download"]
    assert [press(page, "Tab", focus) for _ in order] == order
    assert [press(page, "Shift+Tab", focus) for _ in order] == [*order[-2::-1], "reading"]
    keys.press("Tab")
    keys.press("Space")
    page.wait_for("speaking")
    keys.press("Space")
    assert page.state == "idle"
    assert [press(page, "Shift+Tab", focus) for _ in range(2)] == ["reading", "edit"]
    assert press(page, "Enter", focus) == "text"


def press(page: Visit, key: str, then: str) -> Any:
    page.page.keyboard.press(key)
    return page.page.evaluate(then)


def test_a_voice_is_found_by_typing(page: Visit) -> None:
    page.page.focus("#voice")
    page.until(VOICES_CAME)
    page.page.keyboard.type("german")
    assert page.page.get_attribute("#voice", "aria-expanded") == "true"
    active = page.page.get_attribute("#voice", "aria-activedescendant")
    assert page.page.inner_text(f"[id='{active}']").split("\n")[0] == "German"
    page.page.keyboard.press("Enter")
    assert page.page.input_value("#voice") == "German"
    page.page.fill("#text", "Guten Tag.")
    page.page.keyboard.press("Control+Enter")
    page.wait_for("speaking")
    assert page.of("audio.start")[0]["voice"] == "espeak:de"
    assert page.page.get_attribute("#reading", "lang") == "de"


def test_every_control_has_a_name(page: Visit) -> None:
    page.until(VOICES_CAME)
    page.page.click("#voice")
    client = page.page.context.new_cdp_session(page.page)
    nodes = client.send("Accessibility.getFullAXTree")["nodes"]
    roles = {"button", "textbox", "combobox", "listbox", "option", "slider", "radio", "region", "group"}
    controls = [node for node in nodes if node.get("role", {}).get("value") in roles and not node["ignored"]]
    assert len(controls) > 130
    assert [node for node in controls if not node.get("name", {}).get("value")] == []
    assert {"slider", "radio", "combobox"} < {node["role"]["value"] for node in controls}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_by_day_and_by_night(browser: Browser, server: Serving, scheme: Any) -> None:
    with visit(browser, server.url, color_scheme=scheme) as page:
        page.speak(LONG, until="speaking")
        page.page.evaluate("document.querySelector('#trouble').textContent = 'An error'")
        contrasts = page.page.evaluate(CONTRASTS.read_text())
        assert len(contrasts) > 20
        assert [each for each in contrasts if each[1] < 4.5] == []
        dark = page.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(23, 22, 19)"
        assert dark == (scheme == "dark")


def test_on_a_phone(browser: Browser, server: Serving) -> None:
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    with visit(browser, server.url, **phone, reduced_motion="reduce") as page:
        page.page.tap("#speak")
        page.wait_for("speaking")
        assert page.page.evaluate("document.documentElement.scrollWidth") == 360
        small = page.page.evaluate(
            """[...document.querySelectorAll("button, select, input, textarea, #wave, .modes label")]
              .filter((it) => it.checkVisibility()).map((it) => it.getBoundingClientRect())
              .filter(({ width, height }) => width < 44 || height < 44).length"""
        )
        assert small == 0
        stop = page.page.locator("#stop").bounding_box()
        assert stop is not None
        assert stop["y"] + stop["height"] <= 740
        page.page.tap("#stop")
        page.wait_for("idle")


def test_a_chapter_is_no_burden(browser: Browser) -> None:
    paragraph = "It was the best of times, it was the worst of times, and who could tell. " * 5
    chapter = "\n".join([paragraph] * 135)
    assert len(chapter) > 48_000
    with (
        serving(create_app(ScriptedVoice(delay=0.01), ServerSettings())) as server,
        visit(browser, server.url) as page,
    ):
        page.page.fill("#text", chapter)
        page.page.evaluate("seen.longest = 0")
        page.page.click("#speak")
        page.wait_for("speaking")
        page.until("seen.lit.length > 4")
        assert page.page.evaluate("seen.longest") < 1000
        assert page.page.evaluate("document.querySelectorAll('#reading *').length") < 140
        page.page.click("#edit")
        assert page.page.input_value("#text") == chapter
        assert page.complaints == []


def test_a_browser_that_keeps_silent_is_told_of(page: Visit) -> None:
    page.page.evaluate(
        """() => {
          AudioContext = class extends AudioContext {
            constructor(options) { super(options); this.suspend(); }
            resume() { return new Promise(() => {}); }
          };
        }"""
    )
    page.speak(TEXT, until="waiting")
    page.until("document.querySelector('#trouble').textContent !== ''")
    assert "lets no sound out" in page.trouble
    page.page.keyboard.press("Escape")
    assert page.state == "idle"


def test_an_llm_is_asked_and_its_answer_spoken(browser: Browser, chat_server: ChatServer) -> None:
    settings = ServerSettings(llm_base_url=chat_server.url)
    with serving(create_app("espeak:en-us", settings)) as server, visit(browser, server.url) as page:
        page.page.check("input[value=ask]", force=True)
        page.page.fill("#speed", "16")  # 4×
        page.page.fill("#question", "Why is the sky blue?")
        page.page.keyboard.press("Control+Enter")
        page.wait_for("speaking")
        page.wait_for("idle")
        assert page.page.inner_text("#reading") == ANSWER
        assert chat_server.requests[0]["messages"] == [{"role": "user", "content": "Why is the sky blue?"}]
        assert "".join(message["text"] for message in page.sent if message["type"] == "text") == ANSWER
        assert len(page.of("word")) == len(ANSWER.split())
        assert np.abs(np.frombuffer(page.audio, "<i2")).max() > 1000
        assert page.complaints == []


def test_what_it_speaks_itself_the_server_does_not(browser: Browser, chat_server: ChatServer) -> None:
    aloud = MemorySink()
    app = create_app(ScriptedVoice(), ServerSettings(llm_base_url=chat_server.url), aloud)
    with serving(app) as server, visit(browser, server.url) as page:
        page.page.check("input[value=ask]", force=True)
        page.page.fill("#question", "Why is the sky blue?")
        page.page.keyboard.press("Control+Enter")
        page.wait_for("speaking")
        page.wait_for("idle")
        assert page.page.inner_text("#reading") == ANSWER
    assert aloud.chunks == []


def test_without_an_llm_it_says_so(browser: Browser, server: Serving) -> None:
    with visit(browser, server.url) as page:
        page.page.check("input[value=ask]", force=True)
        page.page.click("#speak")
        page.page.wait_for_selector("input[value=ask]:disabled", state="attached")
        assert "No LLM is configured" in page.page.inner_text("#ask-note")
        page.speak("Texts are read all the same.", until="speaking")
