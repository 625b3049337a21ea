"""What every doorway gives its user, and the guard that keeps trouble with speech out of the agent."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable
from types import TracebackType
from typing import Any, ClassVar, TypeVar, cast

from .errors import LLMVoxError
from .narrator import Narrator
from .stream import SpeechStream
from .timeline import SpokenText

__all__ = ["Doorway", "harmless"]

log = logging.getLogger("llmvox_plugins")

Hook = TypeVar("Hook", bound=Callable[..., Any])
Self = TypeVar("Self", bound="Doorway")


class Doorway:
    """An agent's way to be heard. As a context manager it closes in the end; an exception inside silences it.

    Subclasses make `_narrator`, and tell it what the agent does, in hooks that are `harmless`.
    """

    framework: ClassVar[str]
    _narrator: Narrator
    _error: Exception | None = None

    @property
    def stream(self) -> SpeechStream | None:
        """The stream that was opened last: its state, error, stats, and what of it has been heard.

        Each answer of a model has a stream of its own, which opens with its first text.
        """
        return self._narrator.stream

    @property
    def error(self) -> Exception | None:
        """What went wrong last, in the doorway itself or on its last stream."""
        return self._error or self._narrator.error

    @property
    def spoken(self) -> SpokenText:
        """What the call of the agent that spoke last has said, and how much of it has been heard by now.

        Its answers are told as one text, a blank line between them.
        """
        return self._narrator.spoken

    def interrupt(self) -> SpokenText:
        """Fall silent at once, from any thread; returns what was being said, and what of it has been heard.

        What the agent is at now stays silent until it has ended; what it begins from now on is heard.
        """
        return self._narrator.interrupt()

    def wait(self, timeout: float | None = None) -> bool:
        """Until everything that was begun has been heard, or for `timeout` seconds; returns whether it has.

        With raise_errors, raises the first error.
        """
        return self._narrator.wait(timeout)

    async def wait_async(self, timeout: float | None = None) -> bool:
        """As wait(), on an event loop."""
        return await asyncio.to_thread(self.wait, timeout)

    def close(self, timeout: float | None = None) -> None:
        """Finish what is being said, and the recording; what models write from now on is not spoken."""
        self._narrator.close(timeout)

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None) -> None:
        if kind is not None:
            self.interrupt()
        self.close()

    def _note(self, error: Exception) -> None:
        """Trouble of our own making: told once, and kept."""
        logged, self._error = self._error is not None, error
        if not logged and not isinstance(error, LLMVoxError):  # those are logged where they arise
            log.error("speech for %s failed: %s", self.framework, type(error).__name__, exc_info=error)


def harmless(hook: Hook) -> Hook:
    """A doorway's hook: whatever goes wrong with speech, the agent goes on, unless it asked to be told."""

    @functools.wraps(hook)
    def guarded(self: Doorway, *args: Any, **kwargs: Any) -> Any:
        try:
            return hook(self, *args, **kwargs)
        except Exception as error:
            self._note(error)
            if self._narrator.raise_errors:
                raise
            return None

    return cast("Hook", guarded)
