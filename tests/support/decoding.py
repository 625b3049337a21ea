"""What a player makes of the bytes that a server sent."""

import io

import av
import numpy as np

from llmvox_plugins.core.audio import Samples

__all__ = ["decoded"]


def decoded(data: bytes, format: str, pcm_rate: int = 24_000) -> tuple[Samples, int]:
    """The samples, (N,), mono, and their rate, in Hz; pcm has no header to tell it."""
    if format == "pcm":
        return (np.frombuffer(data, "<i2") / 32767).astype(np.float32), pcm_rate
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.audio[0]
        assert stream.channels == 1
        resampler = av.AudioResampler(format="flt", layout="mono")
        frames = [made for frame in container.decode(stream) for made in resampler.resample(frame)]
        samples = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])
        return samples.astype(np.float32, copy=False), stream.rate
