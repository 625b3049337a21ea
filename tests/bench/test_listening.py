"""A listener in real time notices when speech comes too late, and only then."""

import time
from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pytest
from bench.small import setting

from llmvox_plugins.bench import streams
from llmvox_plugins.bench.streams import Listener
from llmvox_plugins.core.audio import AudioChunk
from llmvox_plugins.core.voices.base import Utterance


def heard(monkeypatch: pytest.MonkeyPatch, pauses: Sequence[float]) -> Listener:
    """Chunks of 0.1 s, each after a pause."""
    now = [0.0]
    clock = SimpleNamespace(monotonic=lambda: now[0], sleep=lambda s: now.__setitem__(0, now[0] + s))
    monkeypatch.setattr(streams, "time", clock)

    class Stream:
        def __iter__(self) -> "Stream":
            self.left = list(pauses)
            return self

        def __next__(self) -> AudioChunk:
            if not self.left:
                raise StopIteration
            now[0] += self.left.pop(0)
            return AudioChunk(np.zeros(2400, np.float32), 24_000, 0.0, (0, 1))

    listener = Listener(Stream())  # type: ignore[arg-type]
    listener.run()
    return listener


def test_nobody_waits_while_chunks_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    listener = heard(monkeypatch, [0.3, 0.0, 0.001, 0.0])
    assert listener.underruns == 0
    assert listener.first == pytest.approx(0.3)
    assert listener.heard == pytest.approx(0.4)


def test_a_late_chunk_is_an_underrun(monkeypatch: pytest.MonkeyPatch) -> None:
    listener = heard(monkeypatch, [0.3, 0.0, 0.25, 0.0])
    assert listener.underruns == 1
    assert listener.silence == pytest.approx(0.25)


def test_an_engine_that_is_too_slow_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    subject = setting().subjects["float32"]
    advance = subject.engine.advance

    def late(utterances: Sequence[Utterance]) -> list[list[AudioChunk]]:
        time.sleep(0.1)
        return advance(utterances)

    monkeypatch.setattr(subject.engine, "advance", late)
    assert not streams.tried(subject, 4, 0.5).in_time
