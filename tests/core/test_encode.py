from __future__ import annotations

import gc
import io
import os
import struct
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from llmvox_plugins.core import encode
from llmvox_plugins.core.audio import Samples, to_pcm16
from llmvox_plugins.core.encode import FORMATS, WAV_MAX_DATA, open_encoder, wav_header
from llmvox_plugins.core.errors import ConfigurationError, MissingDependencyError, SinkError

COMPRESSED = ["mp3", "opus", "aac", "flac"]


def speechlike(seconds: float, rate: int) -> Samples:
    """A gliding voiced tone with syllables of a quarter of a second."""
    time = np.arange(round(seconds * rate)) / rate
    phase = 2 * np.pi * np.cumsum(140 + 30 * np.sin(2 * np.pi * 0.7 * time)) / rate
    tone = sum(np.sin(k * phase) / k for k in range(1, 9))
    envelope = 0.15 * (1 + np.sin(2 * np.pi * 4 * time))
    return np.asarray(tone * envelope, dtype=np.float32)


def encoded(format: str, samples: Samples, rate: int, block: int) -> bytes:
    encoder = open_encoder(format, rate)
    parts = [encoder.feed(samples[begin : begin + block]) for begin in range(0, len(samples), block)]
    return b"".join([*parts, encoder.flush()])


def decoded(data: bytes, format: str, rate: int) -> tuple[Samples, int]:
    """The samples and their rate, decoded by FFmpeg, which looks at nothing but the bytes."""
    if format == "pcm":
        return (np.frombuffer(data, "<i2") / 32767).astype(np.float32), rate
    parts = []
    with av.open(io.BytesIO(data)) as container:
        for frame in container.decode(audio=0):
            samples = frame.to_ndarray()[0]
            parts.append(samples / 32767 if samples.dtype.kind == "i" else samples)
            rate = frame.sample_rate
    return np.concatenate([np.zeros(0, np.float32), *parts]).astype(np.float32), rate


