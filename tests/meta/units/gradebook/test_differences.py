"""What a regrade changes."""

from grader.gradebook.differences import differences, told
from tests.meta.tools.books import standing_of


def test_who_goes_up_and_down_and_by_which_check() -> None:
    before = [standing_of("ada", 4.0), standing_of("bob", 1.0), standing_of("cy", 2.0), standing_of("di", None)]
    after = [standing_of("ada", 3.0), standing_of("bob", 4.0), standing_of("cy", 2.0), standing_of("di", 1.0)]
    found = differences(before, after)
    assert [(each.after.student, each.is_up, each.is_down) for each in found] == [
        ("ada", False, True), ("di", True, False), ("bob", True, False)
    ]  # fmt: skip
    lines = [*told(found)]
    assert lines[:2] == ["ada: 4 -> 3", "  test_double passed 4 -> passed 3"]
    assert lines[2:4] == ["di: 0 (crashed) -> 1", "  test_double not there -> passed 1"]
    assert lines[-1] == "2 up, 1 down, 0 with other verdicts and the same score"


def test_nothing_changes_where_nothing_does() -> None:
    same = [standing_of("ada", 4.0)]
    assert differences(same, same) == ()
