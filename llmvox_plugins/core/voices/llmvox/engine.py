"""Serves all streams of one model: who steps, and whose window is decoded, so that nobody runs dry.

Each call of advance() is a few steps or one window. A stream that cannot go on, for want of text or because
its listener has plenty, is not part of it and costs nothing.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from math import inf
from typing import cast

from ...audio import AudioChunk
from ..base import Utterance
from .costs import ALL, START, Costs
from .generator import Generator
from .guard import Guard
from .passage import Passage, SpeakingRate
from .replica import Replica, trouble
from .sampling import Sampling
from .sentence import Sentence
from .utterance import LLMVoXUtterance
from .window import Windows, WindowSizes

__all__ = ["LLMVoXEngine"]

SLICE = 0.01  # seconds of steps in one call
DRY = 0.25  # seconds: who has less is about to run dry,
SPREAD = 0.5  # and who has so much more than another can wait for him
MOMENT = 0.002


class LLMVoXEngine:
    """Sentences take turns among the replicas. costs: measured on one of them."""

    batch_size = 4096  # which of them step together is decided here

    def __init__(
        self,
        replicas: Sequence[Replica],
        costs: Costs,
        *,
        windows: WindowSizes,
        guard: Guard,
        sampling: Sampling,
    ) -> None:
        self.costs = costs
        self._replicas = replicas
        self._generators = [Generator(replica.stepper, sampling, guard) for replica in replicas]
        self._windows = windows
        self._guard = guard
        self._sampling = sampling
        self._speaking_rate = SpeakingRate()
        self._turn = 0

    def utterance(self) -> LLMVoXUtterance:
        """Begin what one stream says."""
        rate = self._replicas[0].codec.sample_rate
        return LLMVoXUtterance(self._passage, rate, self._windows.first, self._guard.most_bytes)

    def _passage(self, number: int) -> Passage:
        replica = self._replicas[self._turn % len(self._replicas)]
        sentence = Sentence(self._turn % len(self._replicas), self._sampling.chance(number))
        self._turn += 1
        hop = replica.codec.hop
        windows = Windows(self._windows, hop, replica.decode)
        return Passage(sentence, windows, self._speaking_rate, hop, self._windows.largest)

    def advance(self, utterances: Sequence[Utterance]) -> list[list[AudioChunk]]:
        streams = self._served([cast(LLMVoXUtterance, utterance) for utterance in utterances])
        made: dict[LLMVoXUtterance, list[AudioChunk]] = {}
        until = time.monotonic() + SLICE
        while time.monotonic() < until:
            batch = self._batch(streams)
            stream = self._next_to_decode(streams, idle=not batch)
            if stream is not None:
                made[stream] = self._decode(stream)
                break
            if not batch:
                time.sleep(MOMENT)  # every place is taken, perhaps by sentences that wait for text
                break
            self._step(batch)
        return [made.get(cast(LLMVoXUtterance, utterance), []) for utterance in utterances]

    # who takes part

    def _served(self, streams: list[LLMVoXUtterance]) -> list[LLMVoXUtterance]:
        """Those that can be served in time: who has begun goes on, others begin as soon as there is room."""
        most = len(self._replicas) * self.costs.most_streams(self._windows.largest)
        served = [stream for stream in streams if stream.begun]
        served += [stream for stream in streams if not stream.begun][: max(0, most - len(served))]
        return sorted(served, key=lambda stream: stream.buffered)

    def _batch(self, streams: Sequence[LLMVoXUtterance]) -> list[Sentence]:
        """The sentences of the next step: those whose listeners have least, and whoever has little more."""
        ready = [
            (ahead, passage.sentence)
            for stream in streams
            for ahead, passage in stream.in_the_making()
            if passage.sentence.can_step
        ]
        least = min((ahead for ahead, _ in ready), default=0.0)
        return [
            sentence for ahead, sentence in ready if ahead <= least + SPREAD and self._has_place(sentence)
        ]

    def _has_place(self, sentence: Sentence) -> bool:
        return self._generators[sentence.replica].admit(sentence)

    def _next_to_decode(self, streams: Sequence[LLMVoXUtterance], idle: bool) -> LLMVoXUtterance | None:
        """The stream whose window comes before any further step; streams: who has least comes first."""
        count = 1 if idle else len(streams)
        begin, go_on = self._least(count, START), self._least(count, ALL)
        reserve = inf if idle else self.costs.reserve(count, begin)
        ripe = [stream for stream in streams if self._is_ripe(stream, begin, go_on, reserve)]
        if not ripe:
            return None
        others_run_dry = not idle and streams[0].buffered < DRY and streams[0] is not ripe[0]
        return None if others_run_dry and ripe[0].buffered > self.costs.reserve(1, go_on) else ripe[0]

    def _least(self, streams: int, share: float) -> int:
        """Codes of the smallest window that pays where there are so many streams, within what is allowed."""
        sizes = self._windows
        if streams == 1 or not sizes.adapts:
            return sizes.first
        least = self.costs.least_window(streams, share) + sizes.unsettled + sizes.fade
        return int(min(sizes.largest, max(sizes.first, least)))

    def _is_ripe(self, stream: LLMVoXUtterance, begin: int, go_on: int, reserve: float) -> bool:
        """begin, go_on: codes of the least window of who begins, and of who speaks."""
        passage = stream.passages[0] if stream.passages else None
        if passage is None or not stream.may_begin:
            return False
        if passage.pending >= self._windows.largest:
            return True
        least = go_on if stream.speaks else begin
        return stream.buffered <= reserve and (passage.sentence.ended or passage.pending >= least)

    # the work

    def _step(self, batch: Sequence[Sentence]) -> None:
        began = time.monotonic()
        parts = [[s for s in batch if s.replica == number] for number in range(len(self._replicas))]
        work = [(generator, own) for generator, own in zip(self._generators, parts, strict=True) if own]
        try:
            launched = [generator.launch(own) for generator, own in work]  # devices work side by side
            for (generator, own), logits in zip(work, launched, strict=True):
                generator.finish(own, logits)
        except (RuntimeError, MemoryError) as error:
            raise trouble(error, self._replicas[0].device) from error
        self.costs.steps.observe(len(batch) / len(self._replicas), time.monotonic() - began)

    def _decode(self, stream: LLMVoXUtterance) -> list[AudioChunk]:
        began, frames = time.monotonic(), stream.passages[0].next_window + self._windows.context
        chunks = stream.decode()
        self.costs.windows.observe(frames, time.monotonic() - began)
        return chunks
