"""A middleware for agents of `langchain`: that agent's own model calls are heard, and no others."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from langchain_core.messages import AIMessage
from langchain_core.tools import BaseTool
from langchain_core.tracers.context import register_configure_hook

from ...core.doorway import harmless
from ...core.errors import MissingDependencyError
from .answer import Answer
from .claim import Claim, claimed
from .handler import SpeechCallbackHandler
from .listener import pauses
from .runs import Run

try:
    from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
except ImportError as error:
    raise MissingDependencyError(
        'SpeechMiddleware is for the agents of langchain: pip install "langchain>=1.0"'
    ) from error

__all__ = ["SpeechMiddleware"]

MOST_RESTING = 100  # calls of agents that nobody has told the end of

_attached: ContextVar[SpeechMiddleware | None] = ContextVar("llmvox_middleware", default=None)
register_configure_hook(_attached, inheritable=False)


class SpeechMiddleware(SpeechCallbackHandler, AgentMiddleware[Any, Any, Any]):
    """Speaks what the agent's own model writes; it may come last among the middleware, next to the model.

        create_agent(model, tools, middleware=[SpeechMiddleware(to="speaker")])

    Its options are those of `SpeechCallbackHandler`; who is heard is decided by the agent that has it, so
    `sub_agents` has no meaning here. One middleware may serve several agents, at once. A handler that is
    attached as well leaves this agent's calls to it.
    """

    tools = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._at_work: Counter[Hashable] = Counter()  # calls of a model, for each call of the agent
        self._go_on: OrderedDict[Hashable, None] = OrderedDict()  # calls of the agent that are not at an end
        self._counting = threading.Lock()

    def wait(self, timeout: float | None = None) -> bool:
        """As ever. An agent whose tools are at work is not waited for: it might wait for a person."""
        with self._counting:
            resting, self._go_on = list(self._go_on), OrderedDict()
        for root in resting:
            self._narrator.finish(root)
        return super().wait(timeout)

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any]:
        with self._speaking(request) as claim:
            response = handler(request)
            self._answered(claim, request, response)
            return response

    async def awrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any]:
        with self._speaking(request) as claim:
            response = await handler(request)
            self._answered(claim, request, response)
            return response

    @contextmanager
    def _speaking(self, request: ModelRequest[Any]) -> Iterator[Claim]:
        """Models that are called within are this agent's own."""
        # One object for each call of the outermost graph: what is said in it belongs together.
        claim = Claim(self, getattr(request.runtime, "control", None) or object())
        attached, claiming = _attached.set(self), claimed.set(claim)
        with self._counting:
            self._at_work[claim.root] += 1
            self._go_on.pop(claim.root, None)
        try:
            yield claim
        except BaseException as error:
            self._take_back(claim, error)
            raise
        finally:
            with suppress(ValueError):  # a coroutine that was given up may be closed in another context
                claimed.reset(claiming)
                _attached.reset(attached)
            self._finish(claim)

    @harmless
    def _answered(self, claim: Claim, request: ModelRequest[Any], response: ModelResponse[Any]) -> None:
        """Either tools are about to start, or it was the last answer. Other calls are structured output."""
        tools = {tool.name for tool in request.tools if isinstance(tool, BaseTool)}
        answers = [message for message in response.result if isinstance(message, AIMessage)]
        calls = [call for answer in answers for call in answer.tool_calls if call["name"] in tools]
        claim.is_last = not calls
        for call in calls:
            self._teller.tool_starts(claim.root, call["name"], call["id"])

    @harmless
    def _take_back(self, claim: Claim, error: BaseException) -> None:
        """Its answers are void, also one that a parser refused: another attempt may follow."""
        if not pauses(error):
            for answer in claim.answers:
                self._teller.void(answer, cancelled=not isinstance(error, Exception))

    @harmless
    def _finish(self, claim: Claim) -> None:
        for answer in claim.answers:
            run = self._runs.get(answer.key)
            if run is not None:
                self._leave(run)  # cancelled, a model may not have told of its end
        with self._counting:
            self._at_work[claim.root] -= 1
            if self._at_work[claim.root]:
                return
            del self._at_work[claim.root]
            over = [claim.root] if claim.is_last else []
            if not claim.is_last:
                self._go_on[claim.root] = None
            if len(self._go_on) > MOST_RESTING:
                over.append(self._go_on.popitem(last=False)[0])
        for root in over:
            self._narrator.finish(root)

    # as a handler

    _sees_roots = False  # each call of the model is all that it is told of

    def _listens_to(self, run: Run) -> bool:
        claim = claimed.get()
        return claim is not None and claim.owner is self

    def _answer(self, run: Run) -> Answer:
        claim = claimed.get()
        assert claim is not None
        answer = Answer(claim.root, run.key, run.called)
        claim.answers.append(answer)
        return answer
