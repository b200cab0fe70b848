"""Figures as SVG: numbers and escaped words alone, so that nothing in them needs trust. Colours come from the page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from markupsafe import escape

from grader.figures import ConfusionMatrix, Coverage, Curves, Histogram, Series

WIDTH, HEIGHT = 420, 230
LEFT, RIGHT, TOP, BOTTOM = 64, 14, 12, 44  # margins: numbers and titles of the axes
CELL, GUTTER = 26, 44  # of the strip of rows: a cell, and room for the number of a line's first row
MANY_ROWS: Final = 100
MAX_TICKS: Final = 6


def round_ticks(low: float, high: float, most: int = MAX_TICKS) -> Sequence[float]:
    """Round numbers (1, 2 or 5 times a power of ten) at equal distances, from at most low to at least high."""
    rough = (high - low) / (most - 1)
    if not math.isfinite(rough) or rough < 1e-300:
        return [low, high] if high > low else [low, low + 1]
    power = 10.0 ** math.floor(math.log10(rough))
    for factor in (1, 2, 5, 10, 20):
        step = factor * power
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first < most:
            break
    ticks = [step * i for i in range(first, last + 1)]
    return ticks if all(map(math.isfinite, ticks)) else [low, high]


def percent(share: float) -> str:
    """7.89 %."""
    return f"{100 * share:.4g} %"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """The rectangle between two axes, each from the first to the last of its numbers."""

    across: Sequence[float]
    up: Sequence[float]

    def x(self, value: float) -> float:
        """Where it is, from the left."""
        return LEFT + (WIDTH - LEFT - RIGHT) * _part(value, self.across)

    def y(self, value: float) -> float:
        """Where it is, from the top."""
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * _part(value, self.up)

    def axes(self, across: str, up: str, *, is_share: bool = False) -> str:
        """Lines at the numbers, and the titles. is_share: what goes up is shown in percent."""
        shown = [100 * tick for tick in self.up] if is_share else self.up
        levels = "".join(
            f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{self.y(tick):.1f}" y2="{self.y(tick):.1f}"/>'
            f'<text x="{LEFT - 6}" y="{self.y(tick) + 4:.1f}" text-anchor="end">{word}{" %" if is_share else ""}</text>'
            for tick, word in zip(self.up, _written(shown), strict=True)
        )
        below = "".join(
            f'<text x="{self.x(tick):.1f}" y="{HEIGHT - BOTTOM + 17}" text-anchor="middle">{word}</text>'
            for tick, word in zip(self.across, _written(self.across), strict=True)
        )
        middle, center = (TOP + HEIGHT - BOTTOM) / 2, (LEFT + WIDTH - RIGHT) / 2
        return (
            f'{levels}{below}<text class="name" x="{center:g}" y="{HEIGHT - 8}" text-anchor="middle">'
            f'{escape(across)}</text><text class="name" x="14" y="{middle:g}" text-anchor="middle"'
            f' transform="rotate(-90 14 {middle:g})">{escape(up)}</text>'
        )


def _part(value: float, ticks: Sequence[float]) -> float:
    """0 for the first of them, 1 for the last; of halves, so that the largest numbers don't overflow."""
    low, high = ticks[0] / 2, ticks[-1] / 2
    return min(max((value / 2 - low) / (high - low), 0.0), 1.0)


def _written(ticks: Sequence[float]) -> Sequence[str]:
    """With as many decimals as tell them apart."""
    step = ticks[1] - ticks[0]
    if not 1e-4 <= step < 1e5 or max(map(abs, ticks)) >= 1e5:
        return [f"{tick:.3g}" for tick in ticks]
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return [f"{tick + 0.0:.{decimals}f}" for tick in ticks]


def histogram(figure: Histogram) -> str:
    """Bars of what came, a line of what is expected."""
    bins, highest = len(figure.counts), max([*figure.counts, *figure.expected, 1])
    plane = Plane(across=round_ticks(figure.low, figure.high), up=round_ticks(0, highest))
    width = (figure.high - figure.low) / bins
    edges = [plane.x(figure.low + i * width) for i in range(bins + 1)]
    bars = "".join(
        f'<rect class="bar" x="{left:.1f}" y="{plane.y(count):.1f}" width="{max(right - left - 1, 0.5):.1f}"'
        f' height="{plane.y(0) - plane.y(count):.1f}"/>'
        for (left, right), count in zip(pairwise(edges), figure.counts, strict=True)
    )
    points = " ".join(
        f"{(left + right) / 2:.1f},{plane.y(value):.1f}"
        for (left, right), value in zip(pairwise(edges), figure.expected, strict=True)
    )
    told = f"bars: {sum(figure.counts)} numbers that came; line: expected"
    return _svg(
        WIDTH, HEIGHT, told, f'{plane.axes("value", "how many")}{bars}<polyline class="line" points="{points}"/>'
    )


