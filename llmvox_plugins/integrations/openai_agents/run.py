"""A run of agents that is heard while it streams.

    result = Runner.run_streamed(agent, "Why is the sky blue?")
    async for event in speak_run(result, to="speaker"):
        ...  # as result.stream_events() gives them

Heard is what its agents say to the user: no reasoning, no calls of tools, no structured output. Agents that
work as tools stream into their own results, and so are not heard.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from contextlib import aclosing
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, cast

from agents import AgentOutputSchemaBase

from ...core.doorway import Doorway, harmless
from ...core.narrator import LIMITS, Narrator, Turns
from ...core.roots import joined
from ...core.sinks import Place
from ...core.state import StreamLimits
from ...core.timeline import SpokenText
from ...core.voices.base import Voice

if TYPE_CHECKING:
    from agents import Agent, RunResultStreaming, StreamEvent

__all__ = ["SpokenRun", "speak_run"]


def speak_run(
    result: RunResultStreaming,
    voice: Voice | str | None = None,
    to: Place | None = None,
    *,
    voices: Mapping[str, Voice | str] | None = None,
    only: Iterable[str] | None = None,
    mute: Iterable[str] = (),
    turns: Turns = "queue",
    final_only: bool = False,
    filler: str | None = None,
    raise_errors: bool = False,
    limits: StreamLimits = LIMITS,
    narrator: Narrator | None = None,
) -> SpokenRun:
    """The events of a run, unchanged; as they are read, what its agents say is spoken.

    voice: a voice, its name, or None for LLMVOX_VOICE or the best there is.
    to: a path, "speaker", a sink or a function that takes chunks; None for LLMVOX_TO or the speaker.
    voices, only, mute: who is heard, and in which voice, by the agents' names.
    turns: whose turn it is where several runs of one narrator would speak at once.
    final_only: speak only the answer that the run ends with, once the output guardrails have let it pass.
    filler: what is said when a tool is called and the agent has said nothing about it.
    raise_errors: raise trouble with speech into the run; else it is logged once and kept on `error`.
    narrator: speak through this one, as the runs of a conversation do; it has its own voices.

    Raises what would be wrong in every run: an unknown voice, a place that cannot be opened.
    """
    if narrator is not None:
        return SpokenRun(result, narrator, None, final_only=final_only, filler=filler)
    own = Narrator(
        voice,
        to,
        voices=voices,
        only=only,
        mute=mute,
        turns=turns,
        raise_errors=raise_errors,
        limits=limits,
    )
    return SpokenRun(result, own, own, final_only=final_only, filler=filler)


class SpokenRun(Doorway):
    """A run whose events are read here, once. `result` is the run's own.

    As an async context manager it waits until all has been heard; an exception inside silences it.
    """

    framework = "the Agents SDK"

    def __init__(
        self,
        result: RunResultStreaming,
        narrator: Narrator,
        own: Narrator | None,
        *,
        final_only: bool,
        filler: str | None,
    ) -> None:
        self.result = result
        self._narrator = narrator
        self._own = own
        self._final_only = final_only
        self._filler = filler
        self._agent: Agent[Any] = result.current_agent
        self._runs: list[object] = []  # the messages of the response that is being written, and with
        self._complete = True  # final_only also of those that may yet turn out to be the last
        self._message: int | None = None  # the one that is being written, by its place in the response
        self._spoke = False  # whether the response has said anything
        self._told: list[object] = []  # all messages of the run

    async def __aiter__(self) -> AsyncGenerator[StreamEvent, None]:
        async with aclosing(cast("AsyncGenerator[StreamEvent, None]", self.result.stream_events())) as events:
            try:
                async for event in events:
                    self._hear(event)
                    yield event
            except BaseException:  # a guardrail's, the model's, or its reader has stopped early
                self._cancel()
                raise
        self._finish()

    @property
    def spoken(self) -> SpokenText:
        """What the agents of this run have said, and how much of it has been heard by now.

        Their messages are told as one text, a blank line between them; the filler is none of them.
        """
        return joined(map(self._narrator.spoken_of, self._told))

    def __enter__(self) -> NoReturn:
        raise TypeError("a run is heard on an event loop: async with")

    async def __aenter__(self) -> SpokenRun:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.interrupt()
        if self._own is not None:
            try:
                await asyncio.to_thread(self._own.close)
            except BaseException:  # cancelled while it speaks
                self.interrupt()
                raise

    # what happens in the run

    @harmless
    def _hear(self, event: StreamEvent) -> None:
        if event.type == "raw_response_event":
            self._hear_model(event.data)
        elif event.type == "agent_updated_stream_event":
            self._agent = event.new_agent
        elif event.name == "tool_called" and self._filler and not self._spoke:
            self._spoke = True  # one for all the tools that are called together
            self._narrator.say(self, self._filler, [self._agent.name])

    def _hear_model(self, event: Any) -> None:
        if event.type == "response.output_text.delta":
            self._write(event.output_index, event.delta)
        elif event.type == "response.created":
            self._begin()
        elif event.type == "response.output_item.done":
            self._end_message()
        elif event.type in ("response.completed", "response.incomplete"):
            self._end(event.response)

    def _begin(self) -> None:
        """A model answers; if it was writing already, that attempt has failed."""
        if not self._complete or self._final_only:
            self._drop()
        self._runs, self._complete, self._spoke = [], False, False

    def _write(self, place: int, text: str) -> None:
        if not _writes_to_the_user(self._agent):
            return
        if self._complete:  # not every model tells that it begins
            self._begin()
        if place != self._message:
            self._end_message()
            self._message = place
            self._runs.append(object())
            self._told.append(self._runs[-1])
            self._narrator.begin(self, self._runs[-1], [self._agent.name], hold=self._final_only)
        self._spoke = True
        self._narrator.write(self, self._runs[-1], text)

    def _end_message(self) -> None:
        if self._message is not None and not self._final_only:
            self._narrator.end(self, self._runs[-1])
        self._message = None

    def _end(self, response: Any) -> None:
        if self._complete:
            self._begin()
        if not self._spoke:  # it did not stream
            for place, text in _messages(response):
                self._write(place, text)
        self._end_message()
        self._complete = True

    # how it ends

    @harmless
    def _finish(self) -> None:
        if self._complete:
            self._narrator.finish(self)
        else:  # result.cancel()
            self._narrator.cancel(self)

    @harmless
    def _cancel(self) -> None:
        self._narrator.cancel(self)

    def _drop(self) -> None:
        for run in self._runs:
            self._narrator.drop(self, run)
            self._told.remove(run)
        self._message = None


def _writes_to_the_user(agent: Agent[Any]) -> bool:
    """Rather than data for a program."""
    kind = agent.output_type
    if isinstance(kind, AgentOutputSchemaBase):
        return kind.is_plain_text()
    return kind is None or kind is str


def _messages(response: Any) -> Iterator[tuple[int, str]]:
    """A response's texts, and their places in it."""
    for place, item in enumerate(response.output):
        if item.type == "message":
            yield place, "".join(part.text for part in item.content if part.type == "output_text")
