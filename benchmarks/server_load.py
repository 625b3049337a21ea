"""What the speech server costs beside the voice alone, how many streams it holds, and how late its loop is.

Prints tables in Markdown; see README.md for what they say. Everything is on this machine: the server in one
process, its clients in this one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
from load_clients import Ask, Times, alone, listen, over_http, over_websocket, read_slowly
from load_server import LOOK, UNTRAINED, Loaded, loaded, voice_of
from scripted_llm import ANSWERS
from tables import Figures, markdown_table

ESPEAK = "espeak:en-us"
SENTENCE = "The trick is to begin with only one, and to keep your elbows close to your body."
ANSWER = "\n\n".join(ANSWERS.values())
ALONE = "the voice alone"
PACKAGES = ("llmvox-plugins", "uvicorn", "fastapi", "websockets")


@dataclass(frozen=True)
class Plan:
    """at_once: requests; requests: of each kind, for each of them; seconds: of each stream in real time.
    held: numbers of streams, by voice; places and clients: of the server that is full.
    """

    at_once: Sequence[int] = (1, 8, 32)
    requests: int = 200
    seconds: float = 20.0
    held: Sequence[int] = (32, 64, 128, 192, 256, 384)
    held_untrained: Sequence[int] = (2, 4, 6, 8, 12)
    places: int = 32
    clients: int = 64


QUICK = Plan((1, 2), 4, 0.5, (2,), (1,), 2, 4)


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    plan = QUICK if options.quick else Plan()
    report = {"settings": _settings(), **asyncio.run(_measured(plan, options.llmvox))}
    print(json.dumps(report, indent=2) if options.json else tables(report))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="The speech server under load.")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--quick", action="store_true", help="see whether it works: the figures mean little")
    parser.add_argument(
        "--llmvox", action="store_true", help="also LLMVoX at its official size, int8, with untrained weights"
    )
    return parser


def _settings() -> Figures:
    return {
        "voice": ESPEAK,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "versions": {package: version(package) for package in PACKAGES},
    }


async def _measured(plan: Plan, llmvox: bool) -> Figures:
    with loaded(ESPEAK) as server:
        report: Figures = {
            "requests": await _requests(server, plan),
            "held": await _held(server, ESPEAK, plan.held, plan.seconds),
            "slow_reader": await _slow_reader(server, plan),
            "frozen": server.delays()["frozen"],
        }
    with loaded(ESPEAK, max_streams=plan.places) as server:
        report["full"] = await _full(server, plan)
    if llmvox:
        with loaded(UNTRAINED) as server:
            report["held"] += await _held(server, UNTRAINED, plan.held_untrained, plan.seconds)
    return report


# Requests, one after another and many at once


async def _requests(server: Loaded, plan: Plan) -> list[Figures]:
    ways = {
        ALONE: alone(voice_of(ESPEAK)),
        "HTTP, pcm": over_http(server.port, "pcm"),
        "HTTP, mp3": over_http(server.port, "mp3"),
        "WebSocket, pcm": over_websocket(server.port),
    }
    rows: list[Figures] = []
    for at_once in plan.at_once:
        for way, ask in ways.items():
            await _ask_all(ask, at_once, at_once)  # to warm up
            server.delays()
            began = time.perf_counter()
            times = await _ask_all(ask, at_once, max(plan.requests, at_once))
            took = time.perf_counter() - began
            row = {"way": way, "at_once": at_once, "requests_a_second": len(times) / took}
            delay = None if way == ALONE else _delay(server)
            rows.append({**row, "first": _percents(time.first for time in times), "loop": delay})
    return [{**row, "ratio": row["first"]["p50"] / _baseline(rows, row)} for row in rows]


def _baseline(rows: Sequence[Figures], row: Figures) -> float:
    (alone,) = (each for each in rows if each["way"] == ALONE and each["at_once"] == row["at_once"])
    baseline: float = alone["first"]["p50"]
    return baseline


async def _ask_all(ask: Ask, at_once: int, count: int) -> list[Times]:
    """`at_once` clients, each of whom asks again as soon as he has all."""
    left, times = iter(range(count)), []

    async def client() -> None:
        for _ in left:
            times.append(await ask(SENTENCE))

    await asyncio.gather(*(client() for _ in range(at_once)))
    assert {time.status for time in times} == {200}
    return times


# Streams in real time


async def _held(server: Loaded, voice: str, counts: Sequence[int], seconds: float) -> list[Figures]:
    """More and more, until they are not held any more."""
    rows = []
    for count in counts:
        rows.append({"voice": voice, **await _in_real_time(server, count, seconds)})
        if rows[-1]["underruns"]:
            break
    return rows


async def _in_real_time(server: Loaded, count: int, seconds: float) -> Figures:
    server.delays()
    busy, began = server.delays()["cpu"], time.perf_counter()
    listeners = await asyncio.gather(*(listen(server.port, _long(seconds), seconds) for _ in range(count)))
    took = time.perf_counter() - began
    admitted = [listener for listener in listeners if listener.status == 200]
    delays = server.delays()
    return {
        "streams": count,
        "statuses": dict(Counter(str(listener.status) for listener in listeners)),
        "underruns": sum(listener.underruns for listener in admitted),
        "first": _percents(listener.first for listener in admitted),
        "seconds": min((listener.heard for listener in admitted), default=0.0),
        "cpu": (delays["cpu"] - busy) / took,
        "loop": _lateness(delays["milliseconds"]),
    }


def _long(seconds: float) -> str:
    """A text that takes longer than that to say, at 20 characters a second."""
    return ANSWER * (1 + int(20 * seconds / len(ANSWER)))


async def _full(server: Loaded, plan: Plan) -> Figures:
    """More clients than places: some are refused at once, and the others do not notice."""
    return {"places": plan.places, **await _in_real_time(server, plan.clients, plan.seconds)}


async def _slow_reader(server: Loaded, plan: Plan) -> list[Figures]:
    """Others' requests, without and with one who takes 1 KB/s of a long text."""
    at_once = min(8, plan.at_once[-1])
    ask = over_http(server.port, "pcm")
    rows = []
    for slow in (False, True, False, True):
        reader = asyncio.create_task(read_slowly(server.port, _long(600))) if slow else None
        await asyncio.sleep(0.2)
        server.delays()
        times = await _ask_all(ask, at_once, max(plan.requests, at_once))
        rows.append(
            {
                "slow_reader": slow,
                "at_once": at_once,
                "first": _percents(time.first for time in times),
                "loop": _delay(server),
            }
        )
        if reader is not None:
            assert not reader.done()
            reader.cancel()
            with suppress(asyncio.CancelledError):
                await reader
    return rows


