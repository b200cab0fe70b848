"""Which checks a grading has run."""

import pytest

from grader.judge.attempt import Attempt
from grader.judge.pytest_run import SuiteRun
from grader.judge.run import CheckCase
from grader.scorecard import CheckResult


def checks_asked(monkeypatch: pytest.MonkeyPatch) -> list[CheckCase]:
    """A list of the checks that are run from now on, each time that they are."""
    asked: list[CheckCase] = []
    run_check = SuiteRun.run_check

    def noted(run: SuiteRun, case: CheckCase, attempt: Attempt) -> CheckResult:
        asked.append(case)
        return run_check(run, case, attempt)

    monkeypatch.setattr(SuiteRun, "run_check", noted)
    return asked
