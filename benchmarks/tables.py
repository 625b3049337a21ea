"""The figures of a run as tables in Markdown, for the terminal and the README."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, TypeAlias

__all__ = ["Figures", "markdown_table", "tables"]

Figures: TypeAlias = "dict[str, Any]"


def tables(report: Figures) -> str:
    """report: what `first_audio.py --json` prints."""
    singles = groupby(report["first_audio"], key=lambda row: row["scenario"])
    parts = [_scenario(title, list(rows)) for title, rows in singles]
    return "\n\n".join([*parts, _crowd(report["settings"]["streams"], report["crowd"])])


def _scenario(title: str, rows: Sequence[Figures]) -> str:
    head = [title, "first audio, s", "× ours", "silence after it, s", "gaps", "speech, s", "words"]
    return markdown_table(head, [_scenario_cells(row) for row in rows])


def _scenario_cells(row: Figures) -> list[str]:
    if "missing" in row:
        return [row["contestant"], f"not here: {row['missing']}", "", "", "", "", ""]
    return [
        row["contestant"],
        _spread(row["first_audio"]),
        f"{row['ratio']:.1f}",
        _spread(row["silence"]),
        f"{row['gaps']:g}",
        f"{row['speech']:.1f}",
        f"{row['words']} of {row['words_to_speak']}",
    ]


def _spread(figure: Mapping[str, float]) -> str:
    return f"{figure['median']:.2f} ({figure['min']:.2f}–{figure['max']:.2f})"


def _crowd(streams: int, rows: Sequence[Figures]) -> str:
    head = ["the others'", f"when one of {streams} streams has a sink that", "p50, s", "p95, s", "max, s"]
    names = {"first_audio": "first audio", "finish": "finish", "silence": "silence"}
    return markdown_table(
        head, [[name, *_crowd_cells(row, figure)] for figure, name in names.items() for row in rows]
    )


def _crowd_cells(row: Figures, figure: str) -> list[str]:
    return [row["first_sink"], *(_spread(row[figure][percent]) for percent in ("p50", "p95", "max"))]


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Its columns are aligned for those who read it in a terminal."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    rule = ["-" * width for width in widths]
    return "\n".join(_line(cells, widths) for cells in (head, rule, *rows))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"
