"""The figures that Prometheus collects: one registry for each app, labels from a fixed set."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

from ....core.timeline import StreamStats

__all__ = ["Metrics"]

_WAITS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 5.0, 10.0, 30.0)
_FACTORS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0, 1.2, 1.5, 2.0, 5.0)
_DELAYS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)
_LOOK = 0.05  # seconds between two looks at the event loop


class Metrics:
    """active, waiting: how many streams are spoken now, and how many requests wait for a place.
    silence: for how many seconds somebody has been waiting for audio of a complete text.
    """

    def __init__(
        self, active: Callable[[], float], waiting: Callable[[], float], silence: Callable[[], float]
    ) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._requests = Counter(
            "llmvox_requests", "Requests answered.", ["endpoint", "status"], registry=registry
        )
        self._first_audio = Histogram(
            "llmvox_first_audio_seconds",
            "From the first text to the first audio.",
            ["endpoint"],
            registry=registry,
            buckets=_WAITS,
        )
        self._factor = Histogram(
            "llmvox_real_time_factor",
            "Seconds of the voice's work for a second of audio.",
            registry=registry,
            buckets=_FACTORS,
        )
        self._loop_delay = Histogram(
            "llmvox_event_loop_delay_seconds",
            "How late the event loop is.",
            registry=registry,
            buckets=_DELAYS,
        )
        self._audio = Counter("llmvox_audio_seconds", "Audio made.", registry=registry)
        self._underruns = Counter(
            "llmvox_underruns", "Times that a listener in real time ran dry.", registry=registry
        )
        self._refusals = Counter("llmvox_refusals", "Requests refused.", ["reason"], registry=registry)
        self._failures = Counter("llmvox_failures", "Streams whose speech failed.", registry=registry)
        self._aloud = Counter(
            "llmvox_aloud_answers", "Answers spoken on this machine.", ["fate"], registry=registry
        )
        _gauge("llmvox_active_streams", "Streams being spoken.", active, registry)
        _gauge("llmvox_waiting_requests", "Requests that wait for a place.", waiting, registry)
        _gauge("llmvox_silence_seconds", "Longest wait for audio of a complete text.", silence, registry)

    def answered(self, endpoint: str, status: int) -> None:
        """endpoint: a path of the app, as it is routed; never one that a client made up."""
        self._requests.labels(endpoint, str(status)).inc()

    def refused(self, reason: str) -> None:
        """reason: queue_full, queue_timeout, shutting_down, unauthorized, forbidden or too_large."""
        self._refusals.labels(reason).inc()

    def spoke(self, endpoint: str, stats: StreamStats, failed: bool) -> None:
        """A stream has come to its end."""
        if stats.time_to_first_audio is not None:
            self._first_audio.labels(endpoint).observe(stats.time_to_first_audio)
        if stats.real_time_factor is not None:
            self._factor.observe(stats.real_time_factor)
        self._audio.inc(stats.audio_seconds)
        self._underruns.inc(stats.underruns)
        self._failures.inc(failed)

    def spoke_aloud(self, fate: str) -> None:
        """fate: heard, cut, failed, repeated or dropped."""
        self._aloud.labels(fate).inc()

    async def watch_loop(self) -> None:
        """Measure how late the running event loop is, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _LOOK
            await asyncio.sleep(_LOOK)
            self._loop_delay.observe(max(0.0, loop.time() - due))

    def exposition(self) -> bytes:
        """All figures, in Prometheus' text format."""
        return generate_latest(self.registry)


def _gauge(name: str, help: str, read: Callable[[], float], registry: CollectorRegistry) -> None:
    Gauge(name, help, registry=registry).set_function(read)
