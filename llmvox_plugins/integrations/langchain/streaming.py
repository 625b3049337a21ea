"""What makes `BaseChatModel.invoke` call the model's stream, and LangGraph leave it so."""

from __future__ import annotations

import types
from collections.abc import AsyncIterator, Iterator
from typing import Any, TypeVar
from uuid import UUID

from langchain_core.tracers._streaming import _StreamingCallbackHandler

__all__ = ["forcing_streams"]

T = TypeVar("T")
Kind = TypeVar("Kind")


class _ForcesStreaming(_StreamingCallbackHandler[Any]):
    def tap_output_aiter(self, run_id: UUID, output: AsyncIterator[T]) -> AsyncIterator[T]:
        return output

    def tap_output_iter(self, run_id: UUID, output: Iterator[T]) -> Iterator[T]:
        return output


_kinds: dict[type, type] = {}


def forcing_streams(handler: type[Kind]) -> type[Kind]:
    """A class of handlers as that one, for which models stream: LangChain looks at the class, not a flag."""
    if handler not in _kinds:
        names = {"__module__": handler.__module__}
        bases = (handler, _ForcesStreaming)
        _kinds[handler] = types.new_class(handler.__name__, bases, {}, lambda space: space.update(names))
    return _kinds[handler]
