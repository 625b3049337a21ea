"""The speaker through the real libraries: sounddevice, PortAudio and ALSA, whose device here is a file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from llmvox_plugins.core.audio import Samples

NO_DEVICE = "pcm.!default { type hw card 31 }"

FILE_DEVICE = """
pcm.!default {{
  type file
  slave.pcm {{ type null }}
  file "{path}"
  format raw
}}
"""

SAY = """
import sys
import numpy as np
from llmvox_plugins.core.audio import AudioChunk
from llmvox_plugins.core.sinks import SpeakerSink

def say(sink, samples, rate):
    sink.begin(rate)
    for begin in range(0, len(samples), 700):
        sink.write(AudioChunk(samples[begin : begin + 700], rate, 0.0, (0, 1)))
    sink.finish()

def speaker():
    # The device has no clock, and takes all that there is at once: only a whole answer leaves no gap.
    return SpeakerSink(preroll=0.3, buffer_seconds=0.3)

said = np.load(sys.argv[1])
"""


@pytest.fixture
def said(tmp_path: Path) -> Samples:
    samples = np.random.default_rng(0).uniform(0.1, 0.9, 6_000).astype(np.float32)
    np.save(tmp_path / "said.npy", samples)
    return samples


def run(tmp_path: Path, code: str, config: str) -> str:
    """Run code in a process that sees only the ALSA devices of `config`; returns what it printed."""
    (tmp_path / "alsa.conf").write_text(config)
    result = subprocess.run(
        [sys.executable, "-c", SAY + code, tmp_path / "said.npy"],
        env={**os.environ, "ALSA_CONFIG_PATH": str(tmp_path / "alsa.conf")},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert result.returncode == 0, (
        "playing through ALSA failed; this test needs the libraries of the Debian packages libportaudio2 "
        f"and libasound2:\n{result.stderr}"
    )
    return result.stdout


def heard(tmp_path: Path) -> Samples:
    """What arrived at the device, in float32, without the silence around it."""
    samples = np.fromfile(tmp_path / "heard.raw", np.float32)
    sounding = np.flatnonzero(samples)
    return np.asarray(samples[sounding[0] : sounding[-1] + 1])


def test_what_arrives_at_the_device_is_what_was_written(tmp_path: Path, said: Samples) -> None:
    out = run(
        tmp_path,
        "sink = speaker(); say(sink, said, 24000); print(sink.played, sink.underruns); sink.close()",
        FILE_DEVICE.format(path=tmp_path / "heard.raw"),
    )
    np.testing.assert_array_equal(heard(tmp_path), said)
    assert out.split() == ["0.25", "0"]


def test_answers_follow_one_another_on_the_open_device(tmp_path: Path, said: Samples) -> None:
    run(
        tmp_path,
        "sink = speaker(); say(sink, said, 24000); say(sink, said[::-1], 24000); sink.close()",
        FILE_DEVICE.format(path=tmp_path / "heard.raw"),
    )
    samples = heard(tmp_path)
    np.testing.assert_array_equal(samples[:6_000], said)
    np.testing.assert_array_equal(samples[-6_000:], said[::-1])
    assert not samples[6_000:-6_000].any()


def test_a_program_that_forgets_to_close_ends_all_the_same(tmp_path: Path, said: Samples) -> None:
    out = run(
        tmp_path,
        "sink = speaker(); say(sink, said, 24000); print('end')",
        FILE_DEVICE.format(path=tmp_path / "heard.raw"),
    )
    assert out.split() == ["end"]


def test_a_machine_without_sound_says_so(tmp_path: Path, said: Samples) -> None:
    code = """
from llmvox_plugins.core.errors import SinkError
try:
    speaker()
except SinkError as error:
    print(error)
"""
    out = run(tmp_path, code, NO_DEVICE)
    assert out.strip() == "there is no default output device; this machine has none at all"
