"""A handler that speaks into memory, and one that speaks to somebody who does not hear yet."""

from collections.abc import Iterator

import pytest
from support.gate import Gate

from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.integrations.langchain import SpeechCallbackHandler


@pytest.fixture
def handler(voice: ScriptedVoice, sink: MemorySink) -> Iterator[SpeechCallbackHandler]:
    speech = SpeechCallbackHandler(voice=voice, to=sink)
    yield speech
    speech.close(5)


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def held(voice: ScriptedVoice, gate: Gate) -> Iterator[SpeechCallbackHandler]:
    """It says "Listen." first, and that, like all that follows, is heard once the gate is opened."""
    speech = SpeechCallbackHandler(voice=voice, to=gate)
    speech.say("Listen.")
    yield speech
    gate.open(speech)
    speech.close(5)
