"""`speak_events`: an agent is heard while its events are read.

    async for event in speak_events(agent.run(question), to="speaker"):
        ...

Agents are heard by their own events, so by name and step by step; what they do beneath is not looked at.
"""

from __future__ import annotations

import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from typing import Any

from llama_index.core.agent.workflow import (
    AgentOutput,
    AgentStream,
    AgentWorkflow,
    CodeActAgent,
    ReActAgent,
    ToolCall,
)
from llama_index.core.workflow import Event, StopEvent
from workflows.handler import WorkflowHandler

from ...core.doorway import Doorway, harmless
from ...core.narrator import LIMITS
from ...core.sinks import Place
from ...core.state import StreamLimits
from ...core.voices.base import Voice
from . import claims
from .answers import Answer, Call
from .readers import Code, Prose, Reader, Thoughts
from .results import text_of
from .spans import HANDOFF
from .speech import Speech, let_go

__all__ = ["speak_events"]

FAILED = ("WorkflowCancelledEvent", "WorkflowFailedEvent", "WorkflowTimedOutEvent")


def speak_events(
    handler: WorkflowHandler,
    voice: Voice | str | None = None,
    to: Place | None = None,
    *,
    voices: Mapping[str, Voice | str] | None = None,
    only: Iterable[str] | None = None,
    mute: Iterable[str] = (),
    final_only: bool = False,
    filler: str | None = None,
    raise_errors: bool = False,
    limits: StreamLimits = LIMITS,
    speech: Doorway | None = None,
) -> AsyncIterator[Event]:
    """The events of an agent, unchanged, while what it writes for its user is heard.

    handler: what an agent's, an AgentWorkflow's or any workflow's run() returns. Of other workflows than
        agents the result is heard.
    voices, only, mute: who is heard, and in which voice, by the names of agents.
    final_only: an answer is heard once it is complete, and only if it calls no tools.
    filler: said when tools start to work, such as "Let me look that up."
    speech: what speaks instead, a `Speech` or a `SpeechEventHandler`: it can be waited for and interrupted.
        It has its own voice, place and names.

    What an attached handler would have said of this run is left to this call.
    """
    doorway = speech or Speech(
        voice, to, voices=voices, only=only, mute=mute, raise_errors=raise_errors, limits=limits
    )
    claims.claim_run(handler.run_id)
    events = _spoken(handler, _Agents(doorway, handler, final_only, filler))
    weakref.finalize(events, claims.release_run, handler.run_id).atexit = False
    if speech is None:
        weakref.finalize(events, let_go, doorway).atexit = False
    return events


async def _spoken(handler: WorkflowHandler, agents: _Agents) -> AsyncGenerator[Event, None]:
    try:
        async for event in handler.stream_events():
            agents.hear(event)
            yield event
    except BaseException:  # a reader who has had enough, too
        agents.cancel()
        raise
    agents.finish()


class _Agents(Doorway):
    """What the agents of one run say; trouble with speech is their doorway's."""

    def __init__(
        self, doorway: Doorway, handler: WorkflowHandler, final_only: bool, filler: str | None
    ) -> None:
        self._doorway = doorway
        self._narrator = doorway._narrator
        self._workflow = getattr(handler, "_workflow", None)
        self._final_only = final_only
        self._filler = filler
        self._call = Call(self._narrator)
        self._names: list[str] = []  # of who was at work last
        self._open: dict[str, Answer] = {}  # by agent
        self._hooks: list[tuple[type, Callable[[Any], None]]] = [
            (AgentStream, self._goes_on),
            (AgentOutput, self._ends),
            (ToolCall, self._calls_tool),
            (StopEvent, self._stops),
        ]

    @harmless
    def hear(self, event: Event) -> None:
        for kind, hook in self._hooks:
            if isinstance(event, kind):
                hook(event)
                return

    @harmless
    def finish(self) -> None:
        self._call.finish()

    @harmless
    def cancel(self) -> None:
        self._call.cancel()

    def _goes_on(self, event: AgentStream) -> None:
        if event.delta:
            self._answer_of(event.current_agent_name).write(event.delta)

    def _answer_of(self, agent: str) -> Answer:
        if agent not in self._open:
            self._names = [agent]
            self._call.filled = False
            reader = _reader_for(self._workflow, agent)
            self._open[agent] = self._call.begin([agent], hold=self._final_only, reader=reader)
        return self._open[agent]

    def _ends(self, event: AgentOutput) -> None:
        answer = self._answer_of(event.current_agent_name)
        del self._open[event.current_agent_name]
        if event.retry_messages or (self._final_only and event.tool_calls):
            answer.drop()
        else:
            answer.end(text_of(event))

    def _calls_tool(self, event: ToolCall) -> None:
        if self._filler is not None and event.tool_name != HANDOFF and not self._call.filled:
            self._call.filled = True
            self._call.say(self._filler, self._names)

    def _stops(self, event: StopEvent) -> None:
        if type(event).__name__ in FAILED:
            self._call.cancel()
            return
        text = text_of(event)
        if text and not self._call.has_said(text):
            self._call.say(text, self._names)

    def _note(self, error: Exception) -> None:
        self._doorway._note(error)


def _reader_for(workflow: Any, agent: str) -> Reader:
    writer = workflow.agents.get(agent) if isinstance(workflow, AgentWorkflow) else workflow
    if isinstance(writer, ReActAgent):
        return Thoughts()
    return Code() if isinstance(writer, CodeActAgent) else Prose()
