"""Figures and measurements: small frozen records that a check attaches to its result, for reports that draw.

They hold numbers of the judge's, never text of the student's, and are bounded: a scorecard stays small.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

MAX_BINS: Final = 200
MAX_CLASSES: Final = 20
MAX_IMAGES: Final = 32
MAX_PIXELS: Final = 64 * 64  # of one image
MAX_ROWS: Final = 500
MAX_SERIES: Final = 4
MAX_POINTS: Final = 200  # of one series


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Counts in bins of equal width from low to high, over the counts that are expected there."""

    title: str
    low: float
    high: float
    counts: tuple[int, ...]
    expected: tuple[float, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.counts) == len(self.expected) <= MAX_BINS or not self.low < self.high:
            raise ValueError(f"a histogram has 1 to {MAX_BINS} bins, as many expected counts, and low < high")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusionMatrix:
    """counts[i][j]: how many of class i were taken for class j."""

    title: str
    counts: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        if len(self.counts) > MAX_CLASSES or any(len(row) != len(self.counts) for row in self.counts):
            raise ValueError(f"a confusion matrix is square, with at most {MAX_CLASSES} classes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """Grey images, one byte a pixel and row by row (0 is the background), with what each was taken for and is."""

    title: str
    width: int
    height: int
    pixels: tuple[bytes, ...]
    actual: tuple[str, ...]
    expected: tuple[str, ...]

    def __post_init__(self) -> None:
        size = self.width * self.height
        if not len(self.pixels) == len(self.actual) == len(self.expected) <= MAX_IMAGES:
            raise ValueError(f"at most {MAX_IMAGES} images, each with what it was taken for and what it is")
        if not 0 < size <= MAX_PIXELS or any(len(image) != size for image in self.pixels):
            raise ValueError(f"an image has width * height bytes, at most {MAX_PIXELS}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many times each row of the data was delivered; each should be once."""

    title: str
    times: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.times) > MAX_ROWS:
            raise ValueError(f"coverage of at most {MAX_ROWS} rows")


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A number after each step: (step, value), in their order. Step 0 is before the first."""

    name: str
    points: tuple[tuple[int, float], ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.points) <= MAX_POINTS or not all(math.isfinite(value) for _, value in self.points):
            raise ValueError(f"a series has 1 to {MAX_POINTS} finite values")


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """How a number changed while a model was trained. Without series nothing is drawn, and the note says why."""

    title: str
    note: str  # where the numbers come from
    series: tuple[Series, ...]
    step: str = "step"  # what a step of the training is called
    quantity: str = ""  # what the numbers are
    is_share: bool = False  # whether they are shares of a whole, for people: percent

    def __post_init__(self) -> None:
        if len(self.series) > MAX_SERIES:
            raise ValueError(f"curves of at most {MAX_SERIES} series")


Figure = Histogram | ConfusionMatrix | Images | Coverage | Curves


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A number that the judge has measured: the error of a trained model. Smaller is better."""

    name: str
    value: float
    is_share: bool = False  # of a whole, for people: percent

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ValueError(f"{self.name} is {self.value}, which no report can show")
