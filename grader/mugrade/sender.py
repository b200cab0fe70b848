"""What `grade --submit mugrade` and `--publish mugrade` do: collect beside the workers, send at the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from grader.assignment import Assignment
from grader.errors import SettingsInvalid
from grader.mugrade.answers import Answers, collect, load_cases
from grader.mugrade.client import Account, Client
from grader.mugrade.command import publish, submit
from grader.scorecard import Scorecard
from grader.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console

    from grader.judge.grading import Grading


class Sender:
    """Collects the answers while the workers are there, and sends them when all is reported."""

    def __init__(
        self, assignment: Assignment, settings: Settings, environment: Mapping[str, str], *, publishes: bool
    ) -> None:
        """Raises SettingsInvalid where there is no account, or nothing to send."""
        if settings.checks:
            raise SettingsInvalid("--check grades a part of a question: leave it out to send whole answers")
        self._client = Client(Account.read(environment))
        self._cases = load_cases(assignment)
        self._questions = assignment.select(settings.only)
        self._publishes = publishes
        self._found: list[Answers] = []

    def collect(self, grading: Grading) -> None:
        """Take the answers from the workers."""
        self._found = collect(grading, self._cases, self._questions)

    def send(self, scorecard: Scorecard, console: Console) -> bool:
        """Send them, and say what the server says. Whether it found all right. Raises GraderError."""
        told = publish(self._client, self._found, scorecard) if self._publishes else submit(self._client, self._found)
        is_right = True
        for line in told:
            is_right &= line.is_right
            console.print(line.text, markup=False, soft_wrap=True)
        return is_right
