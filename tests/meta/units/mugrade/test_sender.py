"""What --submit and --publish need is looked for before anything is graded; the rest is in test_command.py."""

from __future__ import annotations

import pytest

from grader.assignment import Assignment
from grader.errors import SettingsInvalid
from grader.mugrade.sender import Sender
from grader.settings import Settings


def test_no_account_is_told_at_once(assignment: Assignment) -> None:
    with pytest.raises(SettingsInvalid, match="MUGRADE_KEY"):
        Sender(assignment, Settings(), {}, publishes=False)


def test_part_of_a_question_is_not_sent(assignment: Assignment) -> None:
    with pytest.raises(SettingsInvalid, match="--check grades a part"):
        Sender(assignment, Settings(only=("Linear",), checks=("test_forward",)), {}, publishes=True)
