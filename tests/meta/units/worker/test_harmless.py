"""Objects that take whatever they are given: the program that shows, asks or computes with them goes on."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch

from grader.worker.harmless import Harmless


def test_whatever_is_asked_of_it_is_as_harmless() -> None:
    plt = Harmless("pyplot")
    figure, axes = plt.subplots(1, 2)
    axes[0].plot([1, 2])[0].set_label("x")
    axes[1] = 3
    with plt.style.context("dark") as style:
        assert style
    assert repr(figure) == "<figure, which does nothing here>"


def test_unpacking_gives_as_many_as_are_asked_for() -> None:
    anything = Harmless("anything")
    (one,) = anything.f()
    a, b, c = anything.g([1, 2], x=3)
    (d, e), f = anything
    first, *rest, last = anything
    assert {type(each) for each in (one, a, b, c, d, e, f, first, last)} == {Harmless}
    assert rest == []


def test_loop_runs_over_what_it_was_given() -> None:
    bar = Harmless("progress_bar")
    assert list(bar([(1, 2), (3, 4)], parent=None)) == [(1, 2), (3, 4)]
    assert [x + y for x, y in bar([(1, 2), (3, 4)])] == [3, 7]
    assert len(bar([1, 2])) == 2
    assert (list(bar(3)), len(bar(3))) == ([], 0)


def test_decorator_gives_the_function_back() -> None:
    assert Harmless("interact")(len_of) is len_of
    assert Harmless("interact")(int) is int
    assert Harmless("interact")(len_of, 1) is not len_of
    assert Harmless("interact")(x=1)(len_of) is len_of


def len_of(x: list[int]) -> int:
    return len(x)


def test_widget_has_the_value_that_it_begins_with() -> None:
    ui = Harmless("ui")
    assert (ui.slider(3, 9).value, ui.text(value="a").value, ui.button("go").value) == (3, "a", True)
    get, _ = Harmless("state")(5)
    assert get() == 5


def test_special_methods_are_not_made_up() -> None:
    with pytest.raises(AttributeError, match="__array__"):
        getattr(Harmless("x"), "__array__")  # noqa: B009 - it is asked for


def test_computing_with_it_and_writing_it_go_on() -> None:
    it: Any = Harmless("height")
    left, right = it.get_xlim()
    assert (left + right) / 2 == 0.5
    computed = (it + 1, 1 + it, it * 2.5, -it, it / it, 2**it, torch.ones(2) * it, it | None, None | it, round(it, 2))
    for result in computed:
        assert isinstance(result, Harmless)
    assert f"{it:.2f} {it}" == f"{it!r} {it!r}"
    assert (float(it), int(it), it < 1, it >= 1) == (0.0, 0, False, False)
    assert np.array(it).size == 0


def test_checks_of_types_by_it_pass() -> None:
    assert isinstance(3, Harmless("Float")["n"])


def test_copy_of_it_is_one() -> None:
    assert repr(copy.deepcopy(Harmless("figure"))) == repr(Harmless("figure"))
