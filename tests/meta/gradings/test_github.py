"""`grade` in a workflow of GitHub: annotations, summary and outputs, and no command of the submission's."""

from pathlib import Path

import pytest

from tests.meta.tools.command import Run

HOSTILE = r"""
import sys
raise RuntimeError("::error::at top level\n::notice::x")
def double(x):
    print("::error::printed\n::stop-commands::mine\r::mine::\x0b::warning::x")
    sys.stderr.write("::set-output name=score::100\n##[error]x\n")
    raise ValueError("::error::raised\n::set-output name=score::100\r::warning::x\n::mine::\n`</details><b>@all")
"""


def commands_of(text: str) -> list[str]:
    """What the runner takes for commands: none between `stop-commands` and its token."""
    found, token = [], ""
    for line in map(str.lstrip, text.splitlines()):
        if token:
            token = "" if line == f"::{token}::" else token
        elif line.startswith("::stop-commands::"):
            token = line.removeprefix("::stop-commands::")
        elif line.startswith("::") or "##[" in line:
            found.append(line)
    assert not token
    return found


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that a step of GitHub Actions may add to, and the environment that names them."""
    folder = tmp_path / "runner"
    folder.mkdir()
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    for variable in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
        (folder / variable).write_text("earlier=1\n")
        monkeypatch.setenv(variable, str(folder / variable))
    return folder


def test_github_gets_annotations_summary_and_outputs(run: Run, toy: Path, runner: Path) -> None:
    done = run(toy.parent / "wrong.py", "--assignment", toy)
    error, notice = commands_of(done.stdout)
    assert error.startswith(
        "::error file=wrong.py,title=double%3A 4 points lost,line=1::double(x) is twice x.%0Adouble("
    )
    assert notice == "::notice title=Score::0 / 4"
    assert (runner / "GITHUB_OUTPUT").read_text() == "earlier=1\nscore=0\nmax-score=4\n"
    summary = (runner / "GITHUB_STEP_SUMMARY").read_text()
    assert summary.startswith("earlier=1\n## Toy homework: 0 / 4\n")
    assert "  > double\\(21\\) is 21, expected 42" in summary


def test_submission_cannot_give_github_a_command(run: Run, toy: Path, runner: Path) -> None:
    (toy.parent / "hostile.py").write_text(HOSTILE)
    done = run(toy.parent / "hostile.py", "--assignment", toy, "--verbose")
    assert "raised" in done.stdout
    assert "printed" in done.stdout
    error, notice = commands_of(done.stdout)
    assert error.startswith("::error file=hostile.py,")
    assert notice.startswith("::notice title=Score::0 / 4")
    assert commands_of(done.stderr) == []
    assert (runner / "GITHUB_OUTPUT").read_text() == "earlier=1\nscore=0\nmax-score=4\n"
    assert "\n::" not in (runner / "GITHUB_STEP_SUMMARY").read_text()


def test_summary_that_github_has_no_place_for_is_told_and_the_outputs_still_come(
    run: Run, toy: Path, runner: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(runner / "no" / "file"))
    done = run(toy.parent / "right.py", "--assignment", toy)
    assert done.returncode == 2
    assert "the summary of the job can't be written (No such file or directory)" in done.stderr
    assert (runner / "GITHUB_OUTPUT").read_text() == "earlier=1\nscore=4\nmax-score=4\n"
