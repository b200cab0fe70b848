"""Bars of progress: they iterate and count as tqdm's, and show nothing."""

from __future__ import annotations

import pytest

from grader.worker.progress import NAMES, Progress, count


def test_bar_runs_over_what_it_was_given_and_counts() -> None:
    bar = Progress([(1, 2), (3, 4)], desc="epoch 1", unit="batch", leave=False)
    seen = []
    for i, (x, y) in enumerate(bar):
        bar.set_description(f"batch {i}")
        bar.set_postfix(loss=0.5, error="1 %")
        bar.set_postfix({"loss": 0.5})
        seen.append(x + y)
    assert seen == [3, 7]
    assert (len(bar), bar.total, bar.n) == (2, 2, 2)
    assert list(Progress(iterable=iter("ab"))) == ["a", "b"]
    assert list(reversed(Progress([1, 2]))) == [2, 1]
    assert 2 in Progress([1, 2])


def test_bar_that_is_moved_by_hand_counts() -> None:
    with Progress(total=10, desc="training") as bar:
        bar.update(4)
        bar.update()
        assert (bar.n, len(bar)) == (5, 10)
    bar.reset(total=3)
    assert (bar.n, bar.total) == (0, 3)
    bar.refresh()
    bar.close()


def test_bar_over_a_generator_has_no_length_and_one_over_nothing_can_not_be_gone_through() -> None:
    bar = Progress(x for x in "ab")
    assert bar.total is None
    with pytest.raises(TypeError):
        len(bar)
    with pytest.raises(TypeError):
        iter(Progress(total=3)).__next__()


def test_range_with_a_bar() -> None:
    assert list(count(3)) == [0, 1, 2]
    assert len(count(2, 10, 2, desc="epochs")) == 4


def test_text_beside_a_bar_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    Progress.write("epoch 1 is done")
    assert capsys.readouterr().out == "epoch 1 is done\n"


def test_bars_by_their_other_names() -> None:
    assert list(NAMES["tenumerate"]("ab", 1)) == [(1, "a"), (2, "b")]
    assert list(NAMES["tzip"]([1, 2], [3, 4])) == [(1, 3), (2, 4)]
    assert list(NAMES["tmap"](abs, [-1])) == [1]
    assert NAMES["tqdm_notebook"] is NAMES["tqdm"] is Progress
