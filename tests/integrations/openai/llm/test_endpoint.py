"""The LLM behind: which one it is, and how its event stream is read."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.llm_server import DONE, chunk, end, llm_server

from llmvox_plugins.core.errors import ConfigurationError
from llmvox_plugins.integrations.openai.errors import APIError
from llmvox_plugins.integrations.openai.llm import Answer, llm_of
from llmvox_plugins.integrations.openai.llm import sse as sse_module
from llmvox_plugins.integrations.openai.llm.chunks import Chunk, deltas
from llmvox_plugins.integrations.openai.llm.sse import Event, EventReader
from llmvox_plugins.integrations.openai.settings import ServerSettings

QUESTION: dict[str, Any] = {"messages": [{"role": "user", "content": "Hi"}], "stream": True}


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@asynccontextmanager
async def asked(
    settings: ServerSettings, body: dict[str, Any], headers: dict[str, str] | None = None
) -> AsyncIterator[Answer]:
    llm = llm_of(settings)
    assert llm is not None
    try:
        async with llm.ask(body, headers or {}) as answer:
            yield answer
    finally:
        await llm.close()


def read(data: bytes, cuts: list[int]) -> list[Event]:
    reader, found, begin = EventReader(), [], 0
    for cut in [*sorted(cuts), len(data)]:
        found += reader.feed(data[begin:cut])
        begin = max(begin, cut)
    return found + reader.flush()


LINES = st.sampled_from([b"data: {}", b"data:x", b"data: \xff", b": ping", b"event: e", b"id", b"data"])
EVENTS = st.lists(st.lists(LINES, min_size=1, max_size=3), max_size=5)


@given(EVENTS, st.sampled_from([b"\n", b"\r\n", b"\r"]), st.lists(st.integers(0, 200), max_size=8))
def test_events_are_the_same_however_their_bytes_are_cut(
    wanted: list[list[bytes]], newline: bytes, cuts: list[int]
) -> None:
    raw = [newline.join(lines) + 2 * newline for lines in wanted]
    found = read(b"".join(raw), cuts)
    assert [event.raw for event in found] == raw
    lines = [[line[5:].strip() for line in lines if line.startswith(b"data:")] for lines in wanted]
    assert [event.data for event in found] == [b"\n".join(each).decode(errors="replace") for each in lines]


def test_a_last_event_may_lack_its_empty_line() -> None:
    assert [event.data for event in read(b"data: 1\n\ndata: [DONE]", [])] == ["1", "[DONE]"]


def test_an_event_without_end_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse_module, "MOST_BYTES", 100)
    reader = EventReader()
    with pytest.raises(APIError, match="without end"):
        for _ in range(20):
            reader.feed(b"data: 1234")


@pytest.mark.parametrize(
    "fields",
    [
        *(None, 1, "x", [], {"choices": None}, {"choices": [None]}, {"choices": [{"delta": 1}]}),
        {"choices": [{"delta": {"content": ["x"]}}]},
        {"choices": [{"index": 1, "delta": {"content": "x"}}]},
    ],
)
def test_no_shape_of_an_event_is_taken_for_granted(fields: Any) -> None:
    read = Chunk(Event(b"", json.dumps(fields)))
    assert (read.text, read.finishes, read.error) == ("", False, None)


def test_which_llm_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    assert llm_of(ServerSettings()) is None
    monkeypatch.setenv("OPENAI_BASE_URL", "http://elsewhere/v1")
    assert llm_of(ServerSettings()) is None
    assert llm_of(ServerSettings(llm_model="m")) is not None
    with pytest.raises(ConfigurationError, match="two LLMs"):
        llm_of(ServerSettings(llm_base_url="http://x/v1", llm_local="y"))
    with pytest.raises(ConfigurationError, match="address"):
        llm_of(ServerSettings(llm_base_url="localhost:11434"))


async def test_openais_variables_tell_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    with llm_server() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url + "/")
        monkeypatch.setenv("OPENAI_API_KEY", "theirs")
        headers = {"authorization": "Bearer of-the-client"}
        async with asked(ServerSettings(llm_model="m"), QUESTION, headers) as answer:
            assert "".join([delta async for delta in deltas(answer)]) == "Hello world."
    (request,) = server.requests
    assert (request.body["model"], request.headers["authorization"]) == ("m", "Bearer theirs")


async def test_text_in_pieces_is_text_all_the_same() -> None:
    with llm_server() as server:
        whole = b"".join([chunk(content="Grüße, "), chunk(content="Welt 😀"), end(), DONE])
        server.script = [whole[at : at + 7] for at in range(0, len(whole), 7)]
        async with asked(ServerSettings(llm_base_url=server.url), QUESTION) as answer:
            assert "".join([delta async for delta in deltas(answer)]) == "Grüße, Welt 😀"


async def test_an_answer_that_does_not_stream_is_told() -> None:
    with llm_server() as server:
        async with asked(ServerSettings(llm_base_url=server.url), {**QUESTION, "stream": False}) as answer:
            with pytest.raises(APIError, match="does not"):
                await anext(deltas(answer))
