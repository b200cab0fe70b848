"""`gradebook`: what its options may be, and each error of the caller in one line."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from grader.assignment import Assignment
from grader.gradebook import cli, gradescope
from grader.sandbox.tiers import Tier
from tests.meta.tools.toy import TOY_TABLE

Written = list[tuple[Assignment, gradescope.AutograderOptions, Path]]


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    (tmp_path / "assignment.toml").write_text(TOY_TABLE)
    return tmp_path


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Written:
    """What the command would have written."""
    found: Written = []
    monkeypatch.setattr(gradescope, "write", lambda *arguments: found.append(arguments))
    return found


def call(*arguments: object) -> tuple[int, str]:
    """Exit status and output."""
    called = CliRunner().invoke(cli.app, ["gradescope", *map(str, arguments)])
    return called.exit_code, called.output


def test_grading_ends_a_minute_before_gradescope_does(toy: Path, written: Written) -> None:
    assert call("--assignment", toy, "--minutes", 3.5)[0] == 0
    ((assignment, options, output),) = written
    assert (assignment.title, options.limit_s, output) == ("Toy homework", 150, Path("autograder.zip"))


@pytest.mark.parametrize("tier", Tier)
def test_every_tier_may_be_required(tier: Tier, toy: Path, written: Written) -> None:
    assert call("--assignment", toy, "--require-isolation", tier)[0] == 0
    assert [options.settings.require_isolation for _, options, _ in written] == [tier]


def test_file_seed_and_effort_are_those_of_the_call(toy: Path, written: Written) -> None:
    chosen = ("--entry", "my hw.py", "--seed", 7, "--effort", "thorough", "--require-isolation", "jail")
    assert call("--assignment", toy, *chosen)[0] == 0
    assert call("--assignment", toy)[0] == 0
    assert [options.arguments for _, options, _ in written] == [
        ["--require-isolation=jail", "--seed=7", "--effort=thorough", "--entry=my hw.py"],
        ["--require-isolation=process", "--seed=0", "--effort=standard"],
    ]


@pytest.mark.parametrize(
    ("option", "wrong"),
    [
        ("--minutes", "2.9"),
        ("--minutes", "ten"),
        ("--require-isolation", "wall"),
        ("--effort", "immense"),
        ("--seed", "x"),
    ],
)
def test_option_that_makes_no_sense_is_refused_by_name(option: str, wrong: str, toy: Path, written: Written) -> None:
    status, output = call("--assignment", toy, option, wrong)
    assert (status, written) == (2, [])
    assert option in output


def test_place_that_cannot_be_written_is_told_in_one_line(
    toy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refused(["-o", str(toy / "no" / "a.zip"), "--assignment", str(toy)], monkeypatch)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("gradebook: ")
    assert "No such file or directory" in line


def test_assignment_that_is_not_installed_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refused(["--assignment", "hw99"], monkeypatch)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("gradebook: no assignment 'hw99'; pass one of ")


def refused(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The command ends with the status for errors of the caller."""
    monkeypatch.setattr("sys.argv", ["gradebook", "gradescope", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == cli.UNREADABLE
