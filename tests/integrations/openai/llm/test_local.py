"""A local transformers model behind the server: tiny, untrained, and asked as any endpoint is."""

import asyncio
import json
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
import torch
from support.hearing import heard_in_pcm
from support.serving import Serving, serving
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from llmvox_plugins.core.errors import ConfigurationError
from llmvox_plugins.core.testing import ScriptedVoice
from llmvox_plugins.integrations.openai import create_app
from llmvox_plugins.integrations.openai.errors import APIError
from llmvox_plugins.integrations.openai.llm import llm_of
from llmvox_plugins.integrations.openai.llm.base import LLM
from llmvox_plugins.integrations.openai.llm.local import LocalLLM
from llmvox_plugins.integrations.openai.llm.question import Question
from llmvox_plugins.integrations.openai.llm.stops import Stops
from llmvox_plugins.integrations.openai.settings import ServerSettings

WORDS = "<unk> <end> user assistant system one two three four five six seven eight nine ten hi".split()
TEMPLATE = (
    "{% for m in messages %}{% if m.role == 'tool' %}{{ raise_exception('no tools') }}{% endif %}"
    "{{ m.role }} {{ m.content }} {% endfor %}assistant "
)
CONTEXT = 64
HI: list[Any] = [{"role": "user", "content": "hi"}]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that says nothing but numbers, and a tokenizer with a template for chats."""
    folder = tmp_path_factory.mktemp("llm")
    tokenizer = Tokenizer(WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Whitespace()
    fast: Any = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, unk_token="<unk>", eos_token="<end>"
    )
    fast.chat_template = TEMPLATE
    fast.save_pretrained(folder)
    torch.manual_seed(3)
    config = LlamaConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=CONTEXT,
        bos_token_id=None,
        eos_token_id=1,
    )
    model = LlamaForCausalLM(config)
    model.lm_head.weight.data[:5] = 0  # neither ends, nor what nobody says
    model.lm_head.weight.data[5:] *= 50
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Serving]:
    with serving(create_app(ScriptedVoice(), ServerSettings(llm_local=str(folder)))) as server:
        yield server


@pytest.fixture(scope="module")
def client(server: Serving) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=server.url + "/v1", api_key="any", max_retries=0) as client:
        yield client


def likeliest(folder: Path, prompt: str, count: int) -> str:
    """What the model itself says."""
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    model = LlamaForCausalLM.from_pretrained(folder)
    tokens = tokenizer(prompt, return_tensors="pt").input_ids
    for _ in range(count):
        tokens = torch.cat([tokens, model(tokens).logits[:, -1:].argmax(-1)], 1)
    return str(tokenizer.decode(tokens[0, -count:]))


def test_the_answer_is_the_models(client: openai.OpenAI, folder: Path) -> None:
    answer = client.chat.completions.create(model="any", messages=HI, temperature=0, max_tokens=8)
    assert answer.choices[0].message.content == likeliest(folder, "user hi assistant", 8)
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage and (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (3, 8)


def test_streamed_it_is_the_same(client: openai.OpenAI, folder: Path) -> None:
    stream = client.chat.completions.create(
        model="any",
        messages=HI,
        temperature=0,
        max_completion_tokens=8,
        stream=True,
        stream_options={"include_usage": True},
    )
    parts = list(stream)
    texts = [part.choices[0].delta.content or "" for part in parts if part.choices]
    assert "".join(texts) == likeliest(folder, "user hi assistant", 8)
    assert sum(bool(text) for text in texts) >= 4
    assert parts[-2].choices[0].finish_reason == "length"
    assert parts[-1].usage and parts[-1].usage.total_tokens == 11


def test_the_model_is_heard(server: Serving, folder: Path) -> None:
    wanted = likeliest(folder, "user hi assistant", CONTEXT - 3)
    settings: dict[str, Any] = {"text": "hi", "response_format": "pcm"}
    answer = httpx2.post(server.url + "/tts", json=settings, timeout=30)
    assert heard_in_pcm(answer.content) == wanted


def test_a_stop_ends_the_answer(client: openai.OpenAI, folder: Path) -> None:
    words = likeliest(folder, "user hi assistant", 20).split()
    stop = words[3]
    answer = client.chat.completions.create(model="m", messages=HI, temperature=0, stop=[stop, "never"])
    assert answer.choices[0].message.content == " ".join([*words[: words.index(stop)], ""]).lstrip()
    assert answer.choices[0].finish_reason == "stop"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages.0.content"),
        ({"messages": [{"role": "user", "content": "hi " * CONTEXT}]}, "messages"),
        ({"messages": [{"role": "tool", "content": "hi"}]}, "messages"),
        ({"temperature": -1}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"n": 2}, "n"),
        ({"tools": [{"type": "function"}]}, "tools"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_it_cannot_do_is_a_400(
    server: Serving, fields: dict[str, Any], param: str, stream: bool
) -> None:
    body = {"messages": HI, "stream": stream, **fields}
    answer = httpx2.post(server.url + "/v1/chat/completions", json=body)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


def test_half_a_character_is_no_trouble(server: Serving) -> None:
    body = json.dumps({"messages": [{"role": "user", "content": "hi \ud800"}], "max_tokens": 1})
    headers = {"content-type": "application/json"}
    answer = httpx2.post(server.url + "/v1/chat/completions", content=body, headers=headers)
    assert answer.status_code == 200


def local(folder: Path, **settings: Any) -> LocalLLM:
    llm = llm_of(ServerSettings(llm_local=str(folder), **settings))
    assert isinstance(llm, LocalLLM)
    return llm


@asynccontextmanager
async def opened(llm: LLM) -> AsyncIterator[None]:
    try:
        await llm.open()
        yield
    finally:
        await llm.close()


async def test_requests_are_answered_one_after_another(folder: Path) -> None:
    llm = local(folder)
    body = {"messages": HI, "temperature": 0, "max_tokens": 6}

    async def ask() -> str:
        async with llm.ask(body, {}) as answer:
            whole = json.loads(b"".join([part async for part in answer.parts]))
        return str(whole["choices"][0]["message"]["content"])

    async with opened(llm):
        answers = await asyncio.gather(*(ask() for _ in range(5)))
    assert answers == [likeliest(folder, "user hi assistant", 6)] * 5


async def test_who_leaves_ends_the_writing_and_too_many_are_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, steps = threading.Event(), []
    forward = LlamaForCausalLM.forward

    def slow(self: Any, *args: Any, **kwargs: Any) -> Any:
        steps.append(1)
        if len(steps) > 3:
            assert gate.wait(10)
        return forward(self, *args, **kwargs)

    llm = local(folder, max_waiting=0)
    body = {"messages": HI, "stream": True, "max_tokens": 40}
    async with opened(llm):
        monkeypatch.setattr(LlamaForCausalLM, "forward", slow)
        async with llm.ask(body, {}) as answer:
            await anext(answer.parts)
            with pytest.raises(APIError, match="wait"):
                async with llm.ask(body, {}):
                    pass
        gate.set()
    assert len(steps) <= 5


async def test_a_model_that_breaks_is_no_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    steps: list[int] = []
    forward = LlamaForCausalLM.forward

    def breaking(self: Any, *args: Any, **kwargs: Any) -> Any:
        steps.append(1)
        if len(steps) > 5:
            raise RuntimeError("out of memory")
        return forward(self, *args, **kwargs)

    llm = local(folder)
    async with opened(llm):
        monkeypatch.setattr(LlamaForCausalLM, "forward", breaking)
        async with llm.ask({"messages": HI, "stream": True}, {}) as answer:
            with pytest.raises(APIError, match="the local LLM failed"):
                async for part in answer.parts:
                    assert b"[DONE]" not in part
        with pytest.raises(APIError, match="the local LLM failed"):
            async with llm.ask({"messages": HI}, {}):
                pass
    assert "RuntimeError" in caplog.text
    assert "out of memory" not in caplog.text  # what it says may be the user's text


def copy_of(folder: Path, place: Path, *without: str) -> Path:
    return shutil.copytree(folder, place / "copy", ignore=shutil.ignore_patterns(*without))


async def test_a_model_without_a_template_goes_on_with_the_text(folder: Path, tmp_path: Path) -> None:
    llm = local(copy_of(folder, tmp_path, "*.jinja"))
    turns = [
        {"role": "system", "content": "one"},
        {"role": "user", "content": [{"type": "text", "text": "hi"}]},
    ]
    async with opened(llm), llm.ask({"messages": turns, "temperature": 0, "max_tokens": 5}, {}) as answer:
        whole = json.loads(b"".join([part async for part in answer.parts]))
    assert whole["choices"][0]["message"]["content"] == likeliest(folder, "one hi", 5)


async def test_a_folder_without_a_model_is_told_at_the_start(tmp_path: Path) -> None:
    llm = local(tmp_path)
    with pytest.raises(ConfigurationError, match="cannot be loaded"):
        async with opened(llm):
            pass


async def test_code_that_comes_with_a_model_is_not_run(folder: Path, tmp_path: Path) -> None:
    copy = copy_of(folder, tmp_path)
    config = json.loads((copy / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.C", "AutoModelForCausalLM": "own.M"}}
    (copy / "config.json").write_text(json.dumps(config))
    (copy / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(ConfigurationError):
        async with opened(local(copy)):
            pass
    assert not (tmp_path / "ran").exists()


def test_stops_are_found_across_pieces() -> None:
    stops = Stops(["END", "EN!"])
    assert [stops.feed(text) for text in ("one E", "x E", "N", "D more")] == ["one ", "Ex ", "", ""]
    assert stops.met and stops.flush() == ""
    stops = Stops(["END"])
    assert stops.feed("the EN") + stops.flush() == "the EN" and not stops.met


def test_what_is_asked_of_it_is_understood() -> None:
    question = Question.of({"messages": [{"role": "developer", "content": None}], "stop": "x", "new": 1})
    assert question.turns == [{"role": "system", "content": ""}] and question.stops == ["x"]
