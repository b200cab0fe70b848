"""What the terminal shows of names that students have chosen."""

import pytest

from grader.gradebook.saying import say


def test_names_stay_in_their_line_and_tell_no_terminal_and_no_ci_anything(capsys: pytest.CaptureFixture[str]) -> None:
    say("\x1b[31mada\n::error::lost\u2028: noted")
    say("not matched", err=True)
    shown = capsys.readouterr()
    assert shown.out == "\N{REPLACEMENT CHARACTER}[31mada : :error::lost\N{REPLACEMENT CHARACTER}: noted\n"
    assert shown.err == "not matched\n"
