"""What drawing gives: as many, and in the shape, as matplotlib's own functions."""

# ruff: noqa: RUF059 - that they unpack is what is tested

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from grader.worker.harmless import Harmless

plt: Any = Harmless("pyplot")


def test_subplots_unpack_into_a_figure_and_axes() -> None:
    fig, ax = plt.subplots()
    assert isinstance(ax, Harmless)
    fig, (a, b) = plt.subplots(1, 2)
    fig, (a, b, c) = plt.subplots(3, sharex=True)
    fig, axes = plt.subplots(nrows=2, ncols=3)
    (a, b, c), (d, e, f) = axes
    assert axes.shape == (2, 3)
    assert axes[0, 1] is b
    assert axes[1][2] is f
    assert list(axes.flat) == list(axes.ravel()) == list(axes.flatten()) == [a, b, c, d, e, f]
    assert len(list(zip(axes.flat, range(10), strict=False))) == 6
    _, axes = plt.subplots(1, 2, squeeze=False)
    assert axes.shape == (1, 2)
    assert all(isinstance(each, Harmless) for each in axes.flat)
    _, axes = plt.subplot_mosaic("AB;CC")
    assert axes.keys() == {"A", "B", "C"}


def test_figure_gives_axes_alone() -> None:
    fig, _ = plt.subplots()
    for figure in (fig, plt.figure(figsize=(3, 3)), plt.gcf()):
        a, b = figure.subplots(1, 2)
        assert figure.subplots(2, 2).shape == (2, 2)
    left, right = plt.figure().subfigures(1, 2)
    assert left.subplots(2, 2).shape == (2, 2)
    assert isinstance(plt.figure().add_subplot(111), Harmless)


def test_plot_gives_a_line_for_each_curve() -> None:
    (line,) = plt.plot([1, 2, 3])
    (line,) = plt.plot([1, 2, 3], [1, 2, 3], "r--", label="loss")
    first, second = plt.plot([1, 2], [3, 4], "r", [1, 2], [5, 6], "b")
    first, second = plt.plot(np.zeros((5, 2)))
    first, second, third = Harmless("axes").semilogy(torch.arange(4), torch.zeros(4, 3))
    line.set_ydata([1, 2])


def test_histogram_gives_counts_edges_and_bars() -> None:
    counts, edges, bars = plt.hist([1, 2, 2, 3], bins=3)
    assert counts.tolist() == [1, 2, 1]
    assert (len(edges), len(bars)) == (4, 3)
    counts, edges, bars = plt.hist(torch.arange(5.0), 5)
    assert edges[counts.argmax()] == 0
    counts, _, _ = plt.hist([[1, 2], [3]], label=["a", "b"])
    assert len(counts) == 10
    _, _, _, image = plt.hist2d([1], [2])


def test_other_charts_give_as_many_as_they_have() -> None:
    assert len([bar.set_color("red") for bar in plt.bar(["a", "b"], [1, 2])]) == 2
    assert len(plt.barh(y=[0, 1, 2], width=[1, 2, 3])) == 3
    wedges, texts = plt.pie([1, 2])
    wedges, texts, numbers = plt.pie([1, 2], autopct="%d")
    markers, stems, base = plt.stem([1, 2])
    line, caps, bars = plt.errorbar([1], [2], yerr=[0.1])
    places, labels = plt.xticks()
    low, high = plt.gca().get_ylim()
    assert low < high
    handles, labels = plt.gca().get_legend_handles_labels()
    handles += plt.twinx().get_legend_handles_labels()[0]
