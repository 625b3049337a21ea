"""What an answer says to its user, of every endpoint, however its bytes are cut and whatever is in them."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.llm_server import DONE, FRAME, chunk, end, event
from support.sdk_server import Answer, in_response

from llmvox_plugins.integrations.openai.aloud import answers
from llmvox_plugins.integrations.openai.aloud.answers import Answering, reader_of

CHAT, COMPLETIONS, RESPONSES = "/v1/chat/completions", "/v1/completions", "/v1/responses"
EVENTS = {"content-type": "text/event-stream; charset=utf-8"}
JSON = {"content-type": "Application/JSON"}
CALLS = Answer(["One ", "moment."], thought="Hm.", call=("look_up", {"what": "it"}))


def completion(text: str, finish_reason: str | None = None, index: int = 0) -> bytes:
    return event({**FRAME, "choices": [{"index": index, "text": text, "finish_reason": finish_reason}]})


def read(reader: Answering | None, data: bytes, cuts: Sequence[int] = ()) -> str:
    assert reader is not None
    texts: list[str] = []
    begin = 0
    for cut in [*sorted(cuts), len(data)]:
        texts += reader.feed(data[begin:cut])
        begin = max(begin, cut)
    return "".join([*texts, *reader.flush()])


def joined(steps: Sequence[Any]) -> bytes:
    return b"".join(step for step in steps if isinstance(step, bytes))


STREAMS = {
    CHAT: joined(CALLS.chat_stream()),
    COMPLETIONS: completion("One ") + completion("No.", index=1) + completion("moment.", "length") + DONE,
    RESPONSES: joined(CALLS.response_stream()),
}


@pytest.mark.parametrize("path", STREAMS)
@given(cuts=st.lists(st.integers(0, 3000), max_size=8))
def test_a_stream_says_its_text_however_it_is_cut(path: str, cuts: list[int]) -> None:
    reader = reader_of(path, EVENTS)
    assert read(reader, STREAMS[path], cuts) == "One moment."
    assert reader and reader.complete and not reader.failed


@pytest.mark.parametrize("path", STREAMS)
@given(at=st.floats(0, 1))
def test_a_stream_that_breaks_off_has_failed_unless_it_was_complete(path: str, at: float) -> None:
    reader, data = reader_of(path, EVENTS), STREAMS[path]
    said = read(reader, data[: int(at * len(data))])
    assert "One moment.".startswith(said)
    assert reader and reader.failed is not reader.complete
    assert not reader.complete or said == "One moment."


@pytest.mark.parametrize(
    ("path", "whole"),
    [
        (CHAT, CALLS.chat()),
        (COMPLETIONS, {"choices": [{"index": 1, "text": "No."}, {"index": 0, "text": "One moment."}]}),
        (RESPONSES, CALLS.response()),
        (RESPONSES, {**CALLS.response(), "status": "incomplete"}),
    ],
)
def test_a_whole_answer_says_it_at_its_end(path: str, whole: dict[str, Any]) -> None:
    reader, data = reader_of(path, JSON), json.dumps(whole).encode()
    assert reader is not None
    assert list(reader.feed(data[:9])) == list(reader.feed(data[9:])) == []
    assert not reader.complete
    assert list(reader.flush()) == ["One moment."]
    assert reader.complete


def two(kind: str, text: str, item: str, part: int = 0) -> bytes:
    field = "delta" if kind.endswith("delta") else "text"
    at = {"item_id": item, "content_index": part, "output_index": 0}
    return event(in_response(f"output_text.{kind}", **at, **{field: text}))


def test_the_messages_of_a_response_have_a_space_between_them() -> None:
    stream = two("delta", "A ", "m1") + two("delta", "b.", "m1") + two("done", "A b.", "m1")
    stream += two("delta", "C.", "m1", 1) + two("done", "D.", "m2")  # one that was not streamed
    stream += event(in_response("completed", response={}))
    assert read(reader_of(RESPONSES, EVENTS), stream) == "A b.\n\nC.\n\nD."
    message = {"type": "message", "content": [{"type": "output_text", "text": "A b."}, {"type": "refusal"}]}
    output = [message, {"type": "reasoning", "content": [{"type": "reasoning_text", "text": "Hm."}]}, message]
    assert read(reader_of(RESPONSES, JSON), json.dumps({"output": output}).encode()) == "A b.\n\nA b."


def test_a_response_that_came_in_one_event_is_said_all_the_same() -> None:
    stream = event(in_response("completed", response=CALLS.response()))
    assert read(reader_of(RESPONSES, EVENTS), stream) == "One moment."


def test_thoughts_refusals_and_calls_are_not_said() -> None:
    kinds = [
        "reasoning_text.delta",
        "reasoning_summary_text.delta",
        "refusal.delta",
        "audio.transcript.delta",
    ]
    kinds += ["function_call_arguments.delta", "code_interpreter_call_code.delta", "mcp_call_arguments.delta"]
    stream = b"".join(event(in_response(kind, delta="no", item_id="i")) for kind in kinds)
    reader = reader_of(RESPONSES, EVENTS)
    assert read(reader, stream + event(in_response("completed", response={"output": []}))) == ""
    chat = chunk(reasoning_content="no") + chunk(refusal="no") + chunk(content=None) + end()
    assert read(reader_of(CHAT, EVENTS), chat) == ""


@pytest.mark.parametrize(
    ("path", "last"),
    [
        (CHAT, event({"error": {"message": "overloaded"}})),
        (COMPLETIONS, event({"error": {"message": "overloaded"}})),
        (RESPONSES, event({"type": "error", "message": "overloaded"})),
        (RESPONSES, event(in_response("failed", response={"status": "failed"}))),
        (RESPONSES, event(in_response("cancelled"))),
    ],
)
def test_an_error_in_the_stream_is_a_failure(path: str, last: bytes) -> None:
    reader = reader_of(path, EVENTS)
    read(reader, last + STREAMS[path])
    assert reader and reader.failed and not reader.complete


def test_what_comes_after_the_end_is_nobodys_business() -> None:
    reader = reader_of(CHAT, EVENTS)
    assert read(reader, chunk(content="One.") + end() + chunk(content="Two.") + DONE) == "One."


@pytest.mark.parametrize("path", STREAMS)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    "choices delta message content text type output item_id index error status finish_reason "
                    "response content_index".split()
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=12,
    )
)
def test_no_shape_is_taken_for_granted(path: str, fields: Any) -> None:
    data = json.dumps(fields).encode()
    assert isinstance(read(reader_of(path, JSON), data), str)
    assert isinstance(read(reader_of(path, EVENTS), b"data: " + data + b"\n\n"), str)
    for kind in ("output_text.delta", "output_text.done", "completed"):
        if isinstance(fields, dict):
            assert isinstance(
                read(reader_of(path, EVENTS), event({**fields, "type": f"response.{kind}"})), str
            )


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[1]", b'{"a":' * 99_999])
def test_what_is_no_json_says_nothing(data: bytes) -> None:
    for path in STREAMS:
        assert read(reader_of(path, JSON), data) == ""


def test_an_answer_that_is_too_long_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MOST_BYTES", 100)
    reader = reader_of(CHAT, JSON)
    assert read(reader, json.dumps(CALLS.chat()).encode(), [50]) == ""
    assert reader and reader.failed


@pytest.mark.parametrize(
    "headers",
    [{}, {"content-type": "audio/mpeg"}, {"content-type": "text/html"}, {**JSON, "content-encoding": "gzip"}],
)
def test_other_answers_are_not_read(headers: dict[str, str]) -> None:
    assert reader_of(CHAT, headers) is None