# Figures


def _percents(seconds: Iterable[float]) -> Figures:
    found = np.array([*seconds] or [np.nan])
    return {"p50": float(np.percentile(found, 50)), "p99": float(np.percentile(found, 99))}


def _delay(server: Loaded) -> Figures:
    return _lateness(server.delays()["milliseconds"])


def _lateness(milliseconds: Sequence[float]) -> Figures:
    """Of the loop, at any moment: a look that was late stands for all that would have been made meanwhile."""
    step = 1000 * LOOK
    looks = [late for each in milliseconds for late in np.arange(each, 0, -step)] or [0.0]
    looks += [0.0] * sum(each == 0 for each in milliseconds)
    p50, p99, p999 = np.percentile(looks, (50, 99, 99.9))
    return {"p50": p50, "p99": p99, "p99.9": p999, "max": max(looks)}


def tables(report: Figures) -> str:
    """report: what --json prints."""
    head = [
        "what",
        "at once",
        "requests/s",
        "first audio p50, ms",
        "p99, ms",
        "× alone",
        "underruns",
        "refused",
        "CPU",
        "loop late p50, ms",
        "p99",
        "p99.9",
    ]
    rows = [_cells(row["way"], row["at_once"], row) for row in report["requests"]]
    rows += [_cells(f"in real time, {row['voice']}", row["streams"], row) for row in report["held"]]
    full = report["full"]
    rows.append(_cells(f"in real time, {full['places']} places", full["streams"], full))
    names = {False: "HTTP, pcm, nobody slow", True: "HTTP, pcm, beside a slow reader"}
    rows += [_cells(names[row["slow_reader"]], row["at_once"], row) for row in report["slow_reader"]]
    return markdown_table(head, rows)


def _cells(what: str, at_once: int, row: Figures) -> list[str]:
    loop = row["loop"]
    return [
        what,
        str(at_once),
        f"{row['requests_a_second']:.0f}" if "requests_a_second" in row else "",
        *(f"{1000 * row['first'][name]:.1f}" for name in ("p50", "p99")),
        f"{row['ratio']:.2f}" if "ratio" in row else "",
        str(row.get("underruns", "")),
        str(row["statuses"].get("429", 0)) if "statuses" in row else "",
        f"{row['cpu']:.0%}" if "cpu" in row else "",
        *(f"{loop[name]:.1f}" if loop else "" for name in ("p50", "p99", "p99.9")),
    ]


if __name__ == "__main__":
    main()
