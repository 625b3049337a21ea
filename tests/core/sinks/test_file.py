from __future__ import annotations

import io
import os
import re
import signal
import struct
import subprocess
import sys
import wave
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

import av
import numpy as np
import pytest

from llmvox_plugins.core.audio import AudioChunk, Samples, to_pcm16
from llmvox_plugins.core.errors import ConfigurationError, SinkError
from llmvox_plugins.core.sinks import EncodedSink, Sink, WavSink, file

RATE = 24_000


def tone(seconds: float, rate: int = RATE, pitch: float = 440.0) -> Samples:
    time = np.arange(round(seconds * rate)) / rate
    return np.asarray(np.sin(2 * np.pi * pitch * time) / 2, dtype=np.float32)


def chunk(samples: Samples, rate: int = RATE, start: float = 0.0) -> AudioChunk:
    return AudioChunk(samples, rate, start, (0, 1))


def say(sink: Sink, samples: Samples, rate: int = RATE, pieces: int = 3) -> None:
    sink.begin(rate)
    for part in np.array_split(samples, pieces):
        sink.write(chunk(part, rate))
    sink.finish()


def wav_samples(path: Path) -> bytes:
    with wave.open(str(path)) as reader:
        assert (reader.getnchannels(), reader.getsampwidth()) == (1, 2)
        samples = reader.readframes(reader.getnframes())
    assert path.stat().st_size == 44 + len(samples)  # and the header tells no more than there is
    return bytes(samples)


def decoded(source: Path | IO[bytes]) -> Samples:
    """The samples at 24 kHz."""
    resampler = av.AudioResampler("flt", "mono", RATE)
    with av.open(str(source) if isinstance(source, Path) else source) as container:
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
    frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray()[0] for frame in frames]).astype(np.float32)


