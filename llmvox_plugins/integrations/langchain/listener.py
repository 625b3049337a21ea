"""Hears what LangChain's callbacks tell of runs, and finds out what of it is for the user.

It keeps track of which run belongs to which, so that nothing is heard that a model writes inside a tool, and
what a failed attempt has said, and precisely that, can be taken back.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.outputs import ChatGenerationChunk, GenerationChunk, LLMResult
from langchain_core.runnables.config import var_child_runnable_config

from ...core.doorway import Doorway, harmless
from ...core.narrator import Narrator
from ...core.timeline import SpokenText
from .answer import Answer, Source, is_for_the_user, message_of, text_of
from .claim import claimed, inside_a_model, taken
from .ledger import Ledger
from .runs import Labels, Run, Runs
from .teller import Filler, Teller
from .vanishing import when_vanished

__all__ = ["Listener", "pauses"]


class Listener(Doorway, BaseCallbackHandler):
    """What all callback handlers have in common that speak, however they come to a run."""

    framework = "LangChain"
    run_inline = True  # every hook only enqueues: a hop to another thread would cost more
    _yields = False  # whether handlers that the program attaches itself come first
    _sees_roots = True  # whether it is told of the outermost run of a call

    def __init__(
        self, narrator: Narrator, *, sub_agents: bool, final_only: bool, filler: Filler | None
    ) -> None:
        self.raise_error = narrator.raise_errors
        self._narrator = narrator
        self._sub_agents = sub_agents
        self._teller = Teller(narrator, final_only=final_only, filler=filler, yields=self._yields)
        self._runs = Runs()

    # what its user does

    @property
    def ledger(self) -> Ledger:
        """Which of its answers is which message; for `spoken_message()`."""
        return self._teller.ledger

    def interrupt(self) -> SpokenText:
        """Fall silent at once, from any thread; returns what was being said, and what of it has been heard.

        What the agent is at now stays silent until it has ended; what it begins from now on is heard.
        `spoken_message()` makes the conversation's memory true.
        """
        spoken = super().interrupt()
        self.ledger.interrupted()
        return spoken

    @harmless
    def say(self, text: str) -> None:
        """Speak what no model wrote, such as a node's fixed answer; inside a run, in its turn and voice."""
        config = var_child_runnable_config.get() or {}
        run_id = getattr(config.get("callbacks"), "parent_run_id", None)
        run = None if run_id is None else self._runs.get(run_id.int)
        if run is None:
            own = object()
            self._narrator.say(own, text)
            self._narrator.finish(own)
        else:
            self._narrator.say(run.root, text, run.called)

    # models

    @harmless
    def on_chat_model_start(
        self,
        serialized: dict[str, Any] | None,
        messages: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        run = self._enter(serialized, run_id, parent_run_id, tags, metadata, kwargs)
        if not self._yields:
            taken[run.key] = run_id
        if (
            not run.lost
            and self._listens_to(run)
            and is_for_the_user(tags, metadata, kwargs)
            and not inside_a_model()
        ):
            run.answer = self._answer(run)
            run.answer.vanishing = when_vanished(run_id, functools.partial(self._vanished, run.key))
            self._teller.begin(run.answer)
            if self._sees_roots and self._runs.get(run.root) is None:  # it began as its reader stopped
                self._narrator.cancel(run.root)

    @harmless
    def on_llm_start(self, serialized: dict[str, Any] | None, prompts: list[str], **kwargs: Any) -> None:
        self.on_chat_model_start(serialized, prompts, **kwargs)

    @harmless
    def on_llm_new_token(
        self,
        token: Any,
        *,
        chunk: GenerationChunk | ChatGenerationChunk | None = None,
        run_id: UUID,
        **kwargs: Any,
    ) -> None:
        run = self._runs.get(run_id.int)
        if run is None or run.answer is None:
            return
        text = token if chunk is None else text_of(chunk)
        if text and run.answer.takes(Source.TOKENS):
            message = getattr(chunk, "message", None)
            self._teller.say(run.answer, text, None if message is None else message.id)

    @harmless
    def on_stream_event(self, event: Mapping[str, Any], *, run_id: UUID, **kwargs: Any) -> None:
        run = self._runs.get(run_id.int)
        if run is None or run.answer is None:
            return
        if event.get("event") == "error":  # some models tell of it in no other way
            self._fail(run_id, RuntimeError())
            return
        text = run.answer.text_of_event(event)
        if text and run.answer.takes(Source.EVENTS):
            self._teller.say(run.answer, text)

    @harmless
    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        run = self._runs.get(run_id.int)
        if run is not None and run.answer is not None:
            self._teller.complete(run.answer, *message_of(response))
        self._end(run_id)

    @harmless
    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        self._fail(run_id, error)

    # what stands around them

    @harmless
    def on_chain_start(
        self,
        serialized: dict[str, Any] | None,
        inputs: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self._enter(serialized, run_id, parent_run_id, tags, metadata, kwargs)

    @harmless
    def on_retriever_start(self, serialized: dict[str, Any] | None, query: str, **kwargs: Any) -> None:
        self.on_chain_start(serialized, query, **kwargs)

    @harmless
    def on_tool_start(
        self,
        serialized: dict[str, Any] | None,
        input_str: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        run = self._enter(serialized, run_id, parent_run_id, tags, metadata, kwargs)
        outermost, run.in_tool = not run.in_tool, True
        if outermost and not run.lost:
            name = (serialized or {}).get("name") or kwargs.get("name") or ""
            self._teller.tool_starts(run.root, name, kwargs.get("tool_call_id"))

    @harmless
    def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        self._end(run_id)

    @harmless
    def on_retriever_end(self, documents: Any, *, run_id: UUID, **kwargs: Any) -> None:
        self._end(run_id)

    @harmless
    def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        self._end(run_id)

    @harmless
    def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        self._fail(run_id, error)

    @harmless
    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        self._fail(run_id, error)

    @harmless
    def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        self._fail(run_id, error)

    # who is heard

    def _listens_to(self, run: Run) -> bool:
        claim = claimed.get()
        return (self._sub_agents or not run.in_tool) and (claim is None or claim.owner is self)

    def _answer(self, run: Run) -> Answer:
        return Answer(run.root, run.key, run.called)

    # the tree of runs

    def _enter(
        self,
        serialized: Mapping[str, Any] | None,
        run_id: UUID,
        parent_id: UUID | None,
        tags: list[str] | None,
        metadata: Mapping[str, Any] | None,
        options: Mapping[str, Any],
    ) -> Run:
        name = options.get("name") or (serialized or {}).get("name")
        return self._runs.enter(run_id, parent_id, Labels.of(name, tags, metadata))

    def _end(self, run_id: UUID) -> None:
        run = self._runs.get(run_id.int)
        if run is not None:
            self._leave(run)

    def _fail(self, run_id: UUID, error: BaseException) -> None:
        run = self._runs.get(run_id.int)
        if run is not None:
            self._void(run, error)

    def _vanished(self, key: int) -> None:
        run = self._runs.get(key)
        if run is not None:
            self._void(run, asyncio.CancelledError())

    def _void(self, run: Run, error: BaseException) -> None:
        """What was said in it is taken back, unless it only pauses; another attempt may follow."""
        if not pauses(error):
            self._runs.lose(run)
            if run.parent is None and self._sees_roots:
                self._narrator.cancel(run.root)
            else:
                for answer in run.all_answers:
                    self._teller.void(answer, cancelled=not isinstance(error, Exception))
        self._leave(run)

    def _leave(self, run: Run) -> None:
        """If a model still writes when the outermost run above it ends, its reader has stopped early."""
        if run.answer is not None and run.answer.vanishing is not None:
            run.answer.vanishing.detach()
        below = run.below
        self._runs.leave(run)
        if run.parent is None and self._sees_roots:
            if any(each.answer is not None and each.answer.heard for each in below):
                self._runs.lose(run)
                self._narrator.cancel(run.root)
            self._narrator.finish(run.root)


def pauses(error: BaseException) -> bool:
    """Whether the run is not at an end: LangGraph's interrupts and hand-overs travel as exceptions."""
    return any(kind.__name__ == "GraphBubbleUp" for kind in type(error).__mro__)
