"""What a person sees while it grades."""

from __future__ import annotations

import io
from collections.abc import Callable

from rich.console import Console

from grader.report.progress import LiveProgress
from grader.scorecard import CheckResult, Verdict


def result(name: str, verdict: Verdict) -> CheckResult:
    return CheckResult(name=name, title=name, verdict=verdict, max_score=2.0)


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
    expected = ["grading Linear", "Linear: 2 / 4", "grading SGD", "SGD: 2 / 2", "Linear: 4 / 4"]
    assert lines(grade_both) == expected


def test_points_of_a_broken_check_are_not_counted() -> None:
    def tell(shown: LiveProgress) -> None:
        shown.finished("Linear", result("a", Verdict.PASSED))
        shown.finished("Linear", result("b", Verdict.BROKEN))

    assert lines(tell) == ["Linear: 2 / 2 (provisional)"]


def test_nothing_is_shown_where_quiet_is_asked_for() -> None:
    assert lines(grade_both, quiet=True) == []
