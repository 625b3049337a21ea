"""Defaults from the environment, and from a file that may use the released configuration's names."""

import json
from pathlib import Path

import pytest

from llmvox_plugins.core.errors import ConfigurationError
from llmvox_plugins.settings import Settings

RELEASED = """
n_layer = 4
n_head = 8
n_embd = 768
block_size = 8192
bias = false
dropout = 0.0
initial_dump_size_1 = 10
initial_dump_size_2 = 160
max_dump_size = 1280
max_audio_length = 8000
tts_device_1 = 0
tts_device_2 = "cpu"
chat_type = "text"
llm_device = "cuda:0"
gpt_checkpoint_path = "x.pt"
eoa_token_id = 453
pad_token_id = 384
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "llmvox.toml"
    monkeypatch.setenv("LLMVOX_CONFIG", str(path))
    return path


def test_without_anything_there_are_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMVOX_VOICE", "")
    assert Settings.load() == Settings()


def test_the_released_configuration_is_understood(file: Path) -> None:
    file.write_text(RELEASED)
    expected = Settings(device="cuda:0,cpu", first_window=10, largest_window=1280, longest_sentence=8000)
    assert Settings.load() == expected


def test_the_environment_goes_over_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text('voice = "espeak:de"\nfirst_window = 20')
    monkeypatch.setenv("LLMVOX_FIRST_WINDOW", "30")
    assert Settings.load() == Settings(voice="espeak:de", first_window=30)


def test_a_file_may_be_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "llmvox.json"
    path.write_text(json.dumps({"to": "a.wav", "precision": "int8"}))
    monkeypatch.setenv("LLMVOX_CONFIG", str(path))
    assert Settings.load() == Settings(to="a.wav", precision="int8")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("voise = 'espeak'", "voise is not known; did you mean 'voice'"),
        ("max_dump_siz = 1", "did you mean 'max_dump_size'"),
        ("first_window = 'ten'", "whole number above 0, not 'ten'"),
        ("first_window = 0", "above 0"),
        ("first_window = true", "above 0, not True"),
        ("eoa_token_id = 454", "made for 453"),
        ("voice =", "cannot be read"),
        ("force_streaming = 'perhaps'", "should be 1 or 0, not 'perhaps'"),
    ],
)
def test_what_cannot_be_right_is_named(file: Path, text: str, said: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=said):
        Settings.load()


def test_a_file_that_is_not_there_is_named(file: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"llmvox\.toml, which cannot be read"):
        Settings.load()


def test_a_variable_that_cannot_be_right_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMVOX_LARGEST_WINDOW", "many")
    with pytest.raises(ConfigurationError, match="LLMVOX_LARGEST_WINDOW should be a whole number"):
        Settings.load()


@pytest.mark.parametrize(("said", "meant"), [("1", True), ("TRUE", True), ("off", False), ("0", False)])
def test_a_variable_may_be_a_yes_or_a_no(monkeypatch: pytest.MonkeyPatch, said: str, meant: bool) -> None:
    monkeypatch.setenv("LLMVOX_FORCE_STREAMING", said)
    assert Settings.load().force_streaming is meant


def test_a_file_may_say_true(file: Path) -> None:
    file.write_text('force_streaming = true\nturns = "latest"')
    assert Settings.load() == Settings(force_streaming=True, turns="latest")
