"""LangChain and LangGraph: a callback handler that speaks what the models of a run write.

    chain.invoke(question, config={"callbacks": [SpeechCallbackHandler(to="answer.wav")]})

It keeps track of which run belongs to which, so that only what the agent says to its user is heard: no tool
calls, no reasoning, no structured output, nothing that a model writes inside a tool.
"""

from __future__ import annotations

import functools
import types
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from ..core.doorway import Doorway, harmless
from ..core.errors import MissingDependencyError
from ..core.narrator import LIMITS, Narrator
from ..core.sinks import Place
from ..core.state import StreamLimits
from ..core.voices.base import Voice

try:
    from langchain_core.callbacks import BaseCallbackHandler
    from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, GenerationChunk, LLMResult
    from langchain_core.tracers._streaming import _StreamingCallbackHandler
except ImportError as error:
    raise MissingDependencyError(
        'speech for LangChain needs langchain-core: pip install "llmvox-plugins[langchain]"'
    ) from error

__all__ = ["SpeechCallbackHandler"]

T = TypeVar("T")

MOST_RUNS = 10_000  # runs whose end is never told, as when a bare model is cancelled, are forgotten beyond it


@dataclass(slots=True, eq=False)
class _Run:
    """A chain, a tool, a retriever or a model at work."""

    id: UUID
    parent: _Run | None
    in_tool: bool
    writes: bool = False  # a model that is heard
    said: bool = False  # and it has said something
    answers: list[UUID] = field(default_factory=list)  # of models under it that have ended

    @property
    def root(self) -> UUID:
        """The topmost run above this one that was seen."""
        return self.id if self.parent is None else self.parent.root

    def lineage(self) -> Iterator[_Run]:
        """This run and those above it."""
        run: _Run | None = self
        while run is not None:
            yield run
            run = run.parent


