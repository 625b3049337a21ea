"""The plain loop is a right one: it makes the released model's codes, and those of the voice."""

import numpy as np
import pytest
import torch
from bench.small import setting
from support import golden_files as golden
from support.golden_files import Checkpoints

from llmvox_plugins.bench.plain import FIRST_CHUNK, PlainLoop
from llmvox_plugins.bench.texts import FIRST, sentences
from llmvox_plugins.core.checkpoints.released import Released, read_released
from llmvox_plugins.core.voices.llmvox import LLMVoXVoice


@pytest.fixture(scope="module")
def plain(checkpoints: Checkpoints) -> PlainLoop:
    files = Released(checkpoints.llmvox, checkpoints.wavtokenizer, checkpoints.text_encoder)
    return PlainLoop(read_released(files), torch.device("cpu"))


@pytest.mark.parametrize("number", [0, 1, 2])
def test_greedy_codes_are_the_released_ones(plain: PlainLoop, number: int) -> None:
    text = bytes(golden.arrays()[f"text{number}"]).decode()
    expected = golden.arrays()[f"codes{number}"].tolist()
    assert list(plain.codes(text, len(expected))) == expected


def test_audio_is_that_of_the_voice(plain: PlainLoop, llmvox: LLMVoXVoice) -> None:
    codes = [int(code) for code in golden.arrays()["codes0"][:40]]
    np.testing.assert_allclose(plain.decode(codes), llmvox.decode(codes), rtol=0, atol=1e-4)


def test_codes_are_those_of_the_subject_at_float32() -> None:
    small = setting()
    for text in sentences(3):
        ours = list(small.subjects["float32"].codes(text, 60))
        assert list(small.plain.codes(text, 60)) == ours
        assert len(ours) == 60


def test_chunks_grow_and_hold_all_codes() -> None:
    plain = setting().plain
    chunks = [len(samples) // plain.codec.hop for samples in plain.speak(FIRST, 100)]
    assert chunks == [FIRST_CHUNK, 30, 60]


def test_a_past_of_any_length_goes_on() -> None:
    plain = setting().plain
    past = plain.past(30)
    assert plain.step(5, 7, past).shape == (512,)
    assert past[0][0].shape[2] == 31
