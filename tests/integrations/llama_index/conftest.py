"""A handler that is attached to the real dispatcher, and has forgotten everything when its test is over."""

import asyncio
import inspect
from collections.abc import Iterator

import pytest
from llama_index_instrumentation import get_dispatcher

from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.llama_index import SpeechEventHandler, attach


@pytest.fixture(autouse=True)
def loop_of_llama_index(request: pytest.FixtureRequest) -> Iterator[None]:
    """LlamaIndex counts tokens on an event loop; where there is none, it makes one that it does not close."""
    if inspect.iscoroutinefunction(request.function):
        yield
        return
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture
def pace() -> float:
    """Seconds that a word takes to be made."""
    return 0.0


@pytest.fixture
def voice(pace: float) -> ScriptedVoice:
    return ScriptedVoice(delay=pace)


@pytest.fixture
def speech(voice: ScriptedVoice, sink: MemorySink) -> Iterator[SpeechEventHandler]:
    root = get_dispatcher()
    before = len(root.event_handlers), len(root.span_handlers)
    with attach(voice=voice, to=sink) as handler:
        yield handler
        assert handler.wait(5)
        assert len(handler._listener) == 0
        assert handler._narrator._roots == {}
        assert handler.error is None
    assert (len(root.event_handlers), len(root.span_handlers)) == before
