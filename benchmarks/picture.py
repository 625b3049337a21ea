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
    """panels: title → contestant → what was heard of him.

    Gray are the LLM's tokens, green is speech, red is silence in between.
    """
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
    tokens = next(iter(rows.values())).tokens
    ticks = "".join(f"M{_x(token):.1f} {top + _ROW}v{_BAR}" for token in tokens if token <= seconds)
    yield _text(8, top + _ROW, title, "bold")
    yield f'<path d="{ticks}" stroke="gray"/>'
    for row, (name, heard) in enumerate(rows.items(), start=2):
        yield from _row(name, heard, top + row * _ROW, seconds)
    axis = top + (len(rows) + 2) * _ROW
    yield from (_text(_x(second) - 3, axis, f"{second} s") for second in range(int(seconds) + 1))


def _row(name: str, heard: Hearing, top: int, seconds: float) -> Iterator[str]:
    yield _text(8, top, name)
    yield _bar(heard.first_audio, min(seconds, heard.end), top, "seagreen")
    for begin, end in heard.gaps:
        yield _bar(min(seconds, begin), min(seconds, end), top, "crimson")
    yield _text(_x(heard.first_audio) + 4, top, f"{heard.first_audio:.2f} s", color="white")


def _x(second: float) -> float:
    return _LABELS + second * _SECOND


def _bar(begin: float, end: float, top: int, color: str) -> str:
    width = (end - begin) * _SECOND
    return f'<rect x="{_x(begin):.1f}" y="{top}" width="{width:.1f}" height="{_BAR}" fill="{color}"/>'


def _text(x: float, top: int, text: str, weight: str = "normal", color: str = "black") -> str:
    y = top + _BAR - 3
    return f'<text x="{x:.1f}" y="{y}" font-weight="{weight}" fill="{color}">{escape(text)}</text>'
