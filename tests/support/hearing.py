"""What the scripted voice says in audio of the server's rate."""

import numpy as np
import soxr

from llmvox_plugins.core.audio import Samples
from llmvox_plugins.core.testing import ScriptedVoice

__all__ = ["heard", "heard_in_pcm"]


def heard(samples: Samples, rate: int = 24_000) -> str:
    """The text said in samples, (N,)."""
    at_its_own = soxr.resample(samples.astype(np.float64), rate, ScriptedVoice.sample_rate)
    chord = 160
    missing = np.zeros(-len(at_its_own) % chord)  # a sample or two may be lost in resampling
    if len(missing) > chord // 2:
        missing = np.zeros(0)
    return ScriptedVoice.read(np.concatenate([at_its_own, missing]).astype(np.float32))


def heard_in_pcm(data: bytes) -> str:
    return heard(np.frombuffer(data, "<i2") / np.float32(32767))
