"""From LlamaIndex's spans and events to what the user is told.

Models write for many: for an engine that condenses a question, for a reranker, for a tool. Told is what comes
out at the outermost place: an engine's response, what a model writes that the program itself has called, what
an agent's model writes, and a workflow's result.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from llama_index.core.agent.workflow import AgentOutput
from llama_index.core.base.response.schema import AsyncStreamingResponse, StreamingResponse
from llama_index.core.chat_engine.types import StreamingAgentChatResponse
from llama_index_instrumentation.dispatcher import active_instrument_tags

from ...core.doorway import Doorway
from . import claims
from .answers import Answer, Call, Telling
from .caller import Caller, called_by
from .heard import HeardAsyncIterator, HeardIterator
from .readers import Code, Prose, Reader, Thoughts
from .results import text_of
from .spans import HANDOFF, Kind, Span, Spans
from .streams import Streams

__all__ = ["Listener"]

READERS: dict[str | None, Callable[[], Reader]] = {"react_agent": Thoughts, "codeact_agent": Code}
"""How the text of LlamaIndex's agents is read, by the module that calls the model."""


class Listener:
    """Speaks for one doorway, by its narrator; it raises, and the doorway keeps that from the program."""

    def __init__(self, doorway: Doorway, *, sub_agents: bool, final_only: bool, filler: str | None) -> None:
        self._doorway = doorway
        self._sub_agents = sub_agents
        self._final_only = final_only
        self._filler = filler
        self._spans = Spans(lambda: Call(doorway._narrator))
        self._streams = Streams(final_only=final_only)
        self._cancelled: set[str | None] = set()
        self._hooks = {**self._streams.hooks, "SpanCancelledEvent": self._is_cancelled}

    def __len__(self) -> int:
        """How many calls and answers it keeps track of."""
        return len(self._spans) + len(self._streams)

    # what spans tell

    def enter(
        self,
        id_: str,
        arguments: inspect.BoundArguments,
        instance: Any,
        parent_id: str | None,
        tags: dict[str, Any] | None,
    ) -> None:
        span = self._spans.enter(id_, arguments, instance, parent_id, tags)
        if span is None or not self._may_be_heard(span):
            return
        if span.kind is Kind.MODEL:
            self._model_enters(span, arguments, instance)
        elif span.kind is Kind.ENGINE:
            self._engine_enters(span)
        elif span.kind is Kind.WRITER:
            self._writer_enters(span)
        elif span.kind is Kind.WORKFLOW:
            self._workflow_enters(span)
        elif span.kind is Kind.TOOL:
            self._tool_enters(span)

    def leave(self, id_: str, result: Any) -> None:
        span = self._leave(id_)
        if span is None:
            return
        if id_ in self._cancelled:
            self._cancelled.discard(id_)
            self._give_up(span, only_open=span.kind is not Kind.WORKFLOW)
            return
        if span.kind is Kind.MODEL and "stream" in span.method:
            self._streams.returns(span.id, result)
        elif span.kind in (Kind.MODEL, Kind.WRITER):
            self._streams.close(span.id, result)
        elif span.kind is Kind.ENGINE and self._may_be_heard(span):
            self._engine_leaves(span, result)
        elif span.kind is Kind.WORKFLOW:
            self._workflow_leaves(span, result)
        if span.parent is None:
            span.call.finish()

    def fail(self, id_: str) -> None:
        span = self._leave(id_)
        self._cancelled.discard(id_)
        if span is not None:
            self._give_up(span)

    def _leave(self, id_: str) -> Span | None:
        span = self._spans.leave(id_)
        if span is not None and span.withdraw is not None:
            span.withdraw()
        return span

    def _give_up(self, span: Span, *, only_open: bool = False) -> None:
        """What was said under it is void: all of it, or what had not come to its end."""
        self._streams.drop(span.id)
        for answer in list(span.call.answers):
            if span in answer.place.lineage and not (only_open and answer.over):
                answer.drop()
        if span.parent is None:
            span.call.cancel()

    # models

    def _model_enters(self, span: Span, arguments: inspect.BoundArguments, model: Any) -> None:
        self._streams.forget_abandoned()
        caller = called_by(sys._getframe())
        if self._is_internal(caller) or _writes_data(model, arguments):
            span.hidden = True
            return
        span.call.filled = False
        if span.in_workflow and (self._final_only or not ("stream" in span.method or caller.agent)):
            return  # it is told if it is the result
        answer = span.call.begin(
            [*span.all_names, *_model_names(model)],
            hold=self._final_only,
            reader=READERS.get(caller.agent, Prose)(),
            place=span,
        )
        self._streams.open(span.id, answer)

    # engines

    def _engine_enters(self, span: Span) -> None:
        if self._is_internal(called_by(sys._getframe())):
            span.hidden = True
        elif not span.in_workflow or span.method in ("stream_chat", "astream_chat"):
            self._answer_of(span)

    def _answer_of(self, engine: Span) -> Answer:
        if engine.answer is None:
            engine.answer = engine.call.begin(engine.all_names, place=engine)
        return engine.answer

    def _engine_leaves(self, span: Span, result: Any) -> None:
        if isinstance(result, StreamingAgentChatResponse):
            self._chat_begins(span, result)
        elif isinstance(result, StreamingResponse | AsyncStreamingResponse) and result.response_txt is None:
            answer = self._answer_of(span)
            result.response_gen = self._heard(result.response_gen, answer)
            claims.offer(result, answer.drop)
        elif not span.in_workflow:  # there it is told if it is the workflow's result
            answer = self._answer_of(span)
            answer.end(text_of(result))
            claims.offer(result, answer.drop)

    def _chat_begins(self, span: Span, response: StreamingAgentChatResponse) -> None:
        answer = self._answer_of(span)
        claims.offer(response, answer.drop)
        if response.is_writing_to_memory:
            return  # the writer tells it
        if response.chat_stream is not None:
            response.chat_stream = self._heard(response.chat_stream, answer)
        elif response.achat_stream is not None:
            response.achat_stream = self._heard(response.achat_stream, answer)

    def _heard(self, items: Any, answer: Answer) -> Any:
        telling = Telling(self._doorway, answer)
        if hasattr(items, "__anext__"):
            return HeardAsyncIterator(items, telling)
        return HeardIterator(items, telling)

    def _writer_enters(self, span: Span) -> None:
        engine = span.parent if span.parent is not None and span.parent.kind is Kind.ENGINE else span
        self._streams.open(span.id, self._answer_of(engine))

    # workflows and tools

    def _workflow_enters(self, span: Span) -> None:
        run_id = active_instrument_tags.get().get("llamaindex.run_id")
        if run_id is None:
            return
        if claims.is_claimed(run_id):
            span.hidden = True
            return
        void = partial(self._is_claimed, span)
        span.withdraw = partial(claims.withdraw_run, run_id, void)
        claims.offer_run(run_id, void)

    def _is_claimed(self, span: Span) -> None:
        span.hidden = True
        for answer in list(span.call.answers):
            if span in answer.place.lineage:
                answer.drop()

    def _workflow_leaves(self, span: Span, result: Any) -> None:
        if span.in_workflow or not self._may_be_heard(span):
            return
        value = getattr(result, "result", None)
        names = [value.current_agent_name] if isinstance(value, AgentOutput) else []
        text = text_of(result)
        if text and not span.call.has_said(text):
            span.call.say(text, [*names, *span.all_names], place=span)
        claims.offer(value, span.call.drop)

    def _tool_enters(self, span: Span) -> None:
        if self._filler is None or span.in_tool or not span.in_workflow or HANDOFF in span.names:
            return
        if not span.call.filled:
            span.call.filled = True
            span.call.say(self._filler, span.all_names, place=span)

    # what events tell

    def event(self, event: Any) -> None:
        hook = self._hooks.get(type(event).__name__)
        if hook is not None:
            hook(event)

    def _is_cancelled(self, event: Any) -> None:
        self._cancelled.add(event.span_id)

    # what the listener does

    def silence(self) -> None:
        """Nothing that is at work now is heard."""
        for span in self._spans.open:
            span.call.silenced = True

    def look_around(self) -> None:
        self._streams.forget_abandoned()

    def stop(self) -> None:
        """No more is told; what has been said is complete."""
        self._streams.end_all()
        for span in self._spans.open:
            if span.withdraw is not None:
                span.withdraw()
            span.call.finish()

    # where a span stands

    def _may_be_heard(self, span: Span) -> bool:
        return not (span.hidden or (span.in_tool and not self._sub_agents))

    def _is_internal(self, caller: Caller) -> bool:
        in_tool = caller.in_tool and not self._sub_agents
        return caller.in_model or caller.helper or in_tool or claims.elsewhere.get()


def _writes_data(model: Any, arguments: inspect.BoundArguments) -> bool:
    always = getattr(model, "additional_kwargs", None) or {}
    return bool(arguments.kwargs.get("response_format") or always.get("response_format"))


def _model_names(model: Any) -> list[str]:
    name = getattr(model.metadata, "model_name", None)
    return [name] if isinstance(name, str) else []