def similarity(heard: Samples, said: Samples) -> float:
    """The correlation at the best alignment: 1 if one is the other, only louder or later."""
    size = len(heard) + len(said)
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size))
    return float(np.fft.irfft(spectrum, size).max() / (np.linalg.norm(heard) * np.linalg.norm(said)))


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_encoded_sounds_like_what_was_fed(format: str) -> None:
    said = speechlike(2, 24_000)
    heard, rate = decoded(encoded(format, said, 24_000, 1_000), format, 24_000)
    heard = heard[:: rate // 24_000]
    assert similarity(heard, said) > 0.99
    assert 2.0 <= len(heard) / 24_000 < 2.08  # mp3 and aac are padded with silence


@pytest.mark.parametrize("format", ["wav", "pcm", "flac"])
def test_lossless_formats_keep_every_sample_of_16_bits(format: str) -> None:
    said = speechlike(0.5, 22_050)
    heard, rate = decoded(encoded(format, said, 22_050, 441), format, 22_050)
    assert rate == 22_050
    np.testing.assert_allclose(heard, said, atol=1.01 / 32767)


@pytest.mark.parametrize(
    ("format", "delay"), [("wav", 0), ("pcm", 0), ("flac", 24), ("opus", 50), ("mp3", 60), ("aac", 90)]
)
def test_bytes_come_as_audio_goes_in_but_for_the_codecs_delay(format: str, delay: int) -> None:
    said = speechlike(2, 24_000)
    encoder = open_encoder(format, 24_000)
    out = b""
    for begin in range(0, len(said), 480):
        out += encoder.feed(said[begin : begin + 480])
        fed = (begin + 480) / 24_000
        if begin % 4_800 == 0 and fed > 0.3:
            heard, rate = decoded(out, format, 24_000)
            assert fed - len(heard) / rate <= delay / 1000


@pytest.mark.parametrize("format", FORMATS)
def test_cutting_the_samples_elsewhere_changes_nothing(format: str) -> None:
    said = speechlike(0.7, 24_000)
    pieces, _ = decoded(encoded(format, said, 24_000, 700), format, 24_000)
    whole, _ = decoded(encoded(format, said, 24_000, len(said)), format, 24_000)
    np.testing.assert_array_equal(pieces, whole)


@pytest.mark.parametrize("format", FORMATS)
def test_an_empty_feed_adds_nothing(format: str) -> None:
    said = speechlike(0.3, 24_000)
    encoder = open_encoder(format, 24_000)
    nothing = np.zeros(0, np.float32)
    out = [encoder.feed(nothing), encoder.feed(said), encoder.feed(nothing), encoder.flush()]
    assert len(b"".join(out)) == len(encoded(format, said, 24_000, len(said)))


@pytest.mark.parametrize("format", COMPRESSED)
@pytest.mark.parametrize("rate", [8_000, 11_111, 16_000, 22_050, 44_100, 48_000])
def test_any_rate_keeps_duration_and_pitch(format: str, rate: int) -> None:
    tone = np.asarray(np.sin(2 * np.pi * 1_000 * np.arange(rate) / rate) / 2, dtype=np.float32)
    heard, heard_rate = decoded(encoded(format, tone, rate, rate // 50), format, rate)
    middle = heard[heard_rate // 4 : heard_rate * 3 // 4]
    peak = np.abs(np.fft.rfft(middle * np.hanning(len(middle)))).argmax() * heard_rate / len(middle)
    assert peak == pytest.approx(1_000, abs=3)
    assert 0.999 < len(heard) / heard_rate < 1.25


def test_codecs_keep_the_rate_where_they_know_it_and_else_take_the_next() -> None:
    assert encode._next_rate([8_000, 16_000, 48_000], 16_000) == 16_000
    assert encode._next_rate([48_000, 16_000, 8_000], 22_050) == 48_000
    assert encode._next_rate([8_000, 48_000], 96_000) == 48_000
    assert encode._next_rate(None, 11_111) == 11_111


@pytest.mark.parametrize(("format", "limit"), [("mp3", 70_000), ("opus", 60_000), ("aac", 72_000)])
def test_speech_takes_few_bits(format: str, limit: int) -> None:
    assert len(encoded(format, speechlike(2, 24_000), 24_000, 1_000)) * 8 / 2 < limit


def test_two_encoders_at_once_do_not_disturb_each_other() -> None:
    said, other = speechlike(0.5, 24_000), speechlike(0.5, 22_050)
    first, second = open_encoder("mp3", 24_000), open_encoder("opus", 22_050)
    out = b""
    for begin in range(0, len(said), 500):
        out += first.feed(said[begin : begin + 500])
        second.feed(other[begin : begin + 500])
    assert out + first.flush() == encoded("mp3", said, 24_000, 500)


@pytest.mark.parametrize("format", COMPRESSED)
def test_an_encoder_starts_no_threads_and_leaves_the_cores_as_they_were(format: str) -> None:
    cores, threads = os.sched_getaffinity(0), set(Path("/proc/self/task").iterdir())
    encoder = open_encoder(format, 22_050)
    encoder.feed(speechlike(0.3, 22_050))
    assert set(Path("/proc/self/task").iterdir()) <= threads
    encoder.flush()
    assert os.sched_getaffinity(0) == cores


@pytest.mark.parametrize("format", COMPRESSED)
def test_an_encoder_that_nobody_flushes_leaves_nothing_to_the_garbage_collector(format: str) -> None:
    gc.collect()
    gc.disable()
    try:
        encoder = open_encoder(format, 24_000)
        encoder.feed(speechlike(0.5, 24_000))
        del encoder  # the listener has gone away
        left = [known for known in gc.get_objects() if issubclass(type(known), av.container.OutputContainer)]
    finally:
        gc.enable()
    assert left == []


@pytest.mark.parametrize("format", FORMATS)
def test_no_audio_at_all_is_no_error(format: str) -> None:
    assert isinstance(open_encoder(format, 24_000).flush(), bytes)


def test_wav_that_is_streamed_says_that_its_length_is_unknown() -> None:
    encoder = open_encoder("wav", 24_000)
    out = encoder.feed(np.array([0.0, 1.0, -1.0], np.float32))
    assert struct.unpack("<4sI4s4sIHHIIHH4sI", out[:44]) == (
        *(b"RIFF", 0xFFFFFFFF, b"WAVE"),
        *(b"fmt ", 16, 1, 1, 24_000, 48_000, 2, 16),
        *(b"data", 0xFFFFFFFF),
    )
    assert out[44:] == struct.pack("<3h", 0, 32767, -32767)
    assert encoder.feed(np.zeros(1, np.float32)) == b"\0\0"  # the header comes once


def test_wav_header_of_a_known_length_counts_the_bytes_that_follow() -> None:
    header = wav_header(16_000, 1_000)
    assert struct.unpack_from("<I", header, 4) == (1_036,)
    assert struct.unpack_from("<I", header, 40) == (1_000,)
    assert struct.unpack_from("<I", wav_header(16_000, WAV_MAX_DATA), 4) == (0xFFFFFFFF,)


def test_pcm_is_16_bit_little_endian() -> None:
    samples = np.array([0.5, -0.25], np.float32)
    assert open_encoder("pcm", 24_000).feed(samples) == to_pcm16(samples)


def test_strided_samples_are_taken_as_they_are() -> None:
    stereo = np.repeat(speechlike(0.3, 24_000), 2)
    assert encoded("flac", stereo[::2], 24_000, 8_000) == encoded("flac", stereo[::2].copy(), 24_000, 8_000)


def test_every_format_has_its_mime_type() -> None:
    assert dict(FORMATS) == {
        "wav": "audio/wav",
        "pcm": "audio/pcm",
        "mp3": "audio/mpeg",
        "opus": "audio/ogg; codecs=opus",
        "aac": "audio/aac",
        "flac": "audio/flac",
    }


def test_an_unknown_format_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match=r"'wma'.*wav, pcm, mp3, opus, aac, flac"):
        open_encoder("wma", 24_000)


def test_an_impossible_rate_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="not 0"):
        open_encoder("wav", 0)
    with pytest.raises(ConfigurationError, match="flac at 2000000 Hz is not possible"):
        open_encoder("flac", 2_000_000)


def test_a_codec_that_ffmpeg_lacks_is_a_missing_dependency(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(encode._CODECS, "mp3", encode._Codec("libnowhere", "mp3", {}))
    with pytest.raises(MissingDependencyError, match=r"no libnowhere encoder.*pip install"):
        open_encoder("mp3", 24_000)


def test_an_ffmpeg_failure_is_a_sink_error() -> None:
    encoder = open_encoder("mp3", 24_000)
    encoder.flush()
    with pytest.raises(SinkError, match="encoding failed"):
        encoder.feed(speechlike(1, 24_000))


def test_opus_starts_and_ends_to_the_sample() -> None:
    data = encoded("opus", speechlike(1.2345, 24_000), 24_000, 1_000)
    (pre_skip,) = struct.unpack_from("<H", data, data.index(b"OpusHead") + 10)
    with av.open(io.BytesIO(data)) as container:
        assert next(container.demux(audio=0)).pts == -pre_skip
    samples, rate = decoded(data, "opus", 24_000)
    assert len(samples) / rate == 1.2345


def test_mp3_is_nothing_but_frames() -> None:
    data = encoded("mp3", speechlike(0.5, 24_000), 24_000, 1_000)
    frame = 64_000 // 8 * 576 // 24_000
    assert len(data) % frame == 0
    assert {data[begin : begin + 2] for begin in range(0, len(data), frame)} == {b"\xff\xf3"}


def test_flac_begins_with_a_short_header() -> None:
    header = open_encoder("flac", 24_000).feed(np.zeros(0, np.float32))
    assert header.startswith(b"fLaC")
    assert len(header) < 200


def test_wav_and_pcm_do_without_ffmpeg() -> None:
    code = (
        "import sys, numpy\n"
        "from llmvox_plugins.core.encode import open_encoder\n"
        "for format in ('wav', 'pcm'): open_encoder(format, 24000).feed(numpy.zeros(9, 'f4'))\n"
        "sys.exit('av' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
