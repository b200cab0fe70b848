"""Makes figures of tensors, for checks to attach.

    submission.attach(figures.gaussian_histogram("the weights", torch.randn(100, 784)))
    submission.attach(figures.Measurement(name="error", value=0.08, is_share=True))

They are bounded, so that a scorecard stays small: a figure that is too large raises ValueError.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from grader.figures import MAX_SERIES, ConfusionMatrix, Coverage, Curves, Histogram, Images, Measurement, Series
from grader.suite.deferred import deferrable

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [  # what else a suite attaches is here, too
    "MAX_SERIES",
    "Curves",
    "Measurement",
    "Series",
    "confusion_matrix",
    "coverage",
    "gaussian_histogram",
    "wrong_images",
]


@deferrable
def gaussian_histogram(title: str, draws: Tensor, *, limit: float = 4.0, bins: int = 41) -> Histogram:
    """Draws over the N(0, 1) that they should come from. draws: any shape; what is beyond the limits is left out."""
    finite = draws.double().flatten()
    finite = finite[finite.isfinite()]
    edges = [-limit + 2 * limit * i / bins for i in range(bins + 1)]
    shares = [(math.erf(b / math.sqrt(2)) - math.erf(a / math.sqrt(2))) / 2 for a, b in pairwise(edges)]
    return Histogram(
        title=title,
        low=-limit,
        high=limit,
        counts=tuple(int(count) for count in finite.histc(bins, -limit, limit).tolist()),
        expected=tuple(share * draws.numel() for share in shares),
    )


@deferrable
def confusion_matrix(title: str, predicted: Tensor, labels: Tensor, *, classes: int) -> ConfusionMatrix:
    """predicted, labels: (n,) int64 in [0, classes)."""
    counts = (labels * classes + predicted).bincount(minlength=classes**2).reshape(classes, classes)
    return ConfusionMatrix(title=title, counts=tuple(tuple(row) for row in counts.tolist()))


@deferrable
def wrong_images(title: str, images: Tensor, predicted: Tensor, labels: Tensor, *, most: int = 24) -> Images:
    """The first images that are read wrongly.

    images: (n, height, width) in [0, 1], or uint8; predicted, labels: (n,).
    """
    wrong = (predicted != labels).nonzero().flatten()[:most]
    grey = images[wrong]
    if grey.is_floating_point():
        grey = (grey * 255).round().clamp(0, 255).byte()
    return Images(
        title=title,
        width=images.shape[2],
        height=images.shape[1],
        pixels=tuple(bytes(image.flatten().tolist()) for image in grey),
        actual=tuple(map(str, predicted[wrong].tolist())),
        expected=tuple(map(str, labels[wrong].tolist())),
    )


@deferrable
def coverage(title: str, rows: Tensor, batches: Sequence[Any]) -> Coverage:
    """How often each row was delivered. rows: (n, d); batches: tuples whose first item should be a tensor of rows.

    Of rows that are the same, the one that was delivered least so far is taken. What is no row does not count.
    """
    import torch

    times = [0] * len(rows)
    for batch in batches if isinstance(batches, list | tuple) else ():  # the worker may send anything
        given = batch[0] if isinstance(batch, list | tuple) and batch else None
        if not isinstance(given, torch.Tensor) or given.dim() != 2 or given.shape[1:] != rows.shape[1:]:
            continue
        for row in given[: 2 * len(rows)]:
            same = (rows == row).all(dim=1).nonzero().flatten().tolist()
            if same:
                times[min(same, key=lambda i: times[i])] += 1
    return Coverage(title=title, times=tuple(times))
