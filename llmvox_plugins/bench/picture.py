"""A report's two curves as an SVG: the error at joints over context, and a step's cost over length."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from .figures import Report

__all__ = ["draw"]

_WIDTH, _HEIGHT = 460, 300  # of a panel, in pixels as all lengths
_LEFT, _TOP, _BOTTOM, _LEGEND = 50, 40, 40, 120
_COLORS = ("gray", "seagreen", "royalblue", "darkorange", "crimson", "purple", "teal", "sienna", "olive")


@dataclass(frozen=True, slots=True)
class _Panel:
    """curves: name → points. doubling: whether each step of the axis to the right doubles."""

    title: str
    across: str
    curves: dict[str, list[tuple[float, float]]]
    doubling: bool = False

    def place(self, point: tuple[float, float], left: float) -> tuple[float, float]:
        points = [point for curve in self.curves.values() for point in curve]
        xs, ys = [self._along(x) for x, _ in points], [y for _, y in points]
        right = (self._along(point[0]) - min(xs)) / (max(xs) - min(xs) or 1)
        up = (point[1] - min(ys)) / (max(ys) - min(ys) or 1)
        x = left + _LEFT + right * (_WIDTH - _LEFT - _LEGEND)
        return x, _HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM)

    def _along(self, x: float) -> float:
        return math.log2(x) if self.doubling else x


def draw(report: Report) -> str:
    panels = [panel for panel in (_joints(report), _growth(report)) if panel.curves]
    marks = [mark for number, panel in enumerate(panels) for mark in _drawn(panel, number * _WIDTH)]
    width = max(1, len(panels)) * _WIDTH
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {_HEIGHT}" width="{width}"'
        ' font-family="sans-serif" font-size="11">'
    )
    paper = f'<rect width="{width}" height="{_HEIGHT}" fill="white"/>'
    return "\n".join([head, paper, *marks, "</svg>"]) + "\n"


def _joints(report: Report) -> _Panel:
    curves: dict[str, list[tuple[float, float]]] = {}
    rows = report.joints.rows if report.joints else []
    ours = [row for row in rows if row.way == "ours"]
    for row in rows:
        if row.way == "alone" and ours:
            curves["alone"] = [(context, row.near) for context in sorted({other.context for other in ours})]
    for row in ours:
        curves.setdefault(f"unsettled {row.unsettled}, fade {row.fade}", []).append((row.context, row.near))
    lines = {name: points for name, points in curves.items() if len(points) > 1}
    return _Panel("Error within 20 ms of joints, dB against the signal", "context, codes", lines)


def _growth(report: Report) -> _Panel:
    curves: dict[str, list[tuple[float, float]]] = {}
    for row in report.growth:
        curves.setdefault(row.contestant, []).append((row.length, row.best))
    return _Panel("A step, ms", "codes in the sentence", curves, doubling=True)


def _drawn(panel: _Panel, left: float) -> Iterator[str]:
    yield _text(left + 8, 20, panel.title, "bold")
    yield _text(left + _LEFT, _HEIGHT - 6, panel.across)
    points = [point for curve in panel.curves.values() for point in curve]
    yield from _ticks(panel, points, left)
    for number, (name, curve) in enumerate(panel.curves.items()):
        color = _COLORS[number % len(_COLORS)]
        places = [panel.place(point, left) for point in sorted(curve)]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        yield f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="1.5"/>'
        yield _text(left + _WIDTH - _LEGEND + 6, _TOP + 14 * number, name, color=color)


def _ticks(panel: _Panel, points: Sequence[tuple[float, float]], left: float) -> Iterator[str]:
    lowest, highest = min(y for _, y in points), max(y for _, y in points)
    for x in sorted({x for x, _ in points}):
        yield _text(panel.place((x, lowest), left)[0] - 6, _HEIGHT - _BOTTOM + 14, f"{x:g}")
    for step in range(5):
        y = lowest + step * (highest - lowest) / 4
        yield _text(left + 8, panel.place((points[0][0], y), left)[1] + 4, f"{y:.1f}")


def _text(x: float, y: float, text: str, weight: str = "normal", color: str = "black") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-weight="{weight}" fill="{color}">{escape(text)}</text>'
