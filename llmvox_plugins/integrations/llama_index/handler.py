"""The handler on LlamaIndex's dispatcher, which makes a whole program heard.

with attach(to="speaker"):
    query_engine.query("Why is the sky blue?")
"""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, ClassVar

from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index_instrumentation import get_dispatcher, root_manager
from llama_index_instrumentation.base import BaseEvent

from ...core.doorway import Doorway, harmless
from ...core.narrator import LIMITS, Narrator, Turns
from ...core.sinks import Place
from ...core.state import StreamLimits
from ...core.timeline import SpokenText
from ...core.voices.base import Voice
from .listener import Listener
from .span_handler import SpeechSpanHandler

__all__ = ["Attached", "SpeechEventHandler", "attach"]


class SpeechEventHandler(Doorway, BaseEventHandler):
    """Speaks what the program's calls of LlamaIndex tell their user, one stream for each answer.

    voice: a voice, its name, or None for LLMVOX_VOICE or the best there is.
    to: a path, "speaker", a sink or a function that takes chunks; None for LLMVOX_TO or the speaker. A path
        is one recording, in which the answers follow one another.
    voices, only, mute: who is heard, and in which voice, by the names of agents, workflows and their steps,
        engines' classes, models, or what `instrument_tags` says.
    turns: whose turn it is where several calls would speak at once.
    sub_agents: whether models that work inside a tool are heard.
    final_only: of agents and workflows only the result is heard; of models only what calls no tools.
    filler: said when an agent's tools start to work, such as "Let me look that up."
    raise_errors: wait() raises trouble with speech, and so does a response where it is read; LlamaIndex keeps
        everything else that a handler raises to itself.
    narrator: speak through this one; it has its own voice and place, and is not closed.

    Made, it has its span handler on the root dispatcher; as an event handler it is added by attach(), or by
    `get_dispatcher().add_event_handler()`. close() takes both off. Raises only here, and only what would be
    wrong in every call.
    """

    framework: ClassVar[str] = "LlamaIndex"

    def __init__(
        self,
        voice: Voice | str | None = None,
        to: Place | None = None,
        *,
        voices: Mapping[str, Voice | str] | None = None,
        only: Iterable[str] | None = None,
        mute: Iterable[str] = (),
        turns: Turns = "queue",
        sub_agents: bool = False,
        final_only: bool = False,
        filler: str | None = None,
        raise_errors: bool = False,
        limits: StreamLimits = LIMITS,
        narrator: Narrator | None = None,
    ) -> None:
        super().__init__()
        self._owns_narrator = narrator is None
        self._narrator = narrator or Narrator(
            voice,
            to,
            voices=voices,
            only=only,
            mute=mute,
            turns=turns,
            raise_errors=raise_errors,
            limits=limits,
        )
        self._listener = Listener(self, sub_agents=sub_agents, final_only=final_only, filler=filler)
        self._span_handler = SpeechSpanHandler(self)
        get_dispatcher().add_span_handler(self._span_handler)
        weakref.finalize(self, _take_off_spans, self._span_handler).atexit = False

    @classmethod
    def class_name(cls) -> str:
        return "SpeechEventHandler"

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    # what LlamaIndex does

    @harmless
    def handle(self, event: BaseEvent, **kwargs: Any) -> None:
        self._listener.event(event)

    @harmless
    def span_enters(
        self,
        id_: str,
        bound_args: inspect.BoundArguments,
        instance: Any,
        parent_id: str | None,
        tags: dict[str, Any] | None,
    ) -> None:
        self._listener.enter(id_, bound_args, instance, parent_id, tags)

    @harmless
    def span_leaves(self, id_: str, result: Any) -> None:
        self._listener.leave(id_, result)

    @harmless
    def span_fails(self, id_: str) -> None:
        self._listener.fail(id_)

    # what the listener does

    def interrupt(self) -> SpokenText:
        self._listener.silence()
        return super().interrupt()

    def wait(self, timeout: float | None = None) -> bool:
        self._listener.look_around()
        return super().wait(timeout)

    def attach(self) -> None:
        """Hear whatever the program does with LlamaIndex from now on. May be called again."""
        root = get_dispatcher()
        if not any(handler is self for handler in root.event_handlers):
            root.add_event_handler(self)
        if not any(handler is self._span_handler for handler in root.span_handlers):
            root.add_span_handler(self._span_handler)

    def detach(self) -> None:
        """Hear nothing more; what has been said is finished. May be called again."""
        _take_off_spans(self._span_handler)
        for dispatcher in list(root_manager.dispatchers.values()):
            if any(handler is self for handler in dispatcher.event_handlers):
                dispatcher.event_handlers = [each for each in dispatcher.event_handlers if each is not self]
        self._listener.stop()

    def close(self, timeout: float | None = None) -> None:
        self.detach()
        if self._owns_narrator:
            super().close(timeout)


class Attached:
    """Undoes attach(), when it is called or when its with block is left. speech: the handler."""

    def __init__(self, speech: SpeechEventHandler, *, closes: bool) -> None:
        self.speech = speech
        self._closes = closes

    def __call__(self) -> None:
        if self._closes:
            self.speech.close()
        else:
            self.speech.detach()

    def __enter__(self) -> SpeechEventHandler:
        return self.speech

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None) -> None:
        if kind is not None:
            self.speech.interrupt()
        self()


def attach(speech: Narrator | SpeechEventHandler | None = None, **options: Any) -> Attached:
    """Make this process heard, wherever it uses LlamaIndex.

    speech: a handler, or a narrator to speak through; None to make one of the options, which are those of
        `SpeechEventHandler`. What is made here is finished and closed in the end, what was given is not.
    """
    if isinstance(speech, SpeechEventHandler):
        handler = speech
    else:
        handler = SpeechEventHandler(narrator=speech, **options)
    handler.attach()
    return Attached(handler, closes=handler is not speech)


def _take_off_spans(handler: SpeechSpanHandler) -> None:
    root = get_dispatcher()
    root.span_handlers = [each for each in root.span_handlers if each is not handler]