def in_forked_child(action: Callable[[], object]) -> str:
    """Run in a fork of this process, and say how it went: "ok", or the error."""
    reader, writer = os.pipe()
    if not (pid := os.fork()):
        try:
            action()
            os.write(writer, b"ok")
        except Exception as error:  # noqa: BLE001  the parent asserts what it is
            os.write(writer, repr(error).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as outcome:
        said = outcome.read()
    os.waitpid(pid, 0)
    return said


# --- WavSink -----------------------------------------------------------------------------------------


def test_wav_holds_what_was_written_as_16_bit_pcm(tmp_path: Path) -> None:
    sink = WavSink(tmp_path / "a.wav")
    say(sink, tone(0.5))
    sink.close()
    assert wav_samples(tmp_path / "a.wav") == to_pcm16(tone(0.5))


def test_wav_is_valid_after_every_write(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    sink = WavSink(str(path))
    sink.begin(RATE)
    assert wav_samples(path) == b""
    for count in range(1, 4):
        sink.write(chunk(tone(0.1)))
        assert wav_samples(path) == to_pcm16(tone(0.1)) * count
    sink.close()


def test_wav_is_valid_when_the_process_is_killed(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys, numpy\n"
        "from llmvox_plugins.core.audio import AudioChunk\n"
        "from llmvox_plugins.core.sinks import WavSink\n"
        "sink = WavSink(sys.argv[1])\n"
        "sink.begin(24000)\n"
        "sink.write(AudioChunk(numpy.ones(2400, 'f4'), 24000, 0.0, (0, 1)))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    path = tmp_path / "a.wav"
    result = subprocess.run([sys.executable, "-c", code, path], check=False)
    assert result.returncode == -signal.SIGKILL
    assert wav_samples(path) == struct.pack("<h", 32767) * 2_400


def test_wav_samples_are_out_before_the_header_tells_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.wav"
    sink = WavSink(path)
    sink.begin(RATE)

    def killed(rate: int, size: int) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(file, "wav_header", killed)
    with pytest.raises(KeyboardInterrupt):
        sink.write(chunk(tone(0.1)))
    data = path.read_bytes()
    assert data[44:] == to_pcm16(tone(0.1))
    assert struct.unpack_from("<I", data, 40) == (0,)
    sink.close()


def test_answers_follow_one_another_in_the_file(tmp_path: Path) -> None:
    sink = WavSink(tmp_path / "a.wav")
    say(sink, tone(0.2))
    say(sink, tone(0.3, pitch=600))
    sink.close()
    assert wav_samples(tmp_path / "a.wav") == to_pcm16(tone(0.2)) + to_pcm16(tone(0.3, pitch=600))


def test_a_stream_at_another_rate_is_resampled_to_the_files(tmp_path: Path) -> None:
    sink = WavSink(tmp_path / "a.wav")
    say(sink, tone(0.5))
    say(sink, tone(0.5, 16_000), 16_000, pieces=7)
    assert sink.played == 0.5
    say(sink, tone(0.5))
    sink.close()
    heard = np.frombuffer(wav_samples(tmp_path / "a.wav"), "<i2") / 32767
    assert abs(len(heard) - 36_000) <= 1
    np.testing.assert_allclose(heard[12_500:23_500], tone(0.5)[500:11_500], atol=2e-3)
    np.testing.assert_allclose(heard[-12_000:], tone(0.5), atol=1e-4)


def test_abort_keeps_what_was_written_and_drops_what_comes_after(tmp_path: Path) -> None:
    sink = WavSink(tmp_path / "a.wav")
    sink.begin(RATE)
    sink.write(chunk(tone(0.2)))
    sink.abort()
    sink.write(chunk(tone(0.3)))
    sink.finish()
    assert sink.played == 0.2
    assert wav_samples(tmp_path / "a.wav") == to_pcm16(tone(0.2))
    say(sink, tone(0.1))
    sink.close()
    assert wav_samples(tmp_path / "a.wav") == to_pcm16(tone(0.2)) + to_pcm16(tone(0.1))


def test_abort_drops_what_the_resampler_holds_back(tmp_path: Path) -> None:
    sink = WavSink(tmp_path / "a.wav")
    say(sink, tone(0.1))
    sink.begin(16_000)
    sink.write(chunk(tone(0.5, 16_000), 16_000))
    before = len(wav_samples(tmp_path / "a.wav"))
    sink.abort()
    sink.finish()
    say(sink, tone(0.1))
    sink.close()
    assert len(wav_samples(tmp_path / "a.wav")) == before + 4_800


def test_played_is_what_the_current_stream_has_written(tmp_path: Path) -> None:
    sink = WavSink(tmp_path / "a.wav")
    assert sink.played == 0.0
    sink.begin(RATE)
    for count in range(1, 11):
        sink.write(chunk(tone(0.1)))
        assert sink.played == count / 10
    sink.begin(RATE)
    assert sink.played == 0.0
    assert sink.underruns is None
    sink.close()


def test_wav_that_would_pass_4_gib_stops_with_a_valid_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "WAV_MAX_DATA", 5_000)
    path = tmp_path / "a.wav"
    sink = WavSink(path)
    sink.begin(RATE)
    sink.write(chunk(tone(0.1)))
    with pytest.raises(SinkError, match=re.escape(f"{path} is full")):
        sink.write(chunk(tone(0.1)))
    sink.close()
    assert wav_samples(path) == to_pcm16(tone(0.1))


def test_close_may_come_twice_and_nothing_after_it(tmp_path: Path) -> None:
    for sink in (WavSink(tmp_path / "a.wav"), EncodedSink(tmp_path / "a.mp3")):
        say(sink, tone(0.2))
        sink.close()
        size = sum(path.stat().st_size for path in tmp_path.iterdir())
        sink.close()
        with pytest.raises(SinkError, match="is closed"):
            sink.begin(RATE)
        with pytest.raises(SinkError, match="is closed"):
            sink.write(chunk(tone(0.1)))
        assert sum(path.stat().st_size for path in tmp_path.iterdir()) == size


# --- errors ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "name"), [(WavSink, "a.wav"), (EncodedSink, "a.mp3")])
def test_a_missing_directory_is_an_error_at_once(
    tmp_path: Path, make: Callable[[Path], Sink], name: str
) -> None:
    path = tmp_path / "nowhere" / name
    with pytest.raises(SinkError, match=re.escape(f"cannot write to {path}: No such file or directory")):
        make(path)


@pytest.mark.parametrize(("make", "name"), [(WavSink, "a.wav"), (EncodedSink, "a.mp3")])
def test_a_directory_is_an_error_at_once(tmp_path: Path, make: Callable[[Path], Sink], name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(SinkError, match=re.escape(f"cannot write to {tmp_path / name}: Is a directory")):
        make(tmp_path / name)


def test_a_file_that_may_not_be_written_is_an_error_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"precious")
    path.chmod(0o444)
    code = (
        "import os, sys\n"
        "from llmvox_plugins.core.errors import SinkError\n"
        "from llmvox_plugins.core.sinks import WavSink\n"
        "if os.getuid() == 0: os.seteuid(65534)\n"  # root may write everything
        "try: WavSink(sys.argv[1])\n"
        "except SinkError as error: sys.exit(str(error))"
    )
    result = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=False)
    assert f"cannot write to {path}: Permission denied" in result.stderr
    assert path.read_bytes() == b"precious"


@pytest.mark.parametrize("suffix", ["wav", "mp3", "flac", "pcm"])
def test_a_disk_that_fills_up_while_writing_is_a_sink_error(tmp_path: Path, suffix: str) -> None:
    code = (
        "import resource, sys, numpy\n"
        "from llmvox_plugins.core.audio import AudioChunk\n"
        "from llmvox_plugins.core.errors import SinkError\n"
        "from llmvox_plugins.core.sinks import open_sink\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10_001, 10_001))\n"
        "noise = numpy.random.default_rng(0).uniform(-1, 1, 2400).astype('f4')\n"
        "sink = open_sink(sys.argv[1])\n"
        "sink.begin(24000)\n"
        "try:\n"
        "    for _ in range(50): sink.write(AudioChunk(noise, 24000, 0.0, (0, 1)))\n"
        "except SinkError as error: sys.exit(str(error))"
    )
    path = tmp_path / f"a.{suffix}"
    result = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=False)
    assert f"cannot write to {path}: File too large" in result.stderr
    if suffix == "wav":
        with wave.open(str(path)) as reader:  # what fitted before is there still
            assert reader.getnframes() == 2 * 2_400


