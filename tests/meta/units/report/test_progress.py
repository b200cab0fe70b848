"""What a person sees while it grades."""

from __future__ import annotations

import io
from collections.abc import Callable

from rich.console import Console

from grader.report.progress import LiveProgress
from grader.scorecard import CheckResult, Verdict
from tests.meta.units.report.cards import Terminal


def result(name: str, verdict: Verdict) -> CheckResult:
    return CheckResult(name=name, title=name, verdict=verdict, max_score=2.0, message="f(1) is 2")


def lines(tell: Callable[[LiveProgress], None], *, quiet: bool = False) -> list[str]:
    console = Console(file=io.StringIO(), force_terminal=False, width=200)
    with LiveProgress(console, {"Linear": 2, "SGD": 1}, quiet=quiet) as shown:
        tell(shown)
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined, no-any-return]


def grade_both(shown: LiveProgress) -> None:
    shown.started("Linear", "a")
    shown.finished("Linear", result("a", Verdict.PASSED))
    shown.started("Linear", "b")
    shown.finished("Linear", result("b", Verdict.FAILED))
    shown.started("SGD", "c")
    shown.finished("SGD", result("c", Verdict.PASSED))
    shown.finished("Linear", result("b", Verdict.FAILED))
    shown.finished("Linear", result("b", Verdict.PASSED))


def test_score_is_shown_when_all_checks_of_a_question_are_done_and_again_where_it_changes() -> None:
    assert lines(grade_both) == ["Linear 2/4: f(1) is 2", "SGD 2/2, Linear 4/4"]


def test_reason_is_on_the_screen_as_soon_as_its_question_is_done() -> None:
    console = Console(file=io.StringIO(), force_terminal=False, width=80)
    with LiveProgress(console, {"SGD": 1, "Linear": 1, "epoch": 1}, quiet=False) as shown:
        shown.finished("SGD", result("c", Verdict.PASSED))
        assert console.file.getvalue() == "SGD 2/2"  # type: ignore[attr-defined]
        shown.finished("Linear", result("a", Verdict.FAILED))
        told = "SGD 2/2\nLinear 0/2: f(1) is 2\n"
        assert console.file.getvalue() == told  # type: ignore[attr-defined]
        shown.finished("epoch", result("b", Verdict.FAILED))
    assert console.file.getvalue() == f"{told}epoch 0/2\n"  # type: ignore[attr-defined]
    assert shown.lines == 3


def test_lines_are_no_longer_than_the_screen_is_wide() -> None:
    names = [f"question_{i}" for i in range(20)]
    console = Console(file=io.StringIO(), force_terminal=False, width=40)
    with LiveProgress(console, dict.fromkeys(names, 1), quiet=False) as shown:
        for name in names:
            shown.finished(name, result("a", Verdict.PASSED))
    told = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert len(told) == shown.lines == 10
    assert max(map(len, told)) <= 40


def test_terminal_shows_a_bar_and_lines_that_make_way_for_the_report() -> None:
    console = Console(file=Terminal(), force_terminal=True, width=80, height=30)
    with LiveProgress(console, {"Linear": 2, "SGD": 1}, quiet=False) as shown:
        grade_both(shown)
        console.print("something else")
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "SGD 2/2" in text
    assert "3/3 checks" in text
    assert text.endswith("\x1b[2K")  # the lines are erased
    assert shown.lines == 0


def test_colours_in_a_pipe_draw_no_bar() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    with LiveProgress(console, {"Linear": 2, "SGD": 1}, quiet=False) as shown:
        grade_both(shown)
    assert console.file.getvalue() == "Linear 2/4: f(1) is 2\nSGD 2/2, Linear 4/4\n"  # type: ignore[attr-defined]


def test_points_of_a_broken_check_are_not_counted() -> None:
    def tell(shown: LiveProgress) -> None:
        shown.finished("Linear", result("a", Verdict.PASSED))
        shown.finished("Linear", result("b", Verdict.BROKEN))

    assert lines(tell) == ["Linear 2/2 (provisional)"]


def test_nothing_is_shown_where_quiet_is_asked_for() -> None:
    assert lines(grade_both, quiet=True) == []
