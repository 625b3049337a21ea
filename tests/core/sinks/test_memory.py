from __future__ import annotations

import numpy as np

from llmvox_plugins.core.audio import AudioChunk
from llmvox_plugins.core.sinks import MemorySink


def chunk(*values: float) -> AudioChunk:
    return AudioChunk(np.array(values, np.float32), 10, 0.0, (0, 1))


def test_chunks_and_samples_of_all_streams_are_kept_in_order() -> None:
    sink = MemorySink()
    first, second, third = chunk(0.1, 0.2), chunk(0.3), chunk(0.4)
    sink.begin(10)
    sink.write(first)
    sink.write(second)
    sink.finish()
    sink.begin(10)
    sink.write(third)
    assert sink.chunks == [first, second, third]
    assert sink.samples.dtype == np.float32
    np.testing.assert_array_equal(sink.samples, np.array([0.1, 0.2, 0.3, 0.4], np.float32))
    assert sink.sample_rate == 10


def test_played_is_what_the_current_stream_has_written() -> None:
    sink = MemorySink()
    assert sink.played == 0.0
    sink.begin(10)
    sink.write(chunk(0.1, 0.2))
    sink.write(chunk(0.3))
    assert sink.played == 0.3
    sink.begin(10)
    assert sink.played == 0.0
    assert sink.underruns is None


def test_nothing_written_is_no_samples() -> None:
    assert MemorySink().samples.shape == (0,)
    assert MemorySink().sample_rate == 0
