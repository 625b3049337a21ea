from collections.abc import Iterator

import pytest
from support.sdk_server import SDKServer, sdk_server


@pytest.fixture(scope="module")
def machine() -> Iterator[SDKServer]:
    with sdk_server() as server:
        yield server


@pytest.fixture
def server(machine: SDKServer) -> SDKServer:
    machine.begin_anew()
    return machine
