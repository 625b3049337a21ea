"""From text to the loudspeaker, all real: espeak-ng, sounddevice, PortAudio, and ALSA writing to a file."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from llmvox_plugins.core.audio import Samples

DEVICE = """
pcm.!default {{
  type file
  slave.pcm {{ type null }}
  file "{path}"
  format raw
}}
"""

SPEAK = """
import sys
import numpy as np
from llmvox_plugins import SpeakerSink, SpeechStream, load_voice
from llmvox_plugins.core.sinks import MemorySink, TeeSink

# The device has no clock and takes all there is at once, so only audio that is complete has no gaps.
synthesised = MemorySink()
sink = TeeSink(SpeakerSink(preroll=20, buffer_seconds=20), synthesised)
stream = SpeechStream(load_voice("espeak:en-us"), sink)
for token in ("Hello ", "wor", "ld. ", "How are ", "you?"):
    stream.write(token)
"""


def speak(tmp_path: Path, ending: str) -> tuple[str, Samples]:
    config, heard = tmp_path / "alsa.conf", tmp_path / "heard.raw"
    config.write_text(DEVICE.format(path=heard))
    done = subprocess.run(
        [sys.executable, "-c", SPEAK + ending, tmp_path / "synthesised.npy"],
        env={**os.environ, "ALSA_CONFIG_PATH": str(config)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"this test needs libportaudio2 and libasound2:\n{done.stderr}"
    samples = np.fromfile(heard, np.float32)
    sounding = np.flatnonzero(samples)
    return done.stdout, samples[sounding[0] : sounding[-1] + 1]


def test_the_device_receives_what_was_synthesised(tmp_path: Path) -> None:
    out, heard = speak(
        tmp_path,
        "stream.end()\nstream.wait()\nnp.save(sys.argv[1], synthesised.samples)\n"
        "print(stream.spoken.heard, stream.stats.underruns)\nsink.close()",
    )
    synthesised = np.trim_zeros(np.load(tmp_path / "synthesised.npy"))
    np.testing.assert_array_equal(heard, synthesised)
    assert len(heard) > 22_050
    assert out.strip() == "Hello world. How are you? 0"


def test_what_is_being_said_at_exit_is_heard(tmp_path: Path) -> None:
    _, heard = speak(tmp_path, "")
    assert len(heard) > 22_050  # the two sentences are 1.6 s
