"""A server of ours before an LLM's, which speaks its answers into a place that remembers them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
from prometheus_client.parser import text_string_to_metric_families
from support.serving import Serving, serving

from llmvox_plugins.core.sinks import Place
from llmvox_plugins.core.testing import MemorySink, ScriptedVoice
from llmvox_plugins.core.voices.base import Voice
from llmvox_plugins.integrations.openai import create_app
from llmvox_plugins.integrations.openai.settings import ServerSettings

__all__ = ["Aloud", "aloud"]


class Aloud:
    """A server that speaks aloud, and what is heard of it."""

    def __init__(self, server: Serving, voice: Voice, sink: Place) -> None:
        self.server, self.voice, self.sink = server, voice, sink
        self.url = server.url + "/v1"

    @property
    def heard(self) -> str:
        assert isinstance(self.sink, MemorySink)
        return ScriptedVoice.read(self.sink.samples)

    def fates(self) -> dict[str, int]:
        """What has become of the answers."""
        text = httpx2.get(f"{self.server.url}/metrics").text
        samples = [each for family in text_string_to_metric_families(text) for each in family.samples]
        found = [each for each in samples if each.name == "llmvox_aloud_answers_total"]
        return {each.labels["fate"]: int(each.value) for each in found}

    def until(self, **fates: int) -> None:
        self.wait(lambda: self.fates() == fates)

    def wait(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 15
        while not condition():
            assert time.monotonic() < deadline, self.fates()
            time.sleep(0.01)


@contextmanager
def aloud(
    url: str, voice: Voice | None = None, sink: Place | None = None, **settings: Any
) -> Iterator[Aloud]:
    """url: of the LLM."""
    voice, sink = voice or ScriptedVoice(), MemorySink() if sink is None else sink
    configured = ServerSettings(**{"llm_base_url": url, "shutdown_timeout": 0.5, **settings})
    with serving(create_app(voice, configured, sink)) as server:
        yield Aloud(server, voice, sink)
