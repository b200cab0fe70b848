"""`grade --submit mugrade` and `--publish mugrade`, end to end."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from grader import cli
from grader.assignment import Assignment
from grader.mugrade import client
from grader.processes import workers as workers_module
from grader.processes.workers import Workers
from tests.meta.fakes.mugrade_server import Server
from tests.meta.units.mugrade.conftest import STAFF, STUDENT

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(server: Server, workers: Workers, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """`grade` in this process: run(key, *arguments) -> (status, all that was printed)."""

    @contextlib.contextmanager
    def opened(data: Iterable[str]) -> Iterator[Workers]:
        yield workers

    def call(key: str, *arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(workers_module, "open_workers", opened)
        monkeypatch.setattr(client, "PAUSES_S", ())
        monkeypatch.setattr(sys, "argv", ["grade", *map(str, arguments), "--effort", "quick"])
        account = {"MUGRADE_KEY": key, "MUGRADE_HW": "Homework 3", "MUGRADE_SERVER": server.address}
        monkeypatch.setattr(os, "environ", {**os.environ, **account})
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capfd.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, captured.out + captured.err

    return call


SPY = """
import os
print("SPY", sorted(os.environ), open("/proc/self/environ").read())
raise ValueError(str(dict(os.environ)))
"""


def test_right_answers_are_found_right_and_wrong_ones_wrong(
    run: Run, server: Server, reference_source: str, tmp_path: Path, assignment: Assignment
) -> None:
    some = [part for name in ("Linear", "SGD") for part in ("--only", name)]
    status, said = run(STAFF, assignment.reference, "--publish", "mugrade", *some)
    assert (status, "Linear: 3 expected values are on 127.0.0.1" in said) == (0, True), said
    path, scorecard = tmp_path / "student.py", tmp_path / "scorecard.json"
    wrong = reference_source.replace("p -= self.learning_rate * p.grad", "p += self.learning_rate * p.grad")
    path.write_text(wrong.replace("\nclass SGD", f"{SPY}\n\nclass SGD"))
    status, said = run(STUDENT, path, "--submit", "mugrade", "--verbose", "--json", scorecard, *some)
    assert status == 1
    assert "Linear: 127.0.0.1" in said
    assert "finds 3 of 3 answers right" in said
    assert "finds 1 of 5 answers right" in said
    assert server.rows("SELECT problem, sum(correct) FROM submissions JOIN results ON id = submission GROUP BY id") == [
        ("Linear", 3),
        ("SGD", 1),
    ]
    for text in (said, scorecard.read_text()):
        assert "student-key" not in text
        assert "MUGRADE" not in text


def test_what_loses_points_is_not_published(run: Run, server: Server, tmp_path: Path) -> None:
    (tmp_path / "student.py").write_text("class Linear:\n    def forward(self, X):\n        pass\n")
    status, said = run(STAFF, tmp_path / "student.py", "--publish", "mugrade", "--only", "Linear")
    assert (status, server.calls) == (2, [])
    assert "grade: nothing is published: student.py loses points on Linear" in said
    status, said = run(STUDENT, tmp_path / "student.py", "--submit", "mugrade", "--only", "Linear")
    assert (status, server.calls) == (1, [])
    assert "Linear: nothing is sent, since Linear is not written yet" in said


def test_wrong_key_is_one_line_without_it(run: Run, assignment: Assignment) -> None:
    status, said = run("student-key/unknown", assignment.reference, "--submit", "mugrade", "--only", "Linear")
    assert status == 2
    assert said.splitlines()[-1].endswith("answered 403: no user has the key ***; check MUGRADE_KEY")
    assert "student-key" not in said


def test_nothing_is_graded_for_a_call_that_can_not_be_sent(run: Run, server: Server, assignment: Assignment) -> None:
    status, said = run("", assignment.reference, "--submit", "mugrade")
    assert (status, said.count("\n"), "MUGRADE_KEY is not set" in said) == (2, 1, True)
    status, said = run(STAFF, assignment.reference, "--submit", "mugrade", "--publish", "mugrade")
    assert (status, "exclude each other" in said) == (2, True)
