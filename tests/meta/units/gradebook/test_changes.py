"""What instructors set and say."""

import contextlib
from pathlib import Path

from grader.gradebook import database
from grader.gradebook.changes import ChangeLog, InstructorChange


def test_all_changes_are_kept_in_their_order(tmp_path: Path) -> None:
    changes = [InstructorChange(student="a", question="q", points=p, text="t", who="w", at="now") for p in (2.0, None)]
    with contextlib.closing(database.create(tmp_path)) as connection:
        for change in changes:
            ChangeLog(connection).put(change)
        assert ChangeLog(connection).all() == tuple(changes)
