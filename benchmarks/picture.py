"""Who speaks when, as an SVG: a panel for each answer, a row for each contestant, time to the right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from hearing import Hearing

__all__ = ["draw"]

_LABELS = 240  # width, as all lengths in pixels
_SECOND = 110
_ROW = 22
_BAR = 14
_AFTERWARDS = 1.0  # seconds that are shown after the last beginning


def draw(panels: Mapping[str, Mapping[str, Hearing]]) -> str:
    """panels: title → contestant → what was heard of him."""
    seconds = _AFTERWARDS + max(heard.first_audio for rows in panels.values() for heard in rows.values())
    marks: list[str] = []
    top = 0
    for title, rows in panels.items():
        marks += _panel(title, rows, top, seconds)
        top += _ROW * (len(rows) + 3)
    width = _LABELS + round(seconds * _SECOND) + 10
    return "\n".join([*_head(width, top), *marks, "</svg>"]) + "\n"


def _head(width: int, height: int) -> list[str]:
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        ' font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]


def _panel(title: str, rows: Mapping[str, Hearing], top: int, seconds: float) -> Iterator[str]:
    yield _text(8, top + _ROW, title, "bold")
    tokens = next(iter(rows.values())).tokens
    yield from (_bar(token, token, top + _ROW, "gray", least=1) for token in tokens if token <= seconds)
    for row, (name, heard) in enumerate(rows.items(), start=2):
        yield from _row(name, heard, top + row * _ROW, seconds)
    axis = top + (len(rows) + 2) * _ROW
    yield from (_text(_x(second) - 3, axis, f"{second} s") for second in range(int(seconds) + 1))


def _row(name: str, heard: Hearing, top: int, seconds: float) -> Iterator[str]:
    yield _text(8, top + _BAR, name)
    yield _bar(heard.first_audio, min(seconds, heard.end), top, "seagreen")
    yield from (
        _bar(begin, min(seconds, end), top, "crimson") for begin, end in heard.gaps if begin < seconds
    )
    yield _text(_x(heard.first_audio) + 4, top + _BAR - 3, f"{heard.first_audio:.2f} s", color="white")


def _x(second: float) -> float:
    return _LABELS + second * _SECOND


def _bar(begin: float, end: float, top: int, color: str, least: float = 2.0) -> str:
    width = max(least, (end - begin) * _SECOND)
    return f'<rect x="{_x(begin):.1f}" y="{top}" width="{width:.1f}" height="{_BAR}" fill="{color}"/>'


def _text(x: float, y: float, text: str, weight: str = "normal", color: str = "black") -> str:
    return f'<text x="{x:.1f}" y="{y}" font-weight="{weight}" fill="{color}">{escape(text)}</text>'
