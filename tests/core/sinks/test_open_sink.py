from __future__ import annotations

import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from llmvox_plugins.core import sinks
from llmvox_plugins.core.audio import AudioChunk
from llmvox_plugins.core.errors import ConfigurationError
from llmvox_plugins.core.sinks import (
    CallableSink,
    EncodedSink,
    MemorySink,
    Sink,
    SpeakerSink,
    WavSink,
    open_sink,
)


def test_a_sink_is_itself() -> None:
    sink = MemorySink()
    assert open_sink(sink) is sink


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What is asked of a sound card that is there."""
    asked: list[tuple[object, ...]] = []

    def query_devices(*arguments: object) -> dict[str, object]:
        asked.append(arguments)
        return {"name": "loud"}

    device = types.SimpleNamespace(query_devices=query_devices, PortAudioError=RuntimeError)
    monkeypatch.setitem(sys.modules, "sounddevice", device)
    return asked


def test_speaker_is_the_default_device(asked: list[tuple[object, ...]]) -> None:
    sink = open_sink("speaker")
    assert isinstance(sink, SpeakerSink)
    assert asked == [(None, "output")]
    sink.close()


def test_the_speaker_is_shared_until_all_have_closed_it(asked: list[tuple[object, ...]]) -> None:
    first, second = open_sink("speaker"), open_sink("speaker")
    assert first is second
    first.close()
    assert open_sink("speaker") is second
    second.close()
    second.close()
    third = open_sink("speaker")
    assert third is not first
    third.close()
    assert len(asked) == 2


def test_no_place_is_what_the_environment_names_or_else_the_speaker(
    tmp_path: Path, asked: list[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLMVOX_TO", str(tmp_path / "a.wav"))
    recording = open_sink(None)
    assert isinstance(recording, WavSink)
    recording.close()
    assert not asked
    monkeypatch.delenv("LLMVOX_TO")
    speaker = open_sink(None)
    assert isinstance(speaker, SpeakerSink)
    speaker.close()


def test_a_path_is_a_recording_in_the_format_of_its_suffix(tmp_path: Path) -> None:
    expected: dict[str, type[Sink]] = {".wav": WavSink, ".WAV": WavSink, ".mp3": EncodedSink}
    for suffix, kind in expected.items():
        for path in (tmp_path / f"a{suffix}", str(tmp_path / f"b{suffix}")):
            sink = open_sink(path)
            assert isinstance(sink, kind)
            assert Path(path).exists()
            sink.close()


def test_a_function_is_given_each_chunk() -> None:
    heard: list[AudioChunk] = []
    sink = open_sink(heard.append)
    assert isinstance(sink, CallableSink)
    chunk = AudioChunk(np.zeros(2_400, np.float32), 24_000, 0.5, (0, 1))
    sink.begin(24_000)
    sink.write(chunk)
    assert heard == [chunk]
    assert sink.played == 0.6
    sink.begin(24_000)
    assert sink.played == 0.0


def test_another_suffix_is_refused_with_what_is_possible(tmp_path: Path) -> None:
    pattern = r'"speaker".*\.wav, \.mp3, \.opus, \.ogg, \.aac, \.flac, \.pcm.*a\.wma'
    with pytest.raises(ConfigurationError, match=pattern):
        open_sink(tmp_path / "a.wma")
    with pytest.raises(ConfigurationError, match="speakers"):
        open_sink("speakers")
    assert not list(tmp_path.iterdir())


def test_anything_else_is_refused_with_what_is_accepted() -> None:
    with pytest.raises(ConfigurationError, match=r'a sink, a path, "speaker" or a function.*not to 7'):
        open_sink(7)  # type: ignore[arg-type]


def test_importing_the_sinks_imports_no_codec_no_resampler_and_no_device() -> None:
    code = "import sys, llmvox_plugins.core.sinks\nprint({'av', 'soxr', 'sounddevice'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    assert result.stdout.strip() == "set()"


def test_every_public_name_is_there() -> None:
    kinds = {"CallableSink", "EncodedSink", "MemorySink", "Sink", "SpeakerSink", "TeeSink", "WavSink"}
    assert set(sinks.__all__) == {*kinds, "Place", "open_sink"}
    assert all(hasattr(sinks, name) for name in sinks.__all__)
