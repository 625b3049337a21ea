import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.small_files import write_small

from llmvox_plugins.core.errors import (
    CheckpointError,
    ConfigurationError,
    MissingDependencyError,
    UnknownVoiceError,
)
from llmvox_plugins.core.text import Word
from llmvox_plugins.core.voices import VoiceInfo, list_voices, load_voice
from llmvox_plugins.core.voices.espeak import EspeakVoice, data
from llmvox_plugins.core.voices.llmvox import LLMVoXVoice


@pytest.fixture
def without_espeak(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    caches = data._table, data.variants
    for cache in caches:
        cache.cache_clear()
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    yield
    for cache in caches:
        cache.cache_clear()


def test_every_listed_voice_loads_and_speaks() -> None:
    official, *voices = list_voices()
    assert official.name == "llmvox" and len(voices) > 100
    for info in voices:
        utterance = load_voice(info.name).utterance()
        utterance.feed([Word("a", (0, 1), True)])
        [[chunk]] = EspeakVoice().engine.advance([utterance])
        assert np.abs(chunk.samples).max() > 0.05, info
        assert 0.1 < chunk.duration < 3, info


def test_the_list_names_languages_as_espeak_does() -> None:
    voices = list_voices()
    assert VoiceInfo("espeak:en-us", "en-us", "English (America)") in voices
    assert (
        VoiceInfo("espeak:yue-latn-jyutping", "yue-latn-jyutping", "Chinese (Cantonese, latin as Jyutping)")
        in voices
    )
    assert len({voice.name for voice in voices}) == len(voices)
    assert not [voice for voice in voices if "/" in voice.name]


@pytest.mark.parametrize(
    ("name", "loaded", "voice_file"),
    [
        (None, "espeak:en-us", "gmw/en-US"),
        ("espeak", "espeak:en-us", "gmw/en-US"),
        (" Espeak:EN_us ", "espeak:en-us", "gmw/en-US"),
        ("espeak:en", "espeak:en", "gmw/en"),
        ("espeak:fr", "espeak:fr", "roa/fr"),
        ("espeak:zh", "espeak:zh", "sit/cmn"),
        ("espeak:no", "espeak:no", "gmq/nb"),
        ("espeak:chr", "espeak:chr", "iro/chr"),
        ("espeak:de-AT", "espeak:de", "gmw/de"),
        ("espeak:zh-Hans-CN", "espeak:zh", "sit/cmn"),
        ("espeak:de+F3", "espeak:de+f3", "gmw/de+f3"),
        ("espeak:de+Mr serious", "espeak:de+mr-serious", "gmw/de+Mr serious"),
    ],
)
def test_a_name_finds_its_voice(name: str | None, loaded: str, voice_file: str) -> None:
    voice = load_voice(name, device="cpu", precision="bfloat16")
    assert isinstance(voice, EspeakVoice)
    assert (voice.name, voice.setting.voice) == (loaded, voice_file)
    assert load_voice(voice.name) == voice
    assert voice.text.language == loaded.removeprefix("espeak:").partition("+")[0]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("en-us", "espeak:en-us"),
        ("expeak", "the nearest: espeak"),
        ("espeak:en-uss", "en-us"),
        ("espeak:germn", "the nearest: de"),
        ("espeak:", "llmvox voices"),
        ("espeak:klingon", "llmvox voices"),
        ("espeak:en-us+f9", "f5"),
        ("espeak:en-us+", "variant"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(name: str, said: str) -> None:
    with pytest.raises(UnknownVoiceError, match=said):
        load_voice(name)


@pytest.mark.parametrize("name", ["", "  ", 3])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="espeak:en-us"):
        load_voice(name)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"rates": 200}, "did you mean 'rate'"),
        ({"pich": 50}, "did you mean 'pitch'"),
        ({"rate": 79}, "80 to 450, not 79"),
        ({"rate": 451}, "80 to 450"),
        ({"rate": "fast"}, "80 to 450"),
        ({"pitch": 100}, "0 to 99"),
        ({"pitch": True}, "0 to 99"),
    ],
)
def test_a_wrong_option_is_refused_with_what_would_be_right(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        load_voice("espeak", **options)


def test_without_espeak_the_error_says_how_to_install_it(without_espeak: None) -> None:
    with pytest.raises(MissingDependencyError, match=r'GPL-3: pip install "llmvox-plugins\[espeak\]"'):
        load_voice()
    assert [voice.name for voice in list_voices()] == ["llmvox"]


def test_a_directory_is_a_voice(tmp_path: Path) -> None:
    write_small(tmp_path)
    voice = load_voice(str(tmp_path), device="cpu", precision="float32", temperature=0.5, seed=3)
    assert isinstance(voice, LLMVoXVoice)
    assert (voice.name, voice.sample_rate, voice.text.language) == (str(tmp_path), 24_000, "en")
    assert voice.codes("Hello.", limit=5)


def test_a_directory_that_holds_no_voice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"one \.pt file"):
        load_voice(str(tmp_path))
    with pytest.raises(CheckpointError, match="is not there"):
        load_voice(str(tmp_path / "nowhere"))


def test_options_of_llmvox_are_checked_before_anything_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no option 'temprature'; did you mean 'temperature'"):
        load_voice("llmvox", temprature=1)
    with pytest.raises(ConfigurationError, match="did you mean 'rate'"):
        load_voice("espeak", rats=1)


def test_settings_say_where_and_how_a_voice_computes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_small(tmp_path)
    monkeypatch.setenv("LLMVOX_VOICE", str(tmp_path))
    monkeypatch.setenv("LLMVOX_DEVICE", "cpu")
    monkeypatch.setenv("LLMVOX_PRECISION", "bfloat16")
    monkeypatch.setenv("LLMVOX_FIRST_WINDOW", "3")
    with pytest.raises(ConfigurationError, match="first window is 3 codes"):
        load_voice()
    monkeypatch.setenv("LLMVOX_FIRST_WINDOW", "12")
    voice = load_voice()
    assert isinstance(voice, LLMVoXVoice) and voice.precision == "bfloat16"


def test_importing_the_voices_loads_neither_espeak_nor_torch() -> None:
    loaded = "bool({'espeakng_loader', 'torch'} & set(sys.modules))"
    program = f"import sys, llmvox_plugins.core.voices; sys.exit({loaded})"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
