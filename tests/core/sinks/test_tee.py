from __future__ import annotations

import numpy as np
import pytest

from llmvox_plugins.core.audio import AudioChunk
from llmvox_plugins.core.errors import SinkError
from llmvox_plugins.core.sinks import Sink, TeeSink


class Journal(Sink):
    """Writes down what happens to it."""

    def __init__(self, played: float = 0.0, underruns: int | None = None) -> None:
        self.events: list[object] = []
        self._played = played
        self._underruns = underruns

    def begin(self, sample_rate: int) -> None:
        self.events.append(sample_rate)

    def write(self, chunk: AudioChunk) -> None:
        self.events.append(chunk)

    def finish(self) -> None:
        self.events.append("finish")

    def abort(self) -> None:
        self.events.append("abort")

    @property
    def played(self) -> float:
        return self._played

    @property
    def underruns(self) -> int | None:
        return self._underruns

    def close(self) -> None:
        self.events.append("close")


class Stuck(Journal):
    def close(self) -> None:
        super().close()
        raise SinkError("stuck")


def test_everything_goes_to_every_sink() -> None:
    sinks = [Journal(), Journal(), Journal()]
    tee = TeeSink(*sinks)
    chunk = AudioChunk(np.zeros(1, np.float32), 24_000, 0.0, (0, 1))
    tee.begin(24_000)
    tee.write(chunk)
    tee.finish()
    tee.abort()
    tee.close()
    for sink in sinks:
        assert sink.events == [24_000, chunk, "finish", "abort", "close"]


def test_heard_is_what_the_first_has_played() -> None:
    tee = TeeSink(Journal(played=1.5, underruns=2), Journal(played=4.0))
    assert tee.played == 1.5
    assert tee.underruns == 2


def test_one_that_fails_to_close_does_not_keep_the_others_open() -> None:
    sinks = [Journal(), Stuck(), Journal()]
    with pytest.raises(SinkError, match="stuck"):
        TeeSink(*sinks).close()
    assert all(sink.events == ["close"] for sink in sinks)
