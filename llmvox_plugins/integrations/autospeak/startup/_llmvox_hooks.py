"""In the program's process: a framework's doorway is attached once the program has imported the framework."""

from __future__ import annotations

import atexit
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from llmvox_plugins.integrations.autospeak.remote import RemoteNarrator

__all__ = ["DOORWAYS", "install"]

DOORWAYS = {
    "langchain_core.language_models.chat_models": "langchain",
    "langchain_core.language_models.llms": "langchain",
    "llama_index.core": "llama_index",
    "openai": "openai.sdk",
}
"""The module after which a framework is whole enough, and its doorway, which offers attach(narrator)."""

_OPTIONS: dict[str, dict[str, Any]] = {
    # Else a message would say other things of itself than it does in the program.
    "langchain": {"force_streaming": os.environ.get("LLMVOX_FORCE_STREAMING") == "1"},
}
_attached: set[str] = set()
_narrator: RemoteNarrator | None = None


def install() -> None:
    """Called before the program's first line."""
    # What is registered first is called last: the program's own last words come before we wait.
    atexit.register(_finish)
    __import__("_llmvox_imports").when_imported(
        {module: _attaching(doorway) for module, doorway in DOORWAYS.items()}
    )


def _attaching(doorway: str) -> Callable[[], None]:
    def attach() -> None:
        if doorway in _attached:
            return
        _attached.add(doorway)
        try:
            from importlib import import_module

            room = import_module(f"llmvox_plugins.integrations.{doorway}")
            room.attach(_the_narrator(), **_OPTIONS.get(doorway, {}))
        except Exception as error:  # noqa: BLE001  whatever it is, the program goes on
            sys.stderr.write(f"llmvox: what {doorway} writes will not be heard: {error}\n")

    return attach


def _the_narrator() -> RemoteNarrator:
    """All doorways of a process share it."""
    global _narrator
    if _narrator is None:
        from llmvox_plugins.integrations.autospeak.remote import RemoteNarrator

        _narrator = RemoteNarrator()
    return _narrator


def _finish() -> None:
    """The program has ended; what is being said is finished. Ctrl-C is silence."""
    if _narrator is None:
        return
    if isinstance(getattr(sys, "last_value", None), KeyboardInterrupt):  # what the program has died of
        _narrator.hush()
        return
    try:
        _narrator.close()
    except KeyboardInterrupt:
        _narrator.hush()
        _die_of_ctrl_c()


def _die_of_ctrl_c() -> None:
    """As the program would have, had it still been at work: a shell's loop ends with it."""
    import signal
    from contextlib import suppress

    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):  # it may be closed, or anything
            stream.flush()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.raise_signal(signal.SIGINT)
