"""A grading that is told to stop reports what was graded and leaves nothing behind.

The toy suites signal their own process: at a known moment, without any waiting.
"""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.assignment import load_assignment
from grader.judge import grade as grade_module
from grader.judge.grade import GradingInterrupted, grade
from grader.processes.workers import Workers
from grader.report.formats.json import as_dict
from grader.scorecard import Scorecard, Verdict
from grader.settings import Settings
from grader.submission import read_submission

SUITE = """
import os
import signal

from grader.suite import expect
from grader.suite.checks import check
from grader.suite.ask import fetch

@check("one")
def test_one(submission):
    '''It is one.'''
    expect.equal(submission.one(), 1)

@check("two")
def test_two(submission):
    '''It is two.'''
    fetch(submission.two())
    {stop}

@check("three")
def test_three(submission):
    '''It is three.'''
    expect.equal(submission.three(), 3)
"""
TABLE = """
title = "Toy homework"
reference = "reference.py"
limit_s = 20
"""
QUESTION = """
[[question]]
name = "{name}"
[question.checks]
test_{name} = 2
"""
SOLUTION = "def one():\n    return 1\ndef two():\n    return 2\ndef three():\n    return 3\n"
LOOP = SOLUTION.replace("    return 2\n", "    while True:\n        pass\n")

# Under a runner that ignores Ctrl-C, so would its children: the default is what is tested.
_DEFAULT = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
GRADE = (sys.executable, "-c", f"{_DEFAULT}; from grader.cli import main; main()")


def toy(folder: Path, *, stop: str, solution: str = SOLUTION) -> Path:
    """An assignment of three questions; the check of the second one does `stop`."""
    suite = folder / "toy"
    suite.mkdir()
    (suite / "assignment.toml").write_text(TABLE + "".join(QUESTION.format(name=n) for n in ("one", "two", "three")))
    (suite / f"{folder.name}_suite.py").write_text(SUITE.format(stop=stop))
    (folder / "hw.py").write_text(solution)
    return suite


def verdicts(card: dict[str, object]) -> list[str]:
    questions = card["questions"]
    assert isinstance(questions, list)
    return [check["verdict"] for question in questions for check in question["checks"]]


def processes_in(folder: Path) -> list[int]:
    """The processes whose working folder is in this one."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            inside = entry.name.isdigit() and (entry / "cwd").readlink().is_relative_to(folder)
        except OSError:
            continue
        if inside:
            found.append(int(entry.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_told_to_stop_writes_all_formats_and_leaves_nothing_behind(tmp_path: Path, name: str) -> None:
    suite = toy(tmp_path, stop=f"os.kill(os.getpid(), signal.{name})")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    formats = ("json", "html", "csv", "markdown", "junit", "gradescope")
    options = [part for name in formats for part in (f"--{name}", str(tmp_path / f"card.{name}"))]
    done = subprocess.run(
        [*GRADE, str(tmp_path / "hw.py"), "--assignment", str(suite), *options],
        env=os.environ | {"TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 128 + getattr(signal, name), done.stderr
    card = json.loads((tmp_path / "card.json").read_text())
    assert verdicts(card) == ["passed", "not_graded", "not_graded"]
    assert (card["score"], card["max_score"]) == (2.0, 6.0)
    assert name in card["interrupted"]
    assert f"Not everything was graded: it was interrupted ({name})" in done.stdout
    assert all((tmp_path / f"card.{format}").stat().st_size > 0 for format in formats)
    assert list(temporary.iterdir()) == []
    assert processes_in(temporary) == []


def test_library_call_raises_with_what_was_graded(tmp_path: Path, workers: Workers) -> None:
    assignment = load_assignment(toy(tmp_path, stop="raise KeyboardInterrupt"))
    with pytest.raises(GradingInterrupted) as stopped:
        grade(read_submission(tmp_path / "hw.py"), assignment, Settings(), workers=workers)
    assert verdicts(as_dict(stopped.value.scorecard)) == ["passed", "not_graded", "not_graded"]


def test_told_to_stop_when_all_is_graded_loses_nothing(
    tmp_path: Path, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    assignment = load_assignment(toy(tmp_path, stop="pass"))
    fold, calls = grade_module.ungraded, list[object]()

    def stopped_at_first(*arguments: Any) -> Scorecard:
        calls.append(arguments)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return fold(*arguments)

    monkeypatch.setattr(grade_module, "ungraded", stopped_at_first)
    with pytest.raises(GradingInterrupted) as stopped:
        grade(read_submission(tmp_path / "hw.py"), assignment, Settings(), workers=workers)
    assert verdicts(as_dict(stopped.value.scorecard)) == ["passed", "passed", "passed"]


def test_limit_of_the_whole_grading_leaves_the_rest_not_graded(tmp_path: Path, workers: Workers) -> None:
    assignment = load_assignment(toy(tmp_path, stop="pass", solution=LOOP))
    assignment = replace(assignment, limits=replace(assignment.limits, grading_s=3.0))
    card = grade(read_submission(tmp_path / "hw.py"), assignment, Settings(), workers=workers)
    assert [check.verdict for check in card.checks] == [Verdict.PASSED, Verdict.TIMED_OUT, Verdict.NOT_GRADED]
    assert card.interrupted == "all checks together took more than 3 s (grading_s)"
    assert not card.is_provisional


def test_points_that_the_rules_take_away_are_taken_away_when_interrupted(tmp_path: Path, workers: Workers) -> None:
    """The use at run time is seen in the second check of the question; the first has passed before."""
    use = "getattr(getattr(torch, part), 'functional').relu(torch.ones(1))"
    solution = f"import torch\ndef two(part=''):\n    if part:\n        {use}\n    return 1\n"
    suite = toy(tmp_path, stop="raise KeyboardInterrupt", solution=solution)
    rules = '[rules]\nbanned = ["torch.nn.functional.*"]\nallowed = []\nadvice = "none"\n'
    checks = "[question.checks]\ntest_one = 2\ntest_two = 2\n"
    (suite / "assignment.toml").write_text(f'{TABLE}{rules}[[question]]\nname = "two"\n{checks}')
    file = suite / f"{tmp_path.name}_suite.py"
    source = file.read_text().partition('@check("three")')[0].replace('@check("one")', '@check("two")')
    file.write_text(
        source.replace("fetch(submission.two())", "fetch(submission.two('nn'))").replace(".one()", ".two()")
    )
    with pytest.raises(GradingInterrupted) as stopped:
        grade(read_submission(tmp_path / "hw.py"), load_assignment(suite), Settings(), workers=workers)
    by_name = {check.name: check.verdict for check in stopped.value.scorecard.checks}
    assert by_name == {"test_one": Verdict.FORBIDDEN, "test_two": Verdict.NOT_GRADED}


IMPORTS = """
import signal, sys
class Stop:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            signal.raise_signal(signal.SIGINT)
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Stop())
from grader.cli import main
try:
    main()
finally:
    print("torch" in sys.modules, file=sys.stderr)
"""


def test_told_to_stop_while_torch_is_imported_is_answered_at_once(tmp_path: Path) -> None:
    suite, card = toy(tmp_path, stop="pass"), tmp_path / "card.json"
    command = [sys.executable, "-c", IMPORTS, str(tmp_path / "hw.py"), "--assignment", str(suite), "--json", str(card)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stderr) == (130, "False\n")
    assert verdicts(json.loads(card.read_text())) == ["not_graded"] * 3
    assert "Score  0 / 6  not graded" in done.stdout
    assert "lost" not in done.stdout
