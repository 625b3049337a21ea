"""What LlamaIndex's dispatcher tells of spans, handed to the doorway; it keeps nothing itself."""

from __future__ import annotations

import inspect
import weakref
from typing import Any, Protocol

from llama_index.core.instrumentation.span import BaseSpan
from llama_index.core.instrumentation.span_handlers import BaseSpanHandler

__all__ = ["SpeechSpanHandler"]


class _Hears(Protocol):
    def span_enters(
        self,
        id_: str,
        bound_args: inspect.BoundArguments,
        instance: Any,
        parent_id: str | None,
        tags: dict[str, Any] | None,
    ) -> None: ...

    def span_leaves(self, id_: str, result: Any) -> None: ...

    def span_fails(self, id_: str) -> None: ...


class SpeechSpanHandler(BaseSpanHandler[BaseSpan]):
    """Belongs to a `SpeechEventHandler`, and does not keep it alive."""

    def __init__(self, speech: _Hears) -> None:
        super().__init__()
        self._speech = weakref.ref(speech)

    def span_enter(
        self,
        id_: str,
        bound_args: inspect.BoundArguments,
        instance: Any | None = None,
        parent_id: str | None = None,
        tags: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        speech = self._speech()
        if speech is not None:
            speech.span_enters(id_, bound_args, instance, parent_id, tags)

    def span_exit(
        self,
        id_: str,
        bound_args: inspect.BoundArguments,
        instance: Any | None = None,
        result: Any | None = None,
        **kwargs: Any,
    ) -> None:
        speech = self._speech()
        if speech is not None:
            speech.span_leaves(id_, result)

    def span_drop(
        self,
        id_: str,
        bound_args: inspect.BoundArguments,
        instance: Any | None = None,
        err: BaseException | None = None,
        **kwargs: Any,
    ) -> None:
        speech = self._speech()
        if speech is not None:
            speech.span_fails(id_)

    def new_span(self, *args: Any, **kwargs: Any) -> None:
        return None

    def prepare_to_exit_span(self, *args: Any, **kwargs: Any) -> None:
        return None

    def prepare_to_drop_span(self, *args: Any, **kwargs: Any) -> None:
        return None
