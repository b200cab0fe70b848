"""How the checks of one grading use an exam: what is known is asked, what is not is kept."""

from __future__ import annotations

from collections.abc import Hashable

from grader.judge.exam import Exam, Paper
from grader.judge.grading import Conversation
from grader.judge.silent import SilentSession
from grader.suite.handles import attachments_of


class Sitting:
    """One grading's use of an exam; where there is none, every check is drawn."""

    def __init__(self, exam: Exam | None) -> None:
        self._exam = exam
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

    def has_passed(self, check: Hashable, *, is_hidden: bool = False) -> None:
        """The present silent run of the check has passed: others may be asked the same."""
        kept, self._kept = self._kept, None
        if self._exam is not None and kept is not None and isinstance(kept.session, SilentSession):
            self._exam.put(check, Paper.of(kept.session.end(), attachments_of(kept.submission)), is_hidden=is_hidden)
