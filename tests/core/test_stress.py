"""Endings at random moments: every stream ends in exactly one state, and nothing is left over."""

import asyncio
import gc
import random
import threading
import time

import numpy as np
import pytest

from llmvox_plugins import SpeechStream, StreamLimits, StreamState
from llmvox_plugins.core.audio import AudioChunk, Samples
from llmvox_plugins.core.errors import LLMVoxError, StreamEndedError
from llmvox_plugins.core.testing import MemorySink, ScriptedVoice

LIMITS = StreamLimits(buffer_seconds=0.5, inbox=10_000, idle_release=0.02)


class Fate:
    """One stream's life, drawn from a seed: who writes, who listens, and what goes wrong when."""

    def __init__(self, seed: int, voices: list[ScriptedVoice]) -> None:
        self.chance = random.Random(seed)
        self.voice = self.chance.choice(voices)
        self.states: list[StreamState] = []
        self.pushed = self.chance.random() < 0.5
        self.heard: list[Samples] = []
        sink = MemorySink() if self.chance.random() < 0.5 else self.breaking_sink
        self.stream = SpeechStream(self.voice, sink if self.pushed else None, limits=LIMITS)

    def pause(self) -> None:
        time.sleep(self.chance.random() * 0.003)

    def breaking_sink(self, chunk: AudioChunk) -> None:
        if self.chance.random() < 0.05:
            raise OSError("broken at random")

    def write(self) -> None:
        for _ in range(self.chance.randrange(30)):
            try:
                self.stream.write("some words " * self.chance.randrange(4))
            except StreamEndedError:
                return
            self.pause()
        if self.chance.random() < 0.8:
            self.stream.end()

    def listen(self) -> None:
        if self.chance.random() < 0.5:
            self.read()
        else:
            asyncio.run(self.read_async())

    def read(self) -> None:
        most = self.chance.choice([0, 3, 10_000])
        try:
            for number, chunk in enumerate(self.stream):
                if number >= most:
                    return
                self.heard.append(chunk.samples)
        except LLMVoxError:
            pass

    async def read_async(self) -> None:
        try:
            async for chunk in self.stream:
                if self.chance.random() < 0.01:
                    return
                self.heard.append(chunk.samples)
        except LLMVoxError:
            pass

    def interfere(self) -> None:
        time.sleep(self.chance.random() * 0.05)
        for _ in range(self.chance.randrange(3)):
            if self.chance.random() < 0.5:
                self.stream.cancel()
            else:
                self.stream.end()

    def watch(self) -> None:
        while not self.stream.done:
            self.states.append(self.stream.state)
            self.pause()
        self.states.append(self.stream.state)

    def live(self) -> None:
        parts = [self.write, self.interfere, self.watch] + ([] if self.pushed else [self.listen])
        threads = [threading.Thread(target=part) for part in parts]
        for thread in threads:
            thread.start()
        threads[0].join()
        time.sleep(0.01)
        if self.chance.random() < 0.3:
            self.stream.cancel()
        self.stream.end()
        for thread in threads:
            thread.join(20)
            assert not thread.is_alive(), self.stream.state


def passed_in_order(states: list[StreamState]) -> bool:
    order = [StreamState.OPEN, StreamState.DRAINING]
    steps = [state for number, state in enumerate(states) if number == 0 or states[number - 1] != state]
    return steps[-1].is_final and steps[:-1] in ([], order[:1], order[1:], order)


@pytest.mark.parametrize("seed", range(12))
def test_every_stream_ends_in_exactly_one_state(seed: int) -> None:
    chance = random.Random(seed)
    voices = [
        ScriptedVoice(),
        ScriptedVoice(delay=0.002),
        ScriptedVoice(fails_after=chance.randrange(1, 200)),
    ]
    fates = [Fate(seed * 1000 + number, voices) for number in range(8)]
    lives = [threading.Thread(target=fate.live) for fate in fates]
    for life in lives:
        life.start()
    for life in lives:
        life.join(30)
    for fate in fates:
        stream = fate.stream
        assert stream.done
        assert passed_in_order(fate.states), fate.states
        assert (stream.error is not None) == (stream.state is StreamState.FAILED)
        spoken = stream.spoken
        assert spoken.heard + spoken.unheard == spoken.text
        if stream.state is StreamState.FINISHED:
            assert spoken.unheard == ""
            if not fate.pushed and fate.heard:
                assert ScriptedVoice.read(np.concatenate(fate.heard)).split() == spoken.text.split()
    del fates, lives, fate, stream
    gc.collect()
    deadline = time.monotonic() + 5
    while left := [t.name for t in threading.enumerate() if t.name.startswith("llmvox")]:
        assert time.monotonic() < deadline, left
        time.sleep(0.01)
