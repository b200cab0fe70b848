"""Figures and measurements: what no report could draw is refused where it is made."""

import math
from collections.abc import Callable

import pytest

from grader import figures
from grader.figures import ConfusionMatrix, Coverage, Curves, Figure, Histogram, Images, Measurement, Series


def histogram(bins: int, expected: int, low: float = 0.0, high: float = 1.0) -> Histogram:
    return Histogram(title="t", low=low, high=high, counts=(1,) * bins, expected=(1.0,) * expected)


def matrix(rows: int, columns: int) -> ConfusionMatrix:
    return ConfusionMatrix(title="t", counts=((1,) * columns,) * rows)


def images(width: int, height: int, size: int, count: int = 1, told: int = 1) -> Images:
    labels = ("7",) * told
    return Images(
        title="t", width=width, height=height, pixels=(bytes(size),) * count, actual=labels, expected=labels[:count]
    )


def series(*values: float) -> Series:
    return Series(name="s", points=tuple(enumerate(values)))


def curves(count: int) -> Curves:
    return Curves(title="t", note="n", series=(series(1.0),) * count)


AT_ITS_BOUND: dict[str, Callable[[], Figure | Series]] = {
    "one bin": lambda: histogram(1, 1),
    "most bins": lambda: histogram(figures.MAX_BINS, figures.MAX_BINS),
    "most classes": lambda: matrix(figures.MAX_CLASSES, figures.MAX_CLASSES),
    "largest image": lambda: images(64, 64, 64 * 64),
    "most images": lambda: images(2, 3, 6, figures.MAX_IMAGES, figures.MAX_IMAGES),
    "most rows": lambda: Coverage(title="t", times=(1,) * figures.MAX_ROWS),
    "one value": lambda: series(-1.0),
    "most values": lambda: series(*[0.5] * figures.MAX_POINTS),
    "no curves": lambda: curves(0),
    "most curves": lambda: curves(figures.MAX_SERIES),
}
BEYOND: dict[str, Callable[[], Figure | Series]] = {
    "no bin": lambda: histogram(0, 0),
    "a bin too many": lambda: histogram(figures.MAX_BINS + 1, figures.MAX_BINS + 1),
    "a bin without an expected count": lambda: histogram(2, 1),
    "bins of no width": lambda: histogram(2, 2, low=1.0),
    "bins from nowhere": lambda: histogram(2, 2, low=math.nan),
    "a class too many": lambda: matrix(figures.MAX_CLASSES + 1, figures.MAX_CLASSES + 1),
    "not square": lambda: matrix(2, 3),
    "an image too large": lambda: images(64, 65, 64 * 65),
    "an image of no size": lambda: images(0, 3, 0),
    "an image cut short": lambda: images(2, 3, 5),
    "an image too many": lambda: images(2, 3, 6, figures.MAX_IMAGES + 1, figures.MAX_IMAGES + 1),
    "an image without a label": lambda: images(2, 3, 6, 2, 1),
    "a row too many": lambda: Coverage(title="t", times=(1,) * (figures.MAX_ROWS + 1)),
    "no value": lambda: series(),
    "a value too many": lambda: series(*[0.5] * (figures.MAX_POINTS + 1)),
    "a value that is not a number": lambda: series(1.0, math.nan),
    "a value without end": lambda: series(1.0, math.inf),
    "a curve too many": lambda: curves(figures.MAX_SERIES + 1),
}


@pytest.mark.parametrize("make", AT_ITS_BOUND.values(), ids=AT_ITS_BOUND)
def test_figure_may_be_as_large_as_its_bound(make: Callable[[], Figure | Series]) -> None:
    make()


@pytest.mark.parametrize("make", BEYOND.values(), ids=BEYOND)
def test_figure_that_no_report_could_draw_is_refused(make: Callable[[], Figure | Series]) -> None:
    with pytest.raises(ValueError, match=r"at most|1 to"):
        make()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_measurement_that_is_no_number_is_refused_by_its_name(value: float) -> None:
    with pytest.raises(ValueError, match=r"error of the model is (nan|-?inf), which no report can show"):
        Measurement(name="error of the model", value=value)
