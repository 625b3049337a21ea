"""Makes every program of this process that uses LangChain heard, unless it speaks by itself."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

from langchain_core.tracers import context

from ...core.narrator import Narrator
from .listener import Listener
from .runs import Run
from .streaming import forcing_streams
from .teller import Filler

__all__ = ["attach"]


class _Ambient(Listener):
    """Attached to every run. Where the program attaches a handler or a middleware of its own, that speaks."""

    _yields = True
    attached = True

    def _listens_to(self, run: Run) -> bool:
        return self.attached and super()._listens_to(run)


def attach(
    narrator: Narrator,
    *,
    sub_agents: bool = False,
    final_only: bool = False,
    filler: Filler | None = None,
    force_streaming: bool = True,
) -> Callable[[], None]:
    """From now on every run in this process is heard through `narrator`; returns what undoes it.

    The options are those of `SpeechCallbackHandler`. What is being said when it is undone is said to its end.
    """
    kind = forcing_streams(_Ambient) if force_streaming else _Ambient
    handler = kind(narrator, sub_agents=sub_agents, final_only=final_only, filler=filler)
    # As the variable's default it is seen in every thread, also in those that inherit no context.
    everywhere: ContextVar[Listener | None] = ContextVar("llmvox", default=handler)
    context.register_configure_hook(everywhere, inheritable=True, handle_class=Listener)
    hook = context._configure_hooks[-1]

    def detach() -> None:
        handler.attached = False  # runs that are at work have it among their handlers
        if hook in context._configure_hooks:
            context._configure_hooks.remove(hook)

    return detach