class SpeechCallbackHandler(Doorway, BaseCallbackHandler):
    """Speaks the answers of the runs that it is attached to, one stream for each outermost run.

    voice: a voice, its name, or None for LLMVOX_VOICE or the best there is.
    to: a path, "speaker", a sink or a function that takes chunks; None for LLMVOX_TO or the speaker. A path
        is one recording, in which the answers follow one another.
    force_streaming: make `.invoke()` stream, so that speech begins with the first words.
    raise_errors: raise trouble with speech into the run; else it is logged once and kept on `stream.error`.

    Raises only here, and only what would be wrong in every run: an unknown voice, a place that cannot be
    opened. One handler may serve any number of runs, at once, in threads and on event loops.
    """

    framework = "LangChain"
    run_inline = True  # every hook only enqueues: a hop to another thread would cost more

    def __new__(cls, *args: Any, force_streaming: bool = True, **kwargs: Any) -> SpeechCallbackHandler:
        return super().__new__(_streaming(cls) if force_streaming else cls)  # type: ignore[arg-type]

    def __init__(
        self,
        voice: Voice | str | None = None,
        to: Place | None = None,
        *,
        force_streaming: bool = True,
        raise_errors: bool = False,
        limits: StreamLimits = LIMITS,
    ) -> None:
        self.raise_error = raise_errors
        self._narrator = Narrator(voice, to, raise_errors=raise_errors, limits=limits)
        self._runs: dict[UUID, _Run] = {}

    # models

    @harmless
    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        **kwargs: Any,
    ) -> None:
        self._model_starts(run_id, parent_run_id, tags, kwargs)

    @harmless
    def on_llm_start(
        self,
        serialized: dict[str, Any],
        prompts: list[str],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        **kwargs: Any,
    ) -> None:
        self._model_starts(run_id, parent_run_id, tags, kwargs)

    @harmless
    def on_llm_new_token(
        self,
        token: Any,
        *,
        chunk: GenerationChunk | ChatGenerationChunk | None = None,
        run_id: UUID,
        **kwargs: Any,
    ) -> None:
        run = self._runs.get(run_id)
        if run is not None and run.writes:
            self._say(run, _text(chunk) if chunk is not None else token)

    @harmless
    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        run = self._runs.get(run_id)
        if run is None:
            return
        if run.writes:
            if not run.said and response.generations and response.generations[0]:
                self._say(run, _text(response.generations[0][0]))
            self._narrator.end(run.root, run.id)
            for each in run.lineage():
                each.answers += [run.id] if run.said else []
        self._leave(run)

    @harmless
    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        self._fail(run_id, error)

    # what stands around them

    @harmless
    def on_chain_start(
        self, serialized: Any, inputs: Any, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> None:
        self._enter(run_id, parent_run_id)

    @harmless
    def on_retriever_start(
        self, serialized: Any, query: str, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> None:
        self._enter(run_id, parent_run_id)

    @harmless
    def on_tool_start(
        self, serialized: Any, input_str: str, *, run_id: UUID, parent_run_id: UUID | None = None, **kw: Any
    ) -> None:
        self._enter(run_id, parent_run_id).in_tool = True

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

    # the tree of runs

    def _enter(self, run_id: UUID, parent_id: UUID | None) -> _Run:
        while len(self._runs) >= MOST_RUNS:
            self._runs.pop(next(iter(self._runs)), None)
        parent = None if parent_id is None else self._runs.get(parent_id)
        run = self._runs[run_id] = _Run(run_id, parent, in_tool=parent is not None and parent.in_tool)
        return run

    def _model_starts(
        self, run_id: UUID, parent_id: UUID | None, tags: list[str] | None, options: dict[str, Any]
    ) -> None:
        run = self._enter(run_id, parent_id)
        run.writes = not run.in_tool and "nostream" not in (tags or ()) and not _is_structured(options)
        if run.writes:
            self._narrator.begin(run.root, run.id)

    def _say(self, run: _Run, text: str) -> None:
        if text:
            run.said = True
            self._narrator.write(run.root, run.id, text)

    def _end(self, run_id: UUID) -> None:
        run = self._runs.get(run_id)
        if run is not None:
            self._leave(run)

    def _fail(self, run_id: UUID, error: BaseException) -> None:
        """The run's answers are void: silence, unless it only pauses or nothing of it was said."""
        run = self._runs.get(run_id)
        if run is None:
            return
        if not _pauses(error):
            if run.parent is None:
                self._narrator.cancel(run.root)
            else:
                self._unsay(run)
        self._leave(run)

    def _unsay(self, failed: _Run) -> None:
        """Another attempt may follow within the same root."""
        for answer in [*failed.answers, *(run.id for run in self._under(failed))]:
            self._narrator.drop(failed.root, answer)

    def _leave(self, run: _Run) -> None:
        """The run has ended; if a model below the outermost one still writes, its reader stopped early."""
        if run.parent is None:
            cut = self._under(run)
            for each in cut:
                self._runs.pop(each.id, None)
            if any(each.writes for each in cut if each is not run):
                self._narrator.cancel(run.id)
            self._narrator.finish(run.id)
        self._runs.pop(run.id, None)

    def _under(self, run: _Run) -> list[_Run]:
        """Those at work at or below this one."""
        return [each for each in list(self._runs.values()) if run in each.lineage()]


class _ForcesStreaming(_StreamingCallbackHandler[Any]):
    """What makes `BaseChatModel.invoke` call the model's stream, and LangGraph leave it so."""

    def tap_output_aiter(self, run_id: UUID, output: AsyncIterator[T]) -> AsyncIterator[T]:
        return output

    def tap_output_iter(self, run_id: UUID, output: Iterator[T]) -> Iterator[T]:
        return output


@functools.cache
def _streaming(cls: type[SpeechCallbackHandler]) -> type[SpeechCallbackHandler]:
    return types.new_class(cls.__name__, (cls, _ForcesStreaming))


def _text(generation: Any) -> str:
    """What a model says to its user: not its reasoning, nor its tool calls."""
    if isinstance(generation, ChatGeneration):
        return str(generation.message.text)
    return str(generation.text)


def _is_structured(options: dict[str, Any]) -> bool:
    """Whether the answer is data for a program."""
    if (options.get("options") or {}).get("ls_structured_output_format"):
        return True
    return bool((options.get("invocation_params") or {}).get("response_format"))


def _pauses(error: BaseException) -> bool:
    """Whether the run is not at an end: LangGraph's interrupts and hand-overs travel as exceptions."""
    return any(kind.__name__ == "GraphBubbleUp" for kind in type(error).__mro__)
