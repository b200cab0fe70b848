"""Whose the lines are that run time shows."""

from __future__ import annotations

from grader.judge.owners import Lines


def test_lines_seen_at_run_time_have_owners() -> None:
    lines = Lines(own={"Linear": [[5, 9]], "TwoLayerNN": [[20, 30], [40, 41]], "SGD": [[40, 41]]}, dynamic=[[3, 3]])
    assert lines.owners(7, ["Linear"], "TwoLayerNN") == ["Linear"]
    assert lines.owners(41, ["helper"], "Linear") == ["TwoLayerNN", "SGD"]
    assert lines.owners(15, ["SGD", "<module>"], "SGD") == []  # an experiment at top level
    assert lines.owners(3, ["SGD", "<module>"], "Linear") == ["SGD"]  # a class that is made by exec
    assert lines.owners(3, ["<module>"], "Linear") == []
    assert lines.owners(0, ["helper", "Linear", "TwoLayerNN"], "TwoLayerNN") == ["Linear"]  # all from strings
    assert lines.owners(0, ["helper"], "TwoLayerNN") == ["TwoLayerNN"]
