"""The LLM's servers behind ours."""

from collections.abc import Iterator

import pytest
from support.recorder import Recorder, recorder
from support.sdk_server import SDKServer, sdk_server


@pytest.fixture(scope="module")
def machine() -> Iterator[SDKServer]:
    with sdk_server() as machine:
        yield machine


@pytest.fixture
def llm(machine: SDKServer) -> SDKServer:
    machine.begin_anew()
    return machine


@pytest.fixture(scope="module")
def recording() -> Iterator[Recorder]:
    with recorder() as machine:
        yield machine


@pytest.fixture
def raw_llm(recording: Recorder) -> Recorder:
    recording.begin_anew()
    return recording
