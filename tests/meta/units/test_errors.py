"""Exceptions of the grader: one tree, told in one line, with an exit status that says whose fault it is."""

import inspect

import pytest

from grader import cli, errors
from grader.errors import GraderError, WorkerStartFailed

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)]


@pytest.mark.parametrize("kind", KINDS)
def test_command_tells_each_in_one_line_and_blames_the_caller_for_all_but_a_worker_that_does_not_start(
    kind: type[Exception], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(arguments: list[str]) -> None:
        raise kind("no file at\nhw.py;  pass another\x1b[31m path")

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == (cli.BROKEN if kind is WorkerStartFailed else cli.UNREADABLE)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("grade: no file at hw.py; pass another")
    assert "\x1b" not in line


def test_one_except_catches_all_of_them_and_no_fault_in_the_program() -> None:
    assert len(KINDS) > 5
    assert all(issubclass(kind, GraderError) and kind.__doc__ for kind in KINDS)
    assert not issubclass(GraderError, OSError | ValueError | RuntimeError)
