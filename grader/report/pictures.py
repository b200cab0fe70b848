"""Figures as SVG: numbers and fixed words alone, so that nothing in them needs trust. Colours come from the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.figures import ConfusionMatrix, Coverage, Curves, Histogram, Series

WIDTH, HEIGHT = 480, 200
_LEFT, _BOTTOM = 8, 24
_TICKS = 52  # room for the numbers beside an axis


def histogram(figure: Histogram) -> str:
    """Bars of what came, a line of what is expected."""
    highest = max([*figure.counts, *figure.expected, 1])
    step = (WIDTH - 2 * _LEFT) / len(figure.counts)
    room = HEIGHT - _BOTTOM

    def y(value: float) -> float:
        return room - (room - 8) * value / highest

    bars = "".join(
        f'<rect class="bar" x="{_LEFT + i * step:.1f}" y="{y(count):.1f}" width="{max(step - 1, 0.5):.1f}"'
        f' height="{room - y(count):.1f}"/>'
        for i, count in enumerate(figure.counts)
    )
    points = " ".join(f"{_LEFT + (i + 0.5) * step:.1f},{y(value):.1f}" for i, value in enumerate(figure.expected))
    ticks = "".join(
        f'<text x="{x}" y="{HEIGHT - 8}" text-anchor="{anchor}">{value:.3g}</text>'
        for x, anchor, value in (
            (_LEFT, "start", figure.low),
            (WIDTH / 2, "middle", (figure.low + figure.high) / 2),
            (WIDTH - _LEFT, "end", figure.high),
        )
    )
    line = f'<polyline class="line" points="{points}"/>'
    axis = f'<line class="axis" x1="{_LEFT}" x2="{WIDTH - _LEFT}" y1="{room}" y2="{room}"/>'
    return _svg(
        WIDTH, HEIGHT, f"bars: {sum(figure.counts)} numbers that came; line: expected", bars + line + axis + ticks
    )


def curves(figure: Curves) -> str:
    """A line with marks for each series, from zero up: told apart by the marks, too, not by colour alone."""
    everything = [point for series in figure.series for point in series.points]
    first, last = min(step for step, _ in everything), max(step for step, _ in everything)
    lowest, highest = min(0.0, *(value for _, value in everything)), max(value for _, value in everything)
    room, width, height = HEIGHT - _BOTTOM, WIDTH - _TICKS - 2 * _LEFT, (highest - lowest) or 1.0

    def x(step: float) -> float:
        return _TICKS + _LEFT + width * ((step - first) / (last - first) if last > first else 0.5)

    def y(value: float) -> float:
        return room - (room - 8) * (value / height - lowest / height)

    lines = "".join(
        f'<polyline class="series-{i}" points="{" ".join(f"{x(e):.1f},{y(v):.1f}" for e, v in series.points)}"/>'
        + "".join(mark(i, x(step), y(value)) for step, value in series.points)
        for i, series in enumerate(figure.series)
    )
    levels = "".join(
        f'<line class="axis" x1="{_TICKS}" x2="{WIDTH - _LEFT}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>'
        f'<text x="{_TICKS - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.3g}</text>'
        for value in (lowest + height * (part / 4) for part in range(5))
    )
    shown = range(first, last + 1, max(-(-(last - first) // 10), 1))
    ticks = "".join(f'<text x="{x(e):.1f}" y="{HEIGHT - 8}" text-anchor="middle">{e}</text>' for e in shown)
    told = "; ".join(_course(series, figure.step) for series in figure.series)
    return _svg(WIDTH, HEIGHT, told, levels + ticks + lines)


def mark(series: int, x: float, y: float) -> str:
    """The mark of a series: a disc, a square, a ring or a frame."""
    kind = f'class="mark-{series}"'
    if series % 2:
        return f'<rect {kind} x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6"/>'
    return f'<circle {kind} cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>'


def _course(series: Series, step: str) -> str:
    (start, before), (end, after) = series.points[0], series.points[-1]
    return f"{series.name}: {before:.3g} at {step} {start}, {after:.3g} at {step} {end}"


def coverage(figure: Coverage) -> str:
    """One cell a row: delivered once, never, or several times. Said by a mark, too, not by colour alone."""
    size, columns = 22, 20
    rows = -(-len(figure.times) // columns)
    cells = "".join(
        f'<g><rect class="{_kind(times)}" x="{2 + i % columns * size}" y="{2 + i // columns * size}"'
        f' width="{size - 2}" height="{size - 2}"/>'
        f'<text class="on" x="{1 + (i % columns + 0.5) * size:.0f}" y="{6 + (i // columns + 0.5) * size:.0f}"'
        f' text-anchor="middle">{times}</text></g>'
        for i, times in enumerate(figure.times)
    )
    missed = [i for i, times in enumerate(figure.times) if times == 0]
    repeated = [i for i, times in enumerate(figure.times) if times > 1]
    told = f"{len(figure.times)} rows; never delivered: {_listed(missed)}; more than once: {_listed(repeated)}"
    return _svg(columns * size + 4, rows * size + 4, told, cells)


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
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{told}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{told}</title>{content}</svg>'
    )
