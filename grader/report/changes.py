"""What turned right and what turned wrong between two scorecards of one homework."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from grader.report.brief import reason
from grader.report.text import clean
from grader.report.text import worth as worth_of
from grader.scorecard import CheckResult, Scorecard, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A check that has another verdict, or still fails and for another reason."""

    question: str
    before: CheckResult | None  # None: it was not graded before
    after: CheckResult

    @property
    def is_right(self) -> bool:
        """Whether it is right now."""
        return self.after.verdict is Verdict.PASSED

    def __str__(self) -> str:
        check, worth = self.after, worth_of(self.after)
        if self.is_right:
            return f"+ {self.question} {check.name}: right now ({worth})"
        was_right = self.before is not None and self.before.verdict is Verdict.PASSED
        state = "wrong now" if was_right else "still wrong" if self.before else "wrong"
        return f"- {self.question} {check.name}: {state} ({worth}): {reason(check)}"


def changes(before: Scorecard, after: Scorecard) -> Iterator[Change]:
    """Those of the questions of the later scorecard, in its order."""
    old = {check.name: check for check in before.checks}
    for question in after.questions:
        for check in question.checks:
            known = old.get(check.name)
            if known is None or (known.verdict, clean(reason(known))) != (check.verdict, clean(reason(check))):
                yield Change(question=question.name, before=known, after=check)