@pytest.mark.parametrize("make", [WavSink, lambda path: EncodedSink(path, "pcm")])
def test_a_full_device_is_a_sink_error(make: Callable[[str], Sink]) -> None:
    sink = make("/dev/full")
    with pytest.raises(SinkError, match="cannot write to /dev/full: No space left on device"):
        say(sink, tone(0.1))
    with suppress(SinkError):  # a WAV file still has no header
        sink.close()


def test_a_file_is_closed_also_when_its_last_bytes_do_not_fit() -> None:
    sink = EncodedSink("/dev/full", "mp3")
    sink.begin(RATE)
    sink.write(chunk(tone(0.03)))  # stays in the codec
    with pytest.raises(SinkError, match="No space left"):
        sink.close()
    sink.close()


# --- forks -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.flac", "a.opus"])
def test_a_forked_child_leaves_the_recording_alone(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    sink: Sink = WavSink(path) if path.suffix == ".wav" else EncodedSink(path)
    sink.begin(RATE)
    sink.write(chunk(tone(0.35)))
    before = path.read_bytes()
    assert "parent of this process" in in_forked_child(lambda: sink.write(chunk(tone(0.1))))
    assert "parent of this process" in in_forked_child(lambda: sink.begin(RATE))
    assert in_forked_child(sink.close) == "ok"
    assert path.read_bytes() == before
    sink.write(chunk(tone(0.15)))
    sink.close()
    heard = decoded(path)
    assert 12_000 <= len(heard) < 14_000


def test_a_child_that_exits_writes_nothing_into_the_recording(tmp_path: Path) -> None:
    code = (
        "import os, sys, numpy\n"
        "from llmvox_plugins.core.audio import AudioChunk\n"
        "from llmvox_plugins.core.sinks import EncodedSink, TeeSink, WavSink\n"
        "sink = TeeSink(WavSink(sys.argv[1] + '.wav'), EncodedSink(sys.argv[1] + '.opus'))\n"
        "sink.begin(24000)\n"
        "sink.write(AudioChunk(numpy.ones(2405, 'f4'), 24000, 0.0, (0, 1)))\n"
        "if os.fork():\n"
        "    os.wait()\n"
        "    os._exit(0)\n"  # the parent itself writes no more
        "del sink"  # the child collects its copy, and runs all that comes at exit
    )
    subprocess.run([sys.executable, "-c", code, tmp_path / "a"], check=True)
    assert len(wav_samples(tmp_path / "a.wav")) == 2 * 2_405
    assert len(decoded(tmp_path / "a.opus")) < 2_405  # the codec's rest was the parent's to write


# --- EncodedSink -------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".mp3", ".opus", ".ogg", ".aac", ".flac", ".MP3"])
def test_the_suffix_tells_the_format(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    sink = EncodedSink(path)
    say(sink, tone(0.5))
    assert sink.played == 0.5
    sink.close()
    heard = decoded(path)
    assert 12_000 <= len(heard) < 15_000
    assert np.abs(np.fft.rfft(heard[2_000:10_000])).argmax() * 3 == pytest.approx(440, abs=3)


def test_answers_follow_one_another_in_one_encoded_piece(tmp_path: Path) -> None:
    sink = EncodedSink(tmp_path / "a.flac")
    say(sink, tone(0.2))
    say(sink, tone(0.3, 16_000), 16_000)
    sink.close()
    assert abs(len(decoded(tmp_path / "a.flac")) - 12_000) <= 1
    assert (tmp_path / "a.flac").read_bytes().count(b"fLaC") == 1


def test_pcm_is_nothing_but_samples(tmp_path: Path) -> None:
    sink = EncodedSink(tmp_path / "a.pcm")
    say(sink, tone(0.2))
    sink.close()
    assert (tmp_path / "a.pcm").read_bytes() == to_pcm16(tone(0.2))


def test_a_recording_without_a_stream_holds_no_samples(tmp_path: Path) -> None:
    for sink in (WavSink(tmp_path / "a.wav"), EncodedSink(tmp_path / "a.mp3")):
        sink.close()
    assert wav_samples(tmp_path / "a.wav") == b""
    assert (tmp_path / "a.mp3").read_bytes() == b""


class Pipe(io.RawIOBase):
    """What stdout is in a pipeline: it takes a few bytes at a time, and cannot seek."""

    def __init__(self) -> None:
        self.taken = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.taken += data[:1_000]
        return min(len(data), 1_000)


def test_a_stream_that_cannot_seek_is_written_as_audio_comes_and_left_open() -> None:
    pipe = Pipe()
    sink = EncodedSink(pipe, "wav")  # type: ignore[arg-type]
    sink.begin(RATE)
    sink.write(chunk(tone(0.2)))
    assert pipe.taken[:44].count(b"\xff\xff\xff\xff") == 2
    assert pipe.taken[44:] == to_pcm16(tone(0.2))
    sink.close()
    assert not pipe.closed


def test_a_buffered_stream_is_flushed_at_every_write(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as stream:
        sink = EncodedSink(stream, "pcm")
        sink.begin(RATE)
        sink.write(chunk(tone(0.01)))
        assert (tmp_path / "a").read_bytes() == to_pcm16(tone(0.01))
        sink.close()


def test_a_reader_that_has_gone_is_a_sink_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb", buffering=0) as stream:
        sink = EncodedSink(stream, "pcm")
        with pytest.raises(SinkError, match="Broken pipe"):
            say(sink, tone(0.1))


def test_a_stream_that_somebody_has_closed_is_a_sink_error() -> None:
    stream = io.BytesIO()
    sink = EncodedSink(stream, "pcm")
    stream.close()
    with pytest.raises(SinkError, match="closed file"):
        say(sink, tone(0.1))


def test_a_stream_needs_a_format() -> None:
    with pytest.raises(ConfigurationError, match="name one"):
        EncodedSink(io.BytesIO())


def test_an_unknown_suffix_or_format_is_refused_before_the_file_is_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"'\.wma'.*\.mp3, \.opus, \.ogg, \.aac, \.flac, \.pcm"):
        EncodedSink(tmp_path / "a.wma")
    with pytest.raises(ConfigurationError, match="'wma'"):
        EncodedSink(tmp_path / "a.mp3", "wma")
    assert not list(tmp_path.iterdir())
