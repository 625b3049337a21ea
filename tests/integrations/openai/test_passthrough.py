"""All else under /v1: what the endpoint answers, and nothing of ours that it should not know."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

import httpx2
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.llm_server import DONE, event
from support.recorder import Recorder, Reply, recorder
from support.serving import Serving, serving
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from llmvox_plugins.core.testing import ScriptedVoice
from llmvox_plugins.integrations.openai import create_app
from llmvox_plugins.integrations.openai.llm.local import LocalLLM
from llmvox_plugins.integrations.openai.passthrough import _climbs
from llmvox_plugins.integrations.openai.serving.protocol import HTTPProtocol
from llmvox_plugins.integrations.openai.settings import ServerSettings

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
JSON = ("Content-Type", "application/json")


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def machine() -> Iterator[Recorder]:
    with recorder() as machine:
        yield machine


@pytest.fixture
def llm(machine: Recorder) -> Recorder:
    machine.begin_anew()
    return machine


@contextmanager
def before(llm: Recorder, **settings: Any) -> Iterator[Serving]:
    configured = ServerSettings(**{"llm_base_url": llm.url, **settings})
    with serving(create_app(ScriptedVoice(), configured), http=HTTPProtocol) as server:
        yield server


@pytest.fixture(scope="module")
def server(machine: Recorder) -> Iterator[Serving]:
    with before(machine) as server:
        yield server


@pytest.fixture(scope="module")
def http(server: Serving) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=server.url, timeout=20) as http:
        yield http


def raw(server: Serving, head: str, body: bytes = b"") -> bytes:
    """All that is answered until the connection ends."""
    lines = [*head.splitlines(), "Connection: close", "", ""]
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall("\r\n".join(lines).encode() + body)
        return b"".join(iter(lambda: connection.recv(2**16), b""))


# both ways as it is


@pytest.mark.parametrize("method", METHODS)
def test_any_method_goes_there_and_its_answer_comes_back(
    http: httpx2.Client, llm: Recorder, method: str
) -> None:
    llm.will_reply(Reply(418, [("Content-Type", "text/plain"), ("OpenAI-Version", "1")], b"\x00short\xff"))
    answer = http.request(method, "/v1/vector_stores/vs_1/files?after=a%2Fb&limit=2&limit=3&x")
    (asked,) = llm.asked
    assert (asked.method, asked.target) == (
        method,
        "/v1/vector_stores/vs_1/files?after=a%2Fb&limit=2&limit=3&x",
    )
    assert (answer.status_code, answer.content) == (418, b"\x00short\xff")
    assert answer.headers["openai-version"] == "1"
    assert answer.headers["content-length"] == "7"


def test_head_has_the_length_of_what_it_does_not_bring(http: httpx2.Client, llm: Recorder) -> None:
    llm.will_reply(Reply(body=b"123"))
    answer = http.head("/v1/files/f")
    assert (answer.content, answer.headers["content-length"], llm.asked[0].method) == (b"", "3", "HEAD")


@pytest.mark.parametrize("status", [201, 204, 304, 302, 404, 409, 429, 500, 503])
def test_whatever_its_status(http: httpx2.Client, llm: Recorder, status: int) -> None:
    llm.will_reply(Reply(status, [JSON, ("Retry-After", "7"), ("Location", "/v1/elsewhere")], b"{}"))
    answer = http.delete("/v1/files/f")
    assert answer.status_code == status
    assert answer.content == (b"" if status in (204, 304) else b"{}")
    assert (answer.headers["retry-after"], answer.headers["location"]) == ("7", "/v1/elsewhere")


def test_the_llm_is_asked_as_the_client_asks(http: httpx2.Client, llm: Recorder) -> None:
    """But for the headers of a connection, and the way that it went."""
    given = {
        "OpenAI-Beta": "assistants=v2",
        "Idempotency-Key": "k",
        "X-Any": "thing",
        "Accept-Encoding": "br",
        "Range": "bytes=0-9",
        "User-Agent": "me",
    }
    body = b'{"model":"m",  "input":[1.0, 1e400, "\\u00e9 \xc3\xa9"],"model":"again"}'
    for base in (llm.url.removesuffix("/v1"), str(http.base_url)):
        httpx2.post(
            f"{base}/v1/embeddings", content=body, headers={**given, "Content-Type": "application/json"}
        )
    direct, passed = llm.asked
    assert passed.body == direct.body == body
    theirs = {(name.lower(), value) for name, value in direct.headers} - {("connection", "keep-alive")}
    ours = {(name.lower(), value) for name, value in passed.headers} - {("connection", "keep-alive")}
    assert ours - theirs == {("via", passed.header("via"))}
    assert theirs - ours == set()


def test_so_it_is_for_a_chat(http: httpx2.Client, llm: Recorder) -> None:
    """Whose body alone is written anew."""
    given = {
        "HTTP-Referer": "https://app.example",
        "X-Title": "App",
        "OpenAI-Beta": "x",
        "Accept-Encoding": "br",
    }
    http.post(
        "/v1/chat/completions", json={"messages": []}, headers={**given, "Cookie": "a=b", "TE": "trailers"}
    )
    (asked,) = llm.asked
    names = [name.lower() for name, _ in asked.headers]
    assert len(names) == len(set(names)) and {"http-referer", "x-title", "openai-beta"} < set(names)
    assert {"cookie", "te"}.isdisjoint(names)
    assert asked.header("accept-encoding") == "identity"
    assert asked.header("content-type") == "application/json"


@pytest.mark.parametrize("encoding", ["length", "chunks"])
def test_an_upload_goes_on_while_it_comes(server: Serving, llm: Recorder, encoding: str) -> None:
    read_on = threading.Event()

    def parts() -> Iterator[bytes]:
        yield b"a" * 70_000
        while not (llm.asked and llm.asked[0].parts):
            time.sleep(0.01)
        read_on.set()
        yield b"b" * 70_000

    headers = {"Content-Length": "140000"} if encoding == "length" else {}
    answer = httpx2.post(f"{server.url}/v1/files", content=parts(), headers=headers, timeout=20)
    assert answer.status_code == 200 and read_on.is_set()
    assert llm.asked[0].body == b"a" * 70_000 + b"b" * 70_000
    assert llm.asked[0].header("content-length") == headers.get("Content-Length")


def test_a_form_with_files_arrives_as_it_is(server: Serving, llm: Recorder) -> None:
    reply = json.dumps({"id": "f", "object": "file", "bytes": 3, "created_at": 1, "filename": "a.jsonl",
                        "purpose": "batch", "status": "processed"})  # fmt: skip
    llm.will_reply(Reply(body=reply.encode()))
    content = bytes(range(256)) * 4000
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="k", max_retries=0) as client:
        assert client.files.create(file=("a.jsonl", content), purpose="batch").id == "f"
    assert content in llm.asked[0].body
    assert str(llm.asked[0].header("content-type")).startswith("multipart/form-data; boundary=")


def test_an_answer_comes_while_it_is_made(http: httpx2.Client, llm: Recorder) -> None:
    read_on = threading.Event()
    llm.will_reply(Reply(200, [("Content-Type", "audio/mpeg")], [b"one", read_on, b"two"]))
    with http.stream("GET", "/v1/files/f/content") as answer:
        parts = answer.iter_raw()
        assert next(parts) == b"one"
        read_on.set()
        assert b"".join(parts) == b"two"


def test_a_compressed_answer_stays_so(http: httpx2.Client, llm: Recorder) -> None:
    packed = b"\x1f\x8b not really"
    llm.will_reply(Reply(200, [JSON, ("Content-Encoding", "gzip")], packed))
    with http.stream("GET", "/v1/files", headers={"Accept-Encoding": "gzip"}) as answer:
        assert b"".join(answer.iter_raw()) == packed
    assert answer.headers["content-encoding"] == "gzip"
    assert llm.asked[0].header("accept-encoding") == "gzip"


def test_who_accepts_no_encoding_gets_none(server: Serving, llm: Recorder) -> None:
    raw(server, "GET /v1/files HTTP/1.1\nHost: localhost")
    assert llm.asked[0].header("accept-encoding") == "identity"


def test_two_headers_of_a_name_are_one_with_both(http: httpx2.Client, llm: Recorder) -> None:
    llm.will_reply(Reply(200, [JSON, ("Link", "<a>"), ("Link", "<b>")]))
    assert http.get("/v1/files").headers["link"] == "<a>, <b>"


def test_in_http_1_0_too(server: Serving, llm: Recorder) -> None:
    llm.will_reply(Reply(200, [JSON], [b'{"a":', b"1}"]))
    answer = raw(server, "GET /v1/files HTTP/1.0\nHost: localhost")
    assert b"content-length: 7" in answer.lower() and answer.endswith(b'\r\n\r\n{"a":1}')


@pytest.mark.parametrize("path", ["/v1/responses", "/v1/completions"])
def test_what_is_read_on_its_way_is_passed_on_all_the_same(
    http: httpx2.Client, llm: Recorder, path: str
) -> None:
    parts = [b": comment\r\n\r\n", event({"type": "response.created"}), b"data: x\n\n", DONE]
    llm.will_reply(Reply(200, [("Content-Type", "text/event-stream")], parts))
    for body in (b'{"model": "m", "input":  "Hi", "stream": true}', b"{", b"[1]", b"\xff", b'{"a":' * 99_999):
        answer = http.post(path, content=body, headers={"Content-Type": "application/json"})
        assert answer.content == b"".join(parts)
        assert llm.asked[-1].body == body


@pytest.mark.parametrize("path", ["/v1/responses", "/v1/completions"])
def test_the_models_name_is_put_in_where_the_client_has_none(llm: Recorder, path: str) -> None:
    with before(llm, llm_model="theirs") as server, httpx2.Client(base_url=server.url) as http:
        for body in ({"model": "llmvox", "input": "é"}, {"input": "é"}, {"model": "another"}):
            http.post(path, json=body)
        http.post(path, content=b"[]")
    assert [json.loads(asked.body) for asked in llm.asked] == [
        {"model": "theirs", "input": "é"},
        {"model": "theirs", "input": "é"},
        {"model": "another"},
        [],
    ]


# what is ours stays ours


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", "/v1/audio/speech", 405),
        ("GET", "/v1/chat/completions", 405),
        ("DELETE", "/v1/models/m", 405),
        ("GET", "/v1/audio/speech/stream", 404),
        ("GET", "/v1/audio/voices", 200),
        ("GET", "/nowhere", 404),
        ("GET", "/v1", 404),
        ("GET", "/v1/", 404),
        ("GET", "/v12/files", 404),
        ("GET", "//v1/files", 404),
        ("POST", "/tts/", 307),
    ],
)
def test_our_own_paths_are_not_passed_on(
    server: Serving, llm: Recorder, method: str, path: str, status: int
) -> None:
    answer = raw(server, f"{method} {path} HTTP/1.1\nHost: localhost")
    assert f" {status} ".encode() in answer.splitlines()[0]
    assert llm.asked == []


class Local(LocalLLM):
    """Of which nothing is loaded."""

    async def open(self) -> None:
        pass


def test_without_an_endpoint_there_is_nothing_as_before() -> None:
    for llm in (None, Local("of this machine", most_waiting=1)):
        app = create_app(ScriptedVoice())
        app.state.service.llm = llm
        with serving(app) as server:
            answer = httpx2.post(f"{server.url}/v1/responses", json={"input": "Hi"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_websockets_are_not_passed_on(server: Serving, llm: Recorder) -> None:
    with pytest.raises(InvalidStatus), connect(f"{server.ws_url}/v1/realtime?model=m"):
        pass
    assert llm.asked == []


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "CONNECT"])
def test_other_methods_are_refused(server: Serving, llm: Recorder, method: str) -> None:
    """TRACE would have the endpoint tell the client our key."""
    answer = raw(server, f"{method} /v1/files HTTP/1.1\nHost: localhost")
    assert answer.splitlines()[0].split()[1] in (b"400", b"405")
    assert llm.asked == []


# where it leads


CLIMBING = [
    "/v1/../admin",
    "/v1/files/../../admin",
    "/v1/./files",
    "/v1/%2e%2e/admin",
    "/v1/files/%2E%2E%2Fadmin",
    "/v1/%252e%252e/admin",
    "/v1/%25252e%25252e%25252fadmin",
    "/v1/%2525252525252e/x",
    "/v1/..%2fadmin",
    "/v1/..%5cadmin",
    "/v1/files/..;/admin",
    "/v1/..;a=b/admin",
    "/v1/..%00/x",
    "/v1/..%09/admin",
    "/v1/\\..\\admin",
    "/v1//evil.example/x",
    "/v1/a//b",
    "/v1/files%0d%0aX:%20y",
    '/v1/"',
    "/v1/a|b",
    "/v1%2F..%2Fadmin",
    "/v1%2Ffiles",
]


@pytest.mark.parametrize("path", CLIMBING)
def test_no_path_leads_out_of_the_endpoint(server: Serving, llm: Recorder, path: str) -> None:
    answer = raw(server, f"GET {path} HTTP/1.1\nHost: localhost")
    assert answer.splitlines()[0].split()[1] in (b"400", b"404")
    assert llm.asked == []


@given(
    st.lists(
        st.sampled_from(["..", ".", "a", "%2e", "%2E%2e", "%252e", "/", "%2f", "\\", ";", "%5c"]), max_size=8
    )
)
def test_whoever_unescapes_it_however_often_finds_no_step_upwards(parts: list[str]) -> None:
    path = "".join(parts)
    if not _climbs(path):
        for _ in range(6):
            assert not {".", ".."} & {step.partition(";")[0] for step in path.replace("\\", "/").split("/")}
            path = unquote(path)


@pytest.mark.parametrize(
    "path",
    ["files/a%2Fb", "files/a%20b", "files/f-1_2.3~x", "files/%C3%A9", "a;b=c/d", "files/", "a%25b",
     "threads/t/runs/r/submit_tool_outputs", "%76", "responses/r?stream=true"],
)  # fmt: skip
def test_all_others_stay_as_they_are_written(server: Serving, llm: Recorder, path: str) -> None:
    raw(server, f"GET /v1/{path} HTTP/1.1\nHost: localhost")
    assert [asked.target for asked in llm.asked] == [f"/v1/{path}"]


@pytest.mark.parametrize(
    "head",
    [
        "GET http://evil.example/v1/files HTTP/1.1\nHost: localhost",
        "GET /v1/files HTTP/1.1\nHost: localhost\nX-Forwarded-Host: evil.example",
        "GET /v1/@evil.example HTTP/1.1\nHost: localhost",
        "GET /v1/https://evil.example HTTP/1.1\nHost: localhost",
        "GET /v1/files?url=http://evil.example HTTP/1.1\nHost: localhost",
    ],
)
def test_no_other_host_is_reached(
    server: Serving, llm: Recorder, monkeypatch: pytest.MonkeyPatch, head: str
) -> None:
    connected = []
    create = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **options: Any) -> Any:
        connected.append(host)
        return create(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    raw(server, head)
    assert {str(host) for host in connected} <= {"127.0.0.1"}
    assert all(asked.header("host") == llm.url.split("/")[2] for asked in llm.asked)


def test_a_base_without_a_path_or_with_a_slash(llm: Recorder) -> None:
    for base in (llm.url.removesuffix("/v1"), llm.url + "/", llm.url + "/deep%20er"):
        with before(llm, llm_base_url=base) as server:
            assert httpx2.get(f"{server.url}/v1/files").status_code == 200
    assert [asked.target for asked in llm.asked] == ["/files", "/v1/files", "/v1/deep%20er/files"]


def test_redirections_are_the_clients_affair(http: httpx2.Client, llm: Recorder) -> None:
    llm.will_reply(Reply(307, [("Location", "http://evil.example/x")]), Reply())
    answer = http.get("/v1/files")
    assert (answer.status_code, answer.headers["location"]) == (307, "http://evil.example/x")
    assert len(llm.asked) == 1


# headers that belong to one side only


LEFT_OUT = {
    "Cookie": "session=1",
    "Origin": "http://localhost",
    "Referer": "http://localhost/secret",
    "Proxy-Authorization": "Basic x",
    "Keep-Alive": "5",
    "TE": "trailers",
    "Trailer": "X",
    "Upgrade": "h2c",
    "Forwarded": "for=1.2.3.4",
    "X-Forwarded-For": "1.2.3.4",
    "X-Real-IP": "1.2.3.4",
    "Sec-Fetch-Site": "same-origin",
    "X-Named": "by Connection",
    "Expect": "100-continue",
}


def test_what_is_between_the_client_and_us_stays_there(server: Serving, llm: Recorder) -> None:
    lines = [f"{name}: {value}" for name, value in LEFT_OUT.items()]
    head = "\n".join(["GET /v1/files HTTP/1.1", "Host: localhost", "Connection: X-Named", *lines])
    raw(server, head)
    names = {name.lower() for name, _ in llm.asked[0].headers}
    assert names.isdisjoint(name.lower() for name in LEFT_OUT)
    assert llm.asked[0].header("host") == llm.url.split("/")[2]


def test_what_is_between_the_llm_and_us_too(http: httpx2.Client, llm: Recorder) -> None:
    theirs = {
        "Set-Cookie": "a=b",
        "Access-Control-Allow-Origin": "*",
        "Content-Security-Policy": "script-src *",
        "X-Content-Type-Options": "any",
        "Strict-Transport-Security": "max-age=1",
        "Clear-Site-Data": "*",
        "Connection": "X-Named, keep-alive",
        "X-Named": "by Connection",
        "Keep-Alive": "timeout=5",
        "X-Request-ID": "of-the-llm",
    }
    llm.will_reply(Reply(200, [("Content-Type", "text/html"), *theirs.items()], b"<script>steal()</script>"))
    headers = http.get("/v1/files/f/content").headers
    assert {name.lower() for name in theirs} & headers.keys() == {
        "content-security-policy",
        "x-content-type-options",
        "x-request-id",
    }
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-request-id"] != "of-the-llm"


def test_one_clients_cookies_are_not_anothers(http: httpx2.Client, llm: Recorder) -> None:
    llm.will_reply(Reply(200, [JSON, ("Set-Cookie", "session=1; Path=/")]))
    for path in ("/v1/files", "/v1/chat/completions", "/v1/files"):
        http.request("POST", path, json={"messages": []})
    assert [asked.header("cookie") for asked in llm.asked] == [None, None, None]


CREDENTIALS = {"X-API-Key": "client's", "Api-Key": "client's", "OpenAI-Organization": "org"}


@pytest.mark.parametrize(
    ("settings", "shown", "expected", "lends"),
    [
        ({}, "of-the-client", "Bearer of-the-client", True),
        ({"llm_api_key": "ours"}, "of-the-client", "Bearer ours", False),
        ({"api_keys": ["secret"]}, "secret", None, False),
        ({"api_keys": ["secret"], "llm_api_key": "ours"}, "secret", "Bearer ours", False),
    ],
)
@pytest.mark.parametrize("path", ["/v1/files", "/v1/responses"])
def test_who_pays_the_llm(
    llm: Recorder, settings: dict[str, Any], shown: str, expected: str | None, lends: bool, path: str
) -> None:
    with before(llm, **settings) as server:
        headers = {"Authorization": f"Bearer {shown}", **CREDENTIALS}
        assert httpx2.post(server.url + path, headers=headers, json={}).status_code == 200
    (asked,) = llm.asked
    assert asked.header("authorization") == expected
    assert asked.header("x-api-key") == ("client's" if lends else None)
    assert asked.header("openai-organization") == ("org" if lends else None)
    assert "secret" not in str(asked.headers)


# who may, and how much


def test_a_key_is_needed_where_there_are_keys(llm: Recorder) -> None:
    with before(llm, api_keys=["secret"]) as server:
        for method in ("GET", "POST", "OPTIONS"):
            assert httpx2.request(method, f"{server.url}/v1/files").status_code == 401
    assert llm.asked == []


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}]
)
def test_other_names_and_other_sites_pages_are_refused(
    http: httpx2.Client, llm: Recorder, headers: dict[str, str]
) -> None:
    assert http.post("/v1/files", headers=headers).status_code == 403
    assert llm.asked == []


def test_a_body_may_be_large_and_of_any_kind_but_not_endless(llm: Recorder) -> None:
    with before(llm, max_body=300_000, max_input=10) as server:
        commas = b"," * 299_000
        for path in ("/v1/files", "/v1/responses"):
            assert httpx2.post(server.url + path, content=commas).status_code == 200
            for content in (commas * 2, iter([commas, commas])):
                answer = httpx2.post(server.url + path, content=content)
                assert (answer.status_code, answer.json()["error"]["code"]) == (413, "request_too_large")
        assert httpx2.post(f"{server.url}/v1/models", content=commas).status_code == 413
    assert max(len(asked.body) for asked in llm.asked) == 299_000


def test_a_body_that_does_not_come_is_waited_for_only_so_long(llm: Recorder) -> None:
    with before(llm, stall_timeout=0.3) as server:
        for path in ("/v1/files", "/v1/responses"):
            answer = raw(server, f"POST {path} HTTP/1.1\nHost: localhost\nContent-Length: 9", b"123")
            assert b" 408 " in answer.splitlines()[0]


def test_a_request_that_was_here_before_goes_in_no_circle(http: httpx2.Client, llm: Recorder) -> None:
    http.get("/v1/files")
    way = llm.asked[0].header("via")
    for path in ("/v1/files", "/v1/responses"):
        answer = http.post(path, headers={"Via": str(way)})
        assert (answer.status_code, answer.json()["error"]["code"]) == (508, "llm_loop")
    http.get("/v1/files", headers={"Via": "1.1 other"})
    assert str(llm.asked[-1].header("via")).startswith("1.1 other, 1.1 llmvox-")
    assert len(llm.asked) == 2


# when it fails


def test_an_endpoint_that_is_not_there_is_a_502() -> None:
    with recorder() as gone:
        pass
    with before(gone) as server:
        for method, path in (("GET", "/v1/files"), ("POST", "/v1/files"), ("POST", "/v1/responses")):
            answer = httpx2.request(method, server.url + path)
            assert (answer.status_code, answer.json()["error"]["code"]) == (502, "llm_unreachable")


def test_one_that_falls_silent_is_no_end(llm: Recorder) -> None:
    over = threading.Event()
    llm.will_reply(Reply(body=[over]))
    with before(llm, llm_timeout=0.2) as server, pytest.raises(httpx2.RemoteProtocolError):
        httpx2.get(f"{server.url}/v1/files")  # its head was there already
    over.set()


@pytest.mark.parametrize("body", [b"{", [b"{"]])
def test_one_that_breaks_off_is_no_end(server: Serving, llm: Recorder, body: Any) -> None:
    llm.will_reply(Reply(200, [JSON], body, cut=True))
    with pytest.raises(httpx2.RemoteProtocolError):
        httpx2.get(f"{server.url}/v1/files")


def test_one_that_answers_before_it_has_read_all(server: Serving, llm: Recorder) -> None:
    llm.will_reply(Reply(401, [JSON], b'{"error": {}}', early=True))
    answer = httpx2.post(f"{server.url}/v1/files", content=b"x" * 5_000_000)
    assert answer.status_code in (401, 502)  # as with any client: who still sends may lose the answer


@pytest.mark.parametrize("leave_at", ["upload", "answer"])
def test_a_client_who_goes_away_ends_it(
    server: Serving, llm: Recorder, leave_at: str, caplog: pytest.LogCaptureFixture
) -> None:
    over = threading.Event()
    llm.will_reply(Reply(200, [JSON], [b"x", over]))
    length = 100_000 if leave_at == "upload" else 3
    head = f"POST /v1/files HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(head.encode() + b"abc")
        until(lambda: bool(llm.asked))
        if leave_at == "answer":
            connection.recv(100)
    try:
        until(lambda: not server.server_state.tasks)
    finally:
        over.set()
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


# the log and the figures


def test_no_path_of_a_client_stands_in_the_figures(http: httpx2.Client, llm: Recorder) -> None:
    for path in ("/v1/files/secret-1", "/v1/made/up", "/v1/responses", "/v1/responses/secret-2"):
        http.get(path)
        http.post(path)
    figures = http.get("/metrics").text
    assert 'llmvox_requests_total{endpoint="/v1/{path}",status="200"}' in figures
    assert 'llmvox_requests_total{endpoint="/v1/responses",status="200"}' in figures
    assert "secret" not in figures and "made/up" not in figures
