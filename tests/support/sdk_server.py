"""A small real server for OpenAI's SDK: each answer in the form it is asked for, whole or streamed."""

import json
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from support.llm_server import DONE, Chat, LLMServer, Step, chunk, end, event, serving

__all__ = ["Answer", "SDKServer", "in_response", "says_in_response", "sdk_server"]

MODEL = {
    "model": "scripted",
    "created_at": 1,
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [],
}


@dataclass(frozen=True)
class Answer:
    """What a model writes: words, perhaps after thoughts, perhaps before a call of a tool.

    pause: seconds between two words.
    """

    texts: Sequence[str]
    thought: str = ""
    call: tuple[str, dict[str, Any]] | None = None
    pause: float = 0.0

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def chat_stream(self) -> list[Step]:
        steps: list[Step] = [chunk(role="assistant", content="")]
        steps += [chunk(reasoning_content=self.thought)] if self.thought else []
        for text in self.texts:
            steps += [chunk(content=text), self.pause]
        if self.call:
            steps.append(chunk(tool_calls=[{"index": 0, **self._chat_call()}]))
        return [*steps, end("tool_calls" if self.call else "stop"), DONE]

    def chat(self) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": self.text or None}
        if self.thought:
            message["reasoning_content"] = self.thought
        if self.call:
            message["tool_calls"] = [self._chat_call()]
        choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if self.call else "stop"}
        usage = {"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5}
        whole = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "scripted"}
        return {**whole, "choices": [choice], "usage": usage}

    def response(self) -> dict[str, Any]:
        return _response("completed", list(self._items()))

    def response_stream(self) -> list[Step]:
        events: list[dict[str, Any] | float] = [in_response("created", response=_response("in_progress", []))]
        for index, item in enumerate(self._items()):
            events += self._item_events(index, item)
        events.append(in_response("completed", response=self.response()))
        return [
            each if isinstance(each, float) else event({**each, "sequence_number": number})
            for number, each in enumerate(events)
        ]

    def _item_events(self, index: int, item: dict[str, Any]) -> Iterator[dict[str, Any] | float]:
        at = {"output_index": index, "item_id": item["id"], "content_index": 0}
        empty = {**item, "status": "in_progress"} | ({"content": []} if item["type"] == "message" else {})
        yield in_response("output_item.added", output_index=index, item=empty)
        if item["type"] == "message":
            part = {"type": "output_text", "text": "", "annotations": []}
            yield in_response("content_part.added", **at, part=part)
            for text in self.texts:
                yield in_response("output_text.delta", **at, delta=text, logprobs=[])
                yield self.pause
            yield in_response("output_text.done", **at, text=self.text, logprobs=[])
            yield in_response("content_part.done", **at, part={**part, "text": self.text})
        elif item["type"] == "reasoning":
            at = {"output_index": index, "item_id": item["id"], "summary_index": 0}
            yield in_response("reasoning_summary_text.delta", **at, delta=self.thought)
        else:
            yield in_response("function_call_arguments.delta", **at, delta=item["arguments"])
        yield in_response("output_item.done", output_index=index, item=item)

    def _items(self) -> Iterator[dict[str, Any]]:
        if self.thought:
            summary = [{"type": "summary_text", "text": self.thought}]
            yield {"type": "reasoning", "id": "rs_1", "summary": summary}
        if self.texts:
            part = {"type": "output_text", "text": self.text, "annotations": []}
            fields = {"role": "assistant", "status": "completed", "content": [part]}
            yield {"type": "message", "id": "msg_1", **fields}
        if self.call:
            name, arguments = self.call
            fields = {"call_id": "call_1", "name": name, "arguments": json.dumps(arguments)}
            yield {"type": "function_call", "id": "fc_1", "status": "completed", **fields}

    def _chat_call(self) -> dict[str, Any]:
        assert self.call
        name, arguments = self.call
        function = {"name": name, "arguments": json.dumps(arguments)}
        return {"id": "call_1", "type": "function", "function": function}


def in_response(kind: str, **fields: Any) -> dict[str, Any]:
    """An event of a response's stream."""
    return {"type": f"response.{kind}", **fields}


def says_in_response(*texts: str) -> list[Step]:
    return Answer(texts).response_stream()


def _response(status: str, output: list[dict[str, Any]]) -> dict[str, Any]:
    text = {"format": {"type": "text"}}
    return {"id": "resp_1", "object": "response", "status": status, "output": output, "text": text, **MODEL}


class SDKServer(LLMServer):
    """answers: what requests are answered, in their order; the last one serves all that follow. A list is
    the steps of a stream, as LLMServer takes them.
    """

    def __init__(self) -> None:
        super().__init__(_Both)

    def begin_anew(self) -> None:
        super().begin_anew()
        self.answers: deque[Answer | list[Step]] = deque([Answer(["Hello ", "world."])])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that leave in the middle are what is tested."""

    def will_say(self, *answers: Answer | list[Step]) -> None:
        self.answers = deque(answers)


class _Both(Chat):
    server: SDKServer

    def _answer(self, body: dict[str, Any]) -> None:
        answer = self.server.answers[0]
        if len(self.server.answers) > 1:
            self.server.answers.popleft()
        chat = self.path.partition("?")[0].endswith("/chat/completions")
        if self.server.status != 200:
            self._send(self.server.status, {"error": self.server.error})
        elif isinstance(answer, list):
            self._stream(answer)
        elif body.get("stream"):
            self._stream(answer.chat_stream() if chat else answer.response_stream())
        else:
            self._send(200, answer.chat() if chat else answer.response())


@contextmanager
def sdk_server() -> Iterator[SDKServer]:
    with serving(SDKServer()) as server:
        yield server