def curves(figure: Curves) -> str:
    """A line with marks for each series, from zero up: told apart by the marks, too, not by colour alone."""
    everything = [point for series in figure.series for point in series.points]
    steps, values = [step for step, _ in everything], [value for _, value in everything]
    whole = [tick for tick in round_ticks(min(steps), max(steps), 11) if tick == int(tick)]  # there is no half epoch
    across = whole if len(whole) > 1 else [min(steps), max(max(steps), min(steps) + 1)]
    plane = Plane(across=across, up=round_ticks(min(0.0, *values), max(0.0, *values)))
    lines = "".join(
        f'<polyline class="series-{i}" points="{" ".join(f"{plane.x(e):.1f},{plane.y(v):.1f}" for e, v in s.points)}"/>'
        + "".join(mark(i, plane.x(step), plane.y(value)) for step, value in s.points)
        for i, s in enumerate(figure.series)
    )
    told = "; ".join(_course(series, figure) for series in figure.series)
    axes = plane.axes(figure.step, figure.quantity, is_share=figure.is_share)
    return _svg(WIDTH, HEIGHT, told, axes + lines)


def mark(series: int, x: float, y: float) -> str:
    """The mark of a series: a disc, a square, a ring or a frame."""
    kind = f'class="mark-{series}"'
    if series % 2:
        return f'<rect {kind} x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6"/>'
    return f'<circle {kind} cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>'


def _course(series: Series, figure: Curves) -> str:
    def word(value: float) -> str:
        return percent(value) if figure.is_share else f"{value:.3g}"

    (start, before), (end, after) = series.points[0], series.points[-1]
    return f"{series.name}: {word(before)} at {figure.step} {start}, {word(after)} at {figure.step} {end}"


def coverage(figure: Coverage) -> str:
    """One cell a row: delivered once, never, or several times. Said by a number, too, not by colour alone."""
    columns = 10 if len(figure.times) <= MANY_ROWS else 20
    lines = -(-len(figure.times) // columns)
    cells = "".join(
        f'<g><rect class="{_kind(times)}" x="{GUTTER + i % columns * CELL}" y="{2 + i // columns * CELL}"'
        f' width="{CELL - 2}" height="{CELL - 2}"/>'
        f'<text class="on" x="{GUTTER - 1 + (i % columns + 0.5) * CELL:.0f}"'
        f' y="{6 + (i // columns + 0.5) * CELL:.0f}" text-anchor="middle">{times}</text></g>'
        for i, times in enumerate(figure.times)
    )
    numbers = "".join(
        f'<text class="name" x="{GUTTER - 6}" y="{6 + (i + 0.5) * CELL:.0f}" text-anchor="end">{i * columns}</text>'
        for i in range(lines)
    )
    missed = [i for i, times in enumerate(figure.times) if times == 0]
    repeated = [i for i, times in enumerate(figure.times) if times > 1]
    told = f"{len(figure.times)} rows; never delivered: {_listed(missed)}; more than once: {_listed(repeated)}"
    return _svg(GUTTER + columns * CELL + 2, lines * CELL + 4, told, cells + numbers)


def _kind(times: int) -> str:
    return "once" if times == 1 else "never" if times == 0 else "often"


def _listed(rows: Sequence[int]) -> str:
    return ", ".join(map(str, rows[:10])) + (", ..." if len(rows) > 10 else "") if rows else "none"


def most_confused(figure: ConfusionMatrix) -> Iterator[str]:
    """The three most frequent confusions, in words."""
    pairs = [(n, i, j) for i, row in enumerate(figure.counts) for j, n in enumerate(row) if i != j and n]
    for n, i, j in sorted(pairs, key=lambda pair: (-pair[0], pair[1:]))[:3]:
        yield f"{i} read as {j}: {n} times"


def shade(count: int, row: Sequence[int], *, is_right: bool) -> str:
    """The strength of a cell of the confusion matrix, from 0 to 1, by its share of the row's mistakes or hits."""
    most = max(sum(row), 1) if is_right else max(sum(row) // 20, 1)
    return f"{min(count / most, 1.0):.2f}"


def _svg(width: float, height: float, told: str, content: str) -> str:
    words = escape(told)
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" role="img"'
        f' aria-label="{words}" xmlns="http://www.w3.org/2000/svg"><title>{words}</title>{content}</svg>'
    )
