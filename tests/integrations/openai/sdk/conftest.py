"""A server that answers OpenAI's SDK, clients for it, and a narrator that can be read back."""

from collections.abc import AsyncIterator, Iterator

import pytest
from openai import AsyncOpenAI, OpenAI
from support.sdk_server import SDKServer, sdk_server

from llmvox_plugins.core.narrator import Narrator
from llmvox_plugins.core.testing import MemorySink, ScriptedVoice


@pytest.fixture(scope="module")
def machine() -> Iterator[SDKServer]:
    with sdk_server() as server:
        yield server


@pytest.fixture
def server(machine: SDKServer) -> SDKServer:
    machine.begin_anew()
    return machine


@pytest.fixture
def client(server: SDKServer) -> Iterator[OpenAI]:
    with OpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture
async def aclient(server: SDKServer) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture
def narrator(voice: ScriptedVoice, sink: MemorySink) -> Iterator[Narrator]:
    narrator = Narrator(voice, sink)
    yield narrator
    narrator.close(5)
