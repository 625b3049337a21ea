"""How long after an LLM's first token does somebody hear its answer, and does he hear it without a stop?

Prints tables in Markdown; see README.md for what they say. Runs some minutes: every answer is waited for.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import numpy as np
from contestants import CONTESTANTS, OURS, missing
from crowd import FIRST_SINK, Times, crowd
from hearing import Hearing, listen, words_to_speak
from picture import draw
from scripted_llm import ANSWERS, ScriptedLLM
from tables import Figures, tables

from llmvox_plugins import load_voice, speak
from llmvox_plugins.core.voices.base import Voice

VOICE = "espeak:en-us"
PACKAGES = ("llmvox-plugins", "espeakng-loader", "stream2sentence")


class Scenario(NamedTuple):
    """An answer, and how many of its tokens come at a time."""

    answer: str
    burst: int

    @property
    def title(self) -> str:
        return f"{self.answer}, tokens in {self.burst}s" if self.burst > 1 else self.answer


LONG, *_ = ANSWERS
SCENARIOS = [*(Scenario(answer, 1) for answer in ANSWERS), Scenario(LONG, 4)]


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    voice = load_voice(VOICE)
    speak("Warming up.", voice=voice, to=lambda chunk: None)
    heard = {scenario: _hear(voice, scenario, options.rate, options.repeats) for scenario in SCENARIOS}
    report = {
        "settings": _settings(options),
        "first_audio": [row for scenario in SCENARIOS for row in _rows(scenario, heard[scenario])],
        "crowd": _crowd_rows(voice, options),
    }
    if options.svg:
        options.svg.write_text(
            draw({scenario.title: _typical(runs) for scenario, runs in heard.items()}), encoding="utf-8"
        )
    print(json.dumps(report, indent=2) if options.json else tables(report))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Time to first audio, ours and others'.")
    parser.add_argument("--repeats", type=int, default=5, metavar="N", help="runs of everything (5)")
    parser.add_argument("--rate", type=float, default=30.0, help="tokens a second, for one stream (30)")
    parser.add_argument("--streams", type=int, default=50, metavar="N", help="streams at once (50)")
    parser.add_argument(
        "--crowd-rate", type=float, default=10.0, help="tokens a second for each of them (10)"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--svg", type=Path, metavar="PATH", help="draw who speaks when")
    return parser


def _settings(options: argparse.Namespace) -> Figures:
    return {
        "rate": options.rate,
        "repeats": options.repeats,
        "streams": options.streams,
        "crowd_rate": options.crowd_rate,
        "voice": VOICE,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "versions": {package: _version(package) for package in PACKAGES},
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


# One answer at a time


def _hear(voice: Voice, scenario: Scenario, rate: float, repeats: int) -> dict[str, list[Hearing]]:
    """Contestant → its runs; they take turns, so that noise hits all alike."""
    here = {name: contestant for name, contestant in CONTESTANTS.items() if missing(name) is None}
    runs: dict[str, list[Hearing]] = {name: [] for name in here}
    for _ in range(repeats):
        for name, contestant in here.items():
            llm = ScriptedLLM(ANSWERS[scenario.answer], rate=rate, burst=scenario.burst)
            runs[name].append(listen(contestant(llm, voice), llm))
    return runs


def _rows(scenario: Scenario, runs: Mapping[str, list[Hearing]]) -> list[Figures]:
    ours = statistics.median(heard.first_audio for heard in runs[OURS])
    return [
        {"scenario": scenario.title, "contestant": name, **_figures(scenario, name, runs.get(name), ours)}
        for name in CONTESTANTS
    ]


def _figures(scenario: Scenario, name: str, runs: list[Hearing] | None, ours: float) -> Figures:
    if runs is None:
        return {"missing": missing(name)}
    first_audio = _spread(heard.first_audio for heard in runs)
    return {
        "first_audio": first_audio,
        "ratio": first_audio["median"] / ours,
        "silence": _spread(heard.silence for heard in runs),
        "gaps": statistics.median(len(heard.gaps) for heard in runs),
        "speech": statistics.median(heard.speech for heard in runs),
        "words": min(heard.words for heard in runs),
        "words_to_speak": words_to_speak(ANSWERS[scenario.answer]),
    }


def _spread(seconds: Iterable[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {"median": statistics.median(ordered), "min": ordered[0], "max": ordered[-1]}


def _typical(runs: Mapping[str, list[Hearing]]) -> dict[str, Hearing]:
    """The run of each contestant whose first audio is the median."""
    ordered = {name: sorted(heard, key=lambda run: run.first_audio) for name, heard in runs.items()}
    return {name: heard[len(heard) // 2] for name, heard in ordered.items()}


# Many at once


def _crowd_rows(voice: Voice, options: argparse.Namespace) -> list[Figures]:
    runs: dict[str, list[list[Times]]] = {name: [] for name in FIRST_SINK}
    for _ in range(options.repeats):
        for name, sink in FIRST_SINK.items():
            llm = ScriptedLLM(ANSWERS[LONG], rate=options.crowd_rate)
            runs[name].append(crowd(voice, llm, options.streams, sink))
    return [
        {
            "first_sink": name,
            "first_audio": _percentiles([[time.first_audio for time in run] for run in of_sink]),
            "finish": _percentiles([[time.finish for time in run] for run in of_sink]),
            "silence": _percentiles([[time.silence for time in run] for run in of_sink]),
        }
        for name, of_sink in runs.items()
    ]


def _percentiles(runs: Sequence[Sequence[float]]) -> Figures:
    """Over the streams of a run, and of these the spread over the runs."""
    percents = {"p50": 50, "p95": 95, "max": 100}
    return {
        name: _spread(float(np.percentile(run, percent)) for run in runs)
        for name, percent in percents.items()
    }


if __name__ == "__main__":
    main()
