"""`gradebook check`: which part is looked at, what is written, and the exit status."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from grader.assignment import Assignment
from grader.doctor import examination
from grader.doctor.examination import Examination, Extent, Training
from grader.doctor.findings import Finding, Kind
from grader.errors import SettingsInvalid
from grader.gradebook import cli
from grader.settings import Effort
from tests.meta.tools.toys import two_toys

CLEAN = Examination(assignment="toys", title="Toys", suite="toys 01", looked_at={"checks": 2}, checks=(), findings=())
Asked = list[tuple[Assignment, Extent]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What the command would have examined; it is found clean."""
    found: Asked = []

    def examine(assignment: Assignment, extent: Extent, told: object) -> Examination:
        found.append((assignment, extent))
        return CLEAN

    monkeypatch.setattr(examination, "examine", examine)
    return found


def call(*arguments: object) -> tuple[int, str]:
    """Exit status and output."""
    called = CliRunner().invoke(cli.app, ["check", *map(str, arguments)])
    return called.exit_code, called.output


def test_all_is_looked_at_where_nothing_is_said(asked: Asked, tmp_path: Path) -> None:
    status, output = call(two_toys(tmp_path), "--jobs", 2)
    ((assignment, extent),) = asked
    assert (status, assignment.title) == (0, "Toy homework")
    assert extent == Extent(questions=("double", "triple"))
    assert "toys 01: clean" in output


def test_part_of_it(asked: Asked, tmp_path: Path) -> None:
    call(two_toys(tmp_path), "-q", "tri", "--seeds", 7, "--every", 3, "--slow", 2, "--jobs", 1)
    ((_, extent),) = asked
    assert extent == Extent(questions=("triple",), seeds=7, every=3, slow_s=2, processes=1)


def test_what_is_trained_and_which_cases(asked: Asked, tmp_path: Path) -> None:
    toys = two_toys(tmp_path)
    call(toys, "--train", "own", "--case", "linear-", "--case", "sgd")
    ((_, extent),) = asked
    assert (extent.train, extent.cases) == (Training.OWN, ("linear-", "sgd"))
    with pytest.raises(SettingsInvalid, match="--train 'some'; write none, own, all"):
        CliRunner().invoke(cli.app, ["check", str(toys), "--train", "some"], catch_exceptions=False)


def test_quick_is_less_of_all_and_what_is_said_counts(asked: Asked, tmp_path: Path) -> None:
    toys = two_toys(tmp_path)
    call(toys, "--quick", "--jobs", 2)
    call(toys, "--quick", "--seeds", 9, "--every", 0)
    quick, told = (extent for _, extent in asked)
    assert (quick.seeds, quick.every, quick.train, quick.effort) == (3, 10, Training.NONE, Effort.QUICK)
    assert (told.seeds, told.every, told.train) == (9, 0, Training.NONE)


def test_folder_that_one_is_in_is_examined(asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(two_toys(tmp_path))
    assert call()[0] == 0
    assert asked[0][0].name == "toys"


def test_finding_is_status_1_and_is_written(asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finding = Finding(kind=Kind.VACUOUS, subject="test_double", text="it passes where every part raises")
    monkeypatch.setattr(examination, "examine", lambda *given: replace(CLEAN, findings=(finding,)))
    status, output = call(two_toys(tmp_path), "--json", tmp_path / "a.json", "--html", tmp_path / "a.html")
    assert status == 1
    assert "an empty submission passes" in output
    assert json.loads((tmp_path / "a.json").read_text())["findings"][0]["subject"] == "test_double"
    assert "test_double" in (tmp_path / "a.html").read_text()
    status, output = call(tmp_path / "toys", "--json", "-")
    assert (status, json.loads(output)["clean"]) == (1, False)


def test_question_that_is_not_there_is_the_callers_error(asked: Asked, tmp_path: Path) -> None:
    called = CliRunner().invoke(cli.app, ["check", str(two_toys(tmp_path)), "-q", "quadruple"])
    assert "no question 'quadruple'" in str(called.exception)
    assert asked == []
