"""A report as tables in Markdown, for the terminal and the README."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from .figures import Report
from .joints import Joint, Joints
from .streams import Held

__all__ = ["tables"]

_MB = 1e6


def tables(report: Report) -> str:
    parts = [
        _head(report),
        _speed(report),
        _first_audio(report),
        _streams(report.streams),
        _growth(report),
        _loading(report),
        _precisions(report),
        _joints(report.joints),
    ]
    return "\n\n".join(filter(None, parts))


def _head(report: Report) -> str:
    machine = report.machine
    weights = "the voice's weights" if report.trained else "official sizes, untrained weights"
    cores = f"{machine.processor}, {machine.cores} cores, {machine.threads} threads"
    return f"{cores}, torch {machine.torch}; {weights}"


def _speed(report: Report) -> str:
    rows = [
        [
            row.contestant,
            *(f"{speed:.0f}" for speed in (row.best, row.median)),
            *(f"{ratio:.2f}" for ratio in (row.ratio, row.median_ratio)),
        ]
        for row in report.speed
    ]
    return _table(["codes/s, one stream", "best", "median", "× plain, best", "× plain, median"], rows)


def _first_audio(report: Report) -> str:
    rows = [
        [
            row.contestant,
            f"{row.best:.0f}",
            f"{row.median:.0f}",
            f"{row.chunk:.0f}",
            f"{row.ratio:.1f}",
            f"{row.median_ratio:.1f}",
        ]
        for row in report.first_audio
    ]
    head = ["text to first audio", "best, ms", "median, ms", "of audio, ms", "sooner, best", "sooner, median"]
    return _table(head, rows)


def _streams(rows: Sequence[Held]) -> str:
    head = ["held in real time", "streams", "underruns", "counted", "silence, s", "first p50, s", "p95, s"]
    cells = [
        [
            row.contestant,
            str(row.streams),
            str(row.underruns),
            str(row.counted),
            f"{row.silence:.2f}",
            f"{row.first_p50:.2f}",
            f"{row.first_p95:.2f}",
            f"{row.busy:.0%}",
            f"{row.seconds:.1f}",
            "yes" if row.in_time else "no",
        ]
        for row in rows
    ]
    return _table([*head, "busy", "heard, s", "in time"], cells)


def _growth(report: Report) -> str:
    """A row for each length, three columns for each contestant."""
    contestants = list(dict.fromkeys(row.contestant for row in report.growth))
    head = ["ms a step (MB, GB/s)", *contestants]
    cells = [
        [str(length), *(f"{row.best:.2f} ({row.reads / _MB:.0f}, {row.rate:.0f})" for row in rows)]
        for length, rows in groupby(report.growth, key=lambda row: row.length)
    ]
    return _table(head, cells)


def _loading(report: Report) -> str:
    head = ["compact copy", "MB", "torch, s", "load, s", "first audio, s", "peak, MB", "its own, MB"]
    cells = [
        [
            row.precision,
            f"{row.copy / _MB:.0f}",
            f"{row.torch:.2f}",
            f"{row.load:.2f}",
            f"{row.first_audio:.2f}",
            f"{row.peak / _MB:.0f}",
            f"{row.memory / _MB:.0f}",
        ]
        for row in report.loading
    ]
    return _table(head, cells)


def _precisions(report: Report) -> str:
    head = [
        "against plain float32",
        "same code",
        "in company",
        "positions",
        "log-spectral, dB",
        "SNR, dB",
    ]
    cells = [
        [
            row.precision,
            f"{row.agreement:.1%}",
            f"{row.in_company:.1%} of {row.company}",
            str(row.positions),
            f"{row.distance:.2f}",
            f"{row.noise:.1f}",
        ]
        for row in report.precisions
    ]
    return _table(head, cells)


def _joints(joints: Joints | None) -> str:
    """A row for each context, a column for each way to end a window."""
    if joints is None:
        return ""
    ours = [row for row in joints.rows if row.way == "ours"]
    ways = sorted({(row.fade, row.unsettled) for row in ours})
    head = ["dB near joints (late, elsewhere)", *(f"unsettled {held}, fade {fade}" for fade, held in ways)]
    cells = [[row.way, _error(row), *[""] * (len(ways) + 1)] for row in joints.rows if row.way != "ours"]
    for context, rows in groupby(ours, key=lambda row: row.context):
        by_way = {(row.fade, row.unsettled): row for row in rows}
        first = next(iter(by_way.values()))
        errors = [_error(by_way[way]) if way in by_way else "" for way in ways]
        cells.append([f"context {context}", *errors, f"{first.decoded:.2f}", f"{first.cost or 0:.1f}"])
    context, unsettled, fade = joints.advised
    advice = f"The curve speaks for context {context}, unsettled {unsettled}, fade {fade}."
    return _table([*head, "decoded", "ms for 16"], cells) + "\n\n" + advice


def _error(row: Joint) -> str:
    late = "–" if row.late is None else f"{row.late:.1f}"
    return f"{row.near:.1f} ({late}, {row.elsewhere:.1f})"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Its columns are aligned for those who read it in a terminal; "" if there are no rows."""
    if not rows:
        return ""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    rule = ["-" * width for width in widths]
    return "\n".join(_line(cells, widths) for cells in (head, rule, *rows))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"
