"""The OpenAPI document is true: requests made from it, right ones and wrong ones, find nothing."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import schemathesis
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.engine import events, from_schema
from support.llm_server import llm_server
from support.serving import Serving, serving

from llmvox_plugins.core.testing import ScriptedVoice
from llmvox_plugins.integrations.openai import create_app
from llmvox_plugins.integrations.openai.settings import ServerSettings

KEY = "a key that no test would guess"
SOME_VOICES = 6  # the others are known in the same way, and each would be asked for in many requests


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    """One where all is set up that may be: keys, and an LLM."""
    with llm_server() as llm:
        settings = ServerSettings(api_keys=(KEY,), llm_base_url=llm.url)
        with serving(create_app(ScriptedVoice(), settings)) as server:
            yield server


@pytest.fixture(scope="module")
def document(server: Serving) -> dict[str, Any]:
    document: dict[str, Any] = httpx2.get(server.url + "/openapi.json").json()
    return document


def test_requests_made_from_it_find_nothing(server: Serving, document: dict[str, Any]) -> None:
    del document["components"]["schemas"]["Voice"]["enum"][SOME_VOICES:]
    project = ProjectConfig(
        base_url=server.url,
        headers={"Authorization": f"Bearer {KEY}"},
        generation=GenerationConfig(deterministic=True, database="none", max_examples=10),
    )
    config = SchemathesisConfig(projects=ProjectsConfig(default=project), seed=1)
    statuses: dict[str, set[int]] = defaultdict(set)
    found = []
    for event in from_schema(schemathesis.openapi.from_dict(document, config=config)).execute():
        assert not isinstance(event, events.NonFatalError | events.FatalError), event
        if isinstance(event, events.ScenarioFinished):
            done = event.recorder
            found += [
                (done.label, check.name, str(check.failure_info and check.failure_info.failure))
                for checks in done.checks.values()
                for check in checks
                if check.failure_info is not None
            ]
            answers = [each.response for each in done.interactions.values() if each.response is not None]
            statuses[done.label] |= {answer.status_code for answer in answers}
    assert found == []
    assert statuses["POST /v1/audio/speech"] == {200, 400, 401, 405}
    assert statuses["POST /tts"] == {200, 400, 401, 405}
    assert statuses["GET /v1/models/{model}"] == {401, 404, 405}
    assert len(statuses) >= len(document["paths"])


def test_it_names_the_voices_and_the_errors(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert {"default", "alloy"} < set(schemas["Voice"]["enum"])
    speech = document["paths"]["/v1/audio/speech"]["post"]
    assert speech["responses"].keys() == {"200", "400", "401", "403", "408", "413", "429", "500", "503"}
    assert {"audio/mpeg", "audio/wav", "text/event-stream"} < speech["responses"]["200"]["content"].keys()
    assert "422" not in str(document)


def test_without_keys_it_asks_for_none() -> None:
    with serving(create_app(ScriptedVoice())) as server:
        document = httpx2.get(server.url + "/openapi.json").json()
        assert "security" not in str(document)
        assert "401" not in document["paths"]["/v1/audio/speech"]["post"]["responses"]
        for page in ("/docs", "/redoc"):  # FastAPI's own would load scripts from other addresses
            assert httpx2.get(server.url + page).status_code == 404
