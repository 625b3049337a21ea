"""The voice computes what the released model does, and refuses what it cannot."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from support import golden_files as golden
from support.voices import golden_voice

from llmvox_plugins.core.errors import ConfigurationError, LLMVoxError
from llmvox_plugins.core.voices.llmvox import LLMVoXVoice

TESTS = str(Path(__file__).parents[3])


@pytest.mark.parametrize("number", [0, 1, 2])
def test_greedy_codes_and_their_audio(llmvox: LLMVoXVoice, number: int) -> None:
    arrays = golden.arrays()
    text = bytes(arrays[f"text{number}"]).decode()
    codes = llmvox.codes(text, limit=120, ignore_eoa=True)
    assert codes == arrays[f"codes{number}"].tolist()
    audio, expected = llmvox.decode(codes), arrays[f"audio{number}"]
    assert audio.dtype == np.float32 and audio.shape == (320 * 120,)
    assert np.linalg.norm(audio - expected) < 1e-4 * np.linalg.norm(expected)


def test_codes_of_a_recording(llmvox: LLMVoXVoice) -> None:
    arrays = golden.arrays()
    assert llmvox.encode(arrays["wav"]) == arrays["encoded_codes"].tolist()
    assert llmvox.encode(np.zeros(0, np.float32)) == []
    assert len(llmvox.encode(arrays["wav"][:321])) == 2


def test_codes_stop_at_the_end_of_audio_and_at_the_limit(llmvox: LLMVoXVoice) -> None:
    assert len(llmvox.codes("Hello world.", limit=7)) == 7
    with_end = llmvox.codes("Hello world.", limit=120)
    without = llmvox.codes("Hello world.", limit=120, ignore_eoa=True)
    assert with_end == (without[: without.index(453)] if 453 in without else without)


@pytest.mark.parametrize("precision", ["bfloat16", "int8"])
def test_other_precisions_are_near(
    checkpoints: golden.Checkpoints, llmvox: LLMVoXVoice, precision: str
) -> None:
    voice = golden_voice(checkpoints, precision=precision)
    codes = golden.arrays()["codes1"].tolist()
    audio, exact = voice.decode(codes), llmvox.decode(codes)
    assert 0 < np.linalg.norm(audio - exact) < 0.1 * np.linalg.norm(exact)
    assert len(voice.codes("Hello world.", limit=50, ignore_eoa=True)) == 50


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"device": "toaster"}, "names no device"),
        ({"device": "meta"}, "does not run on 'meta'"),
        ({"precision": "int4"}, "did you mean 'int8'"),
        ({"temperature": -1.0}, "temperature"),
        ({"top_k": 0}, "top_k"),
        ({"first_window": 2}, "first window is 2 codes"),
        ({"first_window": 20, "largest_window": 10}, "largest window, 10 codes"),
        ({"longest_sentence": 151}, "350 codes, 5 s, at least: longest_sentence is 151, and"),
        ({"seed": 3}, "of no use without a temperature"),
        ({"temperature": 0.5, "seed": 1.5}, "seed is a whole number"),
        ({"temperature": 0.5, "top_k": 2.5}, "top_k"),
    ],
)
def test_options_that_cannot_be_are_refused(
    checkpoints: golden.Checkpoints, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        golden_voice(checkpoints, **options)


@pytest.mark.parametrize("device", ["cuda", "cuda:7", "mps"])
def test_a_device_that_is_not_there_is_named(checkpoints: golden.Checkpoints, device: str) -> None:
    if torch.cuda.is_available() and device == "cuda":
        device = "cuda:999"
    with pytest.raises(ConfigurationError, match="there is no"):
        golden_voice(checkpoints, device=device)


def test_codes_and_samples_that_cannot_be_are_refused(llmvox: LLMVoXVoice) -> None:
    with pytest.raises(ConfigurationError, match="from 0 to 4095, not 4096"):
        llmvox.decode([1, 4096])
    with pytest.raises(ConfigurationError, match=r"not the shape \(2, 10\)"):
        llmvox.encode(np.zeros((2, 10), np.float32))
    assert len(llmvox.decode([])) == 0
    assert issubclass(ConfigurationError, LLMVoxError)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_a_forked_child_speaks_as_well(precision: str) -> None:
    program = f"""
import os, signal
from support.voices import small_voice
from llmvox_plugins import speak
from llmvox_plugins.core.testing import MemorySink

voice = small_voice(precision={precision!r})
expected = voice.codes("Hi there.", limit=20)
speak("Hi.", voice=voice, to=MemorySink())
child = os.fork()
sink = MemorySink()
signal.alarm(20)
speak("Hi there.", voice=voice, to=sink)
assert voice.codes("Hi there.", limit=20) == expected and len(voice.decode(expected)) and len(sink.samples)
if child:
    assert os.waitpid(child, 0)[1] == 0
else:
    os._exit(0)
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], check=False, env=os.environ | {"PYTHONPATH": TESTS}
    )
    assert done.returncode == 0


def test_text_that_utf8_cannot_hold_is_still_text(llmvox: LLMVoXVoice) -> None:
    assert llmvox.codes("a \ud800 b", limit=9) == llmvox.codes("a ? b", limit=9)
