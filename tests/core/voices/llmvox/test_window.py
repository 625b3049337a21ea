"""Windows joined together are the audio of the whole."""

from itertools import pairwise

import numpy as np
import pytest
from support import golden_files as golden

from llmvox_plugins.core.audio import Samples
from llmvox_plugins.core.errors import ConfigurationError
from llmvox_plugins.core.voices.llmvox import LLMVoXVoice
from llmvox_plugins.core.voices.llmvox.window import Windows, WindowSizes

HOP = 4


def blurred(codes: "list[int] | tuple[int, ...]") -> Samples:
    """A decoder that, as the real one, hears one frame on either side."""
    frames = np.array(codes, np.float32)
    around = np.pad(frames, 1)
    return np.repeat(around[:-2] + 2 * frames + around[2:], HOP)


def said(sizes: WindowSizes, ends: list[int], codes: list[int]) -> list[Samples]:
    windows = Windows(sizes, HOP, lambda part: blurred(list(part)))
    parts = [windows.next(codes[:end], last=False) for end in ends]
    return [*parts, windows.next(codes, last=True)]


@pytest.mark.parametrize("ends", [[8], [8, 16, 24, 60], [8, 20, 21, 100], [99, 100], []])
def test_windows_with_enough_context_are_the_whole_whatever_the_cuts(ends: list[int]) -> None:
    codes = list(np.random.default_rng(1).integers(0, 100, 100))
    parts = said(WindowSizes(context=8, unsettled=2, fade=1), ends, codes)
    np.testing.assert_allclose(np.concatenate(parts), blurred(codes), rtol=1e-6)


def test_windows_decoded_alone_are_not() -> None:
    codes = list(np.random.default_rng(1).integers(0, 100, 100))
    parts = said(WindowSizes(context=0, unsettled=0, fade=0), [8, 50], codes)
    whole = np.concatenate(parts)
    assert whole.shape == blurred(codes).shape
    assert not np.allclose(whole, blurred(codes))


def test_joints_are_nearer_to_the_whole_sentence_than_those_of_chunks_decoded_alone(
    llmvox: LLMVoXVoice,
) -> None:
    codes: list[int] = golden.arrays()["codes0"].tolist()
    whole, ends, hop = golden.arrays()["audio0"], [8, 20, 40, 80], 320
    windows = Windows(WindowSizes(), hop, llmvox.decode)
    ours = [*(windows.next(codes[:end], last=False) for end in ends), windows.next(codes, last=True)]
    alone = [llmvox.decode(codes[begin:end]) for begin, end in pairwise([0, *ends, len(codes)])]

    def error(parts: list[Samples]) -> float:
        joints = np.cumsum([len(part) for part in parts])[:-1]
        wrong = np.concatenate(parts) - whole
        return float(np.mean([np.square(wrong[at - 2 * hop : at + 2 * hop]).mean() for at in joints]))

    assert error(ours) < 0.5 * error(alone)


def test_a_sentence_without_codes_is_silent() -> None:
    assert [len(part) for part in said(WindowSizes(), [], [])] == [0]


def test_sizes_that_cannot_work_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="first window is 3 codes"):
        WindowSizes(first=3)
    with pytest.raises(ConfigurationError, match="largest window, 7 codes"):
        WindowSizes(first=8, largest=7)
