"""What tests of whole gradings share: the command in this process, and a toy homework for it."""

import contextlib
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from grader import cli
from grader.processes import workers as workers_module
from grader.processes.workers import Workers
from tests.meta.tools.command import Done, Run
from tests.meta.tools.toy import RIGHT, TOY_SUITE, TOY_TABLE, WRONG, suite_of


@pytest.fixture
def run(workers: Workers, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """`grade` in this process, with workers that are there already."""

    @contextlib.contextmanager
    def opened(data: Iterable[str]) -> Iterator[Workers]:
        yield workers

    def call(*arguments: object) -> Done:
        monkeypatch.setattr(workers_module, "open_workers", opened)
        monkeypatch.setattr(sys, "argv", ["grade", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capfd.readouterr()
        assert isinstance(ended.value.code, int)
        return Done(ended.value.code, captured.out, captured.err)

    return call


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """An assignment of its own, with a right and a wrong solution beside it."""
    folder = tmp_path / "toy"
    folder.mkdir()
    (folder / "assignment.toml").write_text(TOY_TABLE)
    suite_of(folder).write_text(TOY_SUITE)
    (tmp_path / "right.py").write_text(RIGHT)
    (tmp_path / "wrong.py").write_text(WRONG)
    return folder
