from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from llmvox_plugins.core.audio import AudioChunk, Resampler, Samples, to_pcm16


def test_a_chunk_knows_how_long_it_is_and_where_it_ends() -> None:
    chunk = AudioChunk(np.zeros(12_000, np.float32), 24_000, 1.25, (3, 8))
    assert chunk.duration == 0.5
    assert chunk.end == 1.75
    assert not chunk.estimated


def test_a_chunk_does_not_change() -> None:
    chunk = AudioChunk(np.zeros(1, np.float32), 24_000, 0.0, (0, 1))
    with pytest.raises(dataclasses.FrozenInstanceError):
        chunk.start = 1.0  # type: ignore[misc]


def test_pcm16_is_little_endian_rounded_and_symmetric() -> None:
    assert to_pcm16(np.array([1.0, -1.0, 0.0, 1.6 / 32767], np.float32)) == bytes.fromhex(
        "ff7f 0180 0000 0200"
    )


def test_pcm16_clips_what_is_too_loud() -> None:
    loud = np.array([1.5, -7.0, np.inf], np.float32)
    assert np.frombuffer(to_pcm16(loud), "<i2").tolist() == [32767, -32767, 32767]


@pytest.mark.parametrize(("source", "target"), [(24_000, 48_000), (22_050, 24_000), (48_000, 16_000)])
def test_resampling_keeps_duration_and_sound(source: int, target: int) -> None:
    def tone(rate: int) -> Samples:
        return np.asarray(np.sin(2 * np.pi * 440 * np.arange(rate) / rate), dtype=np.float32)

    resampler = Resampler(source, target)
    out = np.concatenate([resampler.feed(tone(source)), resampler.flush()])
    assert out.dtype == np.float32
    assert abs(len(out) - target) <= 1
    inner = slice(target // 20, -target // 20)
    np.testing.assert_allclose(out[inner], tone(target)[: len(out)][inner], atol=1e-3)


def test_resampling_in_pieces_is_resampling_the_whole() -> None:
    said = np.random.default_rng(0).uniform(-0.5, 0.5, 24_000).astype(np.float32)
    whole, pieces = Resampler(24_000, 44_100), Resampler(24_000, 44_100)
    expected = np.concatenate([whole.feed(said), whole.flush()])
    parts = [pieces.feed(part) for part in np.split(said, [1, 100, 101, 9_000])]
    np.testing.assert_allclose(np.concatenate([*parts, pieces.flush()]), expected, atol=1e-6)


def test_resampling_holds_back_less_than_40_ms() -> None:
    resampler = Resampler(24_000, 48_000)
    assert len(resampler.feed(np.zeros(24_000, np.float32))) > 48_000 * 0.96
