"""What there is to ask for: models, ours and the LLM's, and voices."""

from collections.abc import Iterator

import httpx2
import openai
import pytest
from support.llm_server import LLMServer, llm_server
from support.serving import Serving, serving

from llmvox_plugins.integrations.openai import create_app
from llmvox_plugins.integrations.openai.settings import ServerSettings

OURS = ["llmvox", "gpt-4o-mini-tts", "tts-1", "tts-1-hd"]


@pytest.fixture(scope="module")
def llm() -> Iterator[LLMServer]:
    with llm_server() as server:
        yield server


@pytest.fixture(scope="module")
def server(llm: LLMServer) -> Iterator[Serving]:
    with serving(create_app("espeak:en-us", ServerSettings(llm_base_url=llm.url))) as server:
        yield server


def names_at(url: str) -> list[str]:
    with openai.OpenAI(base_url=url + "/v1", api_key="any", max_retries=0) as client:
        return [model.id for model in client.models.list()]


def test_models_are_ours_and_those_of_the_llm(server: Serving, llm: LLMServer) -> None:
    assert names_at(server.url) == [*OURS, "vendor/scripted"]
    with openai.OpenAI(base_url=server.url + "/v1", api_key="any", max_retries=0) as client:
        assert client.models.retrieve("tts-1").object == "model"
        assert client.models.retrieve("vendor/scripted").id == "vendor/scripted"
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve("gpt-9")


def test_an_llm_that_does_not_say_what_it_has_hides_nothing_of_ours(server: Serving, llm: LLMServer) -> None:
    llm.status, llm.error = 500, {"message": "no"}
    assert names_at(server.url) == OURS
    llm.begin_anew()


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://127.0.0.1:1/v1"])
def test_neither_does_one_that_is_not_there(url: str) -> None:
    with serving(create_app("espeak:en-us", ServerSettings(llm_base_url=url))) as server:
        assert names_at(server.url) == OURS


def test_open_webui_finds_what_speaks(server: Serving) -> None:
    models = httpx2.get(server.url + "/v1/audio/models").json()["models"]
    assert [model["id"] for model in models] == OURS


def test_voices_are_listed_and_all_that_are_listed_speak(server: Serving) -> None:
    voices = httpx2.get(server.url + "/v1/audio/voices").json()["voices"]
    names = [voice["id"] for voice in voices]
    assert {"alloy", "shimmer", "default", "espeak:en-us", "espeak:de"} <= set(names)
    assert len(names) == len(set(names))
    assert all(voice["name"] and voice["language"] for voice in voices)
    for name in ["default", "Alloy", "espeak:de", "espeak:en_US", "espeak:fr+f3"]:
        body = {"model": "tts-1", "voice": name, "input": "Hello."}
        answer = httpx2.post(server.url + "/v1/audio/speech", json=body)
        assert answer.status_code == 200, answer.text
