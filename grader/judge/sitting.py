"""How the checks of one grading use an exam: what is known is asked, what is not is kept."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

from grader.judge.attempt import OWN, Attempt
from grader.judge.exam import Exam, KnownSuite, Paper
from grader.judge.grading import Conversation
from grader.judge.run import CheckCase
from grader.judge.silent import SilentSession
from grader.scorecard import CheckResult, Verdict
from grader.suite.handles import attachments_of


@dataclass(frozen=True, slots=True)
class First:
    """What became of the papers that were asked first (grader.judge.papers_first), and a runner for these checks."""

    results: dict[str, CheckResult] = field(default_factory=dict)  # of what is settled, by the check's name
    failed: set[Hashable] = field(default_factory=set)  # others that were asked

    def run_check(self, case: CheckCase, attempt: Attempt) -> CheckResult:
        """See grader.judge.run.CheckRunner."""
        return self.results[case.name]

    def have_passed(self, cases: Iterable[CheckCase]) -> bool:
        """Whether nothing is left to be done for these."""
        found = (self.results.get(case.name) for case in cases)
        return all(result is not None and result.verdict is Verdict.PASSED for result in found)


class Sitting:
    """One grading's use of an exam; where there is none, every check is drawn."""

    def __init__(self, exam: Exam | None, first: First | None = None) -> None:
        self._exam = exam
        self._first = first or First()
        self._kept: Conversation | None = None  # the present silent run, where others are to be asked the same

    def asks(self, check: Hashable, talk: Conversation | None) -> bool:
        """Whether it was known what the check asks: then it has been asked. Else the silent run to come is kept.

        Raises Untold where something is not as expected.
        """
        self._kept = None
        if self._exam is None or talk is None or not isinstance(talk.session, SilentSession):
            return False
        if paper := self._exam.paper(check):
            try:
                talk.session.ask(paper)
                attachments_of(talk.submission).take(paper.attachments)
                talk.leave()
            finally:
                paper.clear()
            return True
        if self._exam.is_wanted(check):
            self._kept = talk
            talk.session.keep()
        return False

    def first_result(self, case: CheckCase, attempt: Attempt) -> CheckResult | None:
        """What is known of a check before pytest is started."""
        return self._first.results.get(case.name) if attempt == OWN else None

    def has_failed_first(self, check: Hashable, attempt: Attempt) -> bool:
        """Whether its paper was asked before pytest was started, in vain."""
        return attempt == OWN and check in self._first.failed

    def collected(self, chosen: Hashable, suite: KnownSuite) -> None:
        """What the suite has of the checks that such settings choose: the next one's need not be collected."""
        if self._exam is not None:
            self._exam.suites[chosen] = suite

    def has_passed(self, check: Hashable, *, is_hidden: bool = False) -> None:
        """The present silent run of the check has passed: others may be asked the same."""
        kept, self._kept = self._kept, None
        if self._exam is not None and kept is not None and isinstance(kept.session, SilentSession):
            self._exam.put(check, Paper.of(kept.session.end(), attachments_of(kept.submission)), is_hidden=is_hidden)
