"""Speed without pitch, on tones whose pitch can be measured."""

import numpy as np
import pytest

from llmvox_plugins.core.audio import Samples
from llmvox_plugins.core.errors import ConfigurationError
from llmvox_plugins.core.tempo import Tempo

RATE = 24_000
TONE = (0.5 * np.sin(2 * np.pi * 440 * np.arange(3 * RATE) / RATE)).astype(np.float32)


def changed(samples: Samples, speed: float, piece: int) -> Samples:
    tempo = Tempo(RATE, speed)
    parts = [tempo.feed(samples[at : at + piece]) for at in range(0, len(samples), piece)]
    return np.concatenate([*parts, tempo.flush()])


@pytest.mark.parametrize("speed", [0.25, 0.3, 0.5, 0.9, 1.1, 2.0, 3.0, 4.0])
def test_the_length_changes_and_the_pitch_does_not(speed: float) -> None:
    faster = changed(TONE, speed, 1000)
    assert len(faster) == pytest.approx(len(TONE) / speed, abs=0.15 * RATE)
    spectrum = np.abs(np.fft.rfft(faster * np.hanning(len(faster))))
    assert spectrum.argmax() * RATE / len(faster) == pytest.approx(440, abs=5)
    assert np.abs(faster).max() < 0.6


@pytest.mark.parametrize("piece", [1, 17, 100_000])
def test_the_result_does_not_depend_on_the_pieces(piece: int) -> None:
    tone = TONE[:6000]
    assert np.array_equal(changed(tone, 1.3, piece), changed(tone, 1.3, 512))


def test_audio_comes_out_while_more_goes_in() -> None:
    tempo = Tempo(RATE, 1.5)
    assert sum(len(tempo.feed(TONE[at : at + 1200])) for at in range(0, RATE // 2, 1200)) > 0


def test_silence_of_no_length_gives_nothing() -> None:
    tempo = Tempo(RATE, 2.0)
    assert len(tempo.feed(np.zeros(0, np.float32))) == 0
    assert len(tempo.flush()) == 0


@pytest.mark.parametrize("speed", [0.2, 4.1, 0.0, -1.0, float("nan")])
def test_another_speed_is_refused(speed: float) -> None:
    with pytest.raises(ConfigurationError, match=r"0\.25 to 4\.0"):
        Tempo(RATE, speed)
