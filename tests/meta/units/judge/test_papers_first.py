"""What an exam knows is asked before pytest is started, and pytest gets what is left: the results are the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment import load_assignment
from grader.judge.exam import Exam, Paper
from grader.judge.executions import TimeLeft
from grader.judge.grade import grade
from grader.judge.silent import SilentSession
from grader.processes.workers import Workers
from grader.scorecard import CheckResult, Scorecard, Verdict
from grader.settings import Settings
from tests.meta.tools.traps import RIGHT, STAND_INS, TABLE, two_questions
from tests.meta.tools.traps import SUITE as WITHOUT_GIVEN

BOTH = ["double", "Add"]
SUITE = WITHOUT_GIVEN.replace(
    "def test_add(submission)", "@given(n=strategies.integers(1, 5))\ndef test_add(submission, n)"
)
SUITE = SUITE.replace("submission.Add(1, 2), 3", "submission.Add(n, 2), n + 2")
WRONG = RIGHT.replace("a + b", "a - b")
HIDDEN = f"import functools, torch\n{RIGHT}".replace(
    "return a + b", "functools.reduce(getattr, 'nn.functional.relu'.split('.'), torch)(torch.ones(1))\n    return a + b"
)
ENDS = f"import os\n{RIGHT}".replace("a + b", "os._exit(1)")
ON_ADD = '@check("Add")'

Class = Callable[..., tuple[list[Scorecard], list[str]]]


@pytest.fixture
def class_of(tmp_path: Path, workers: Workers, monkeypatch: pytest.MonkeyPatch) -> Class:
    """class_of(sources): the scorecards of an exam, each as without, and what happened: `|` after each."""
    happened, main, ask, begin = list[str](), pytest.main, SilentSession.ask, TimeLeft.begin

    def starting(*args: object, **kwargs: object) -> object:
        happened.append("pytest")
        return main(*args, **kwargs)  # type: ignore[arg-type]

    def asking(session: SilentSession, paper: Paper) -> None:
        happened.append("asked")
        ask(session, paper)

    def beginning(left: TimeLeft) -> None:
        happened.append("time")
        begin(left)

    def graded(
        *sources: str, suite: str = SUITE, table: str = TABLE, beside: str = ""
    ) -> tuple[list[Scorecard], list[str]]:
        folder, exam, cards = two_questions(tmp_path, suite=suite, table=table), Exam(), []
        (folder / "conftest.py").write_text(beside)
        (folder / "beside.py").write_text("def pytest_runtest_setup(item):\n    pass\n")
        assignment = load_assignment(folder)
        settings = Settings(seed=3, exam=True)
        for source in sources:
            path = tmp_path / "hw.py"
            path.write_text(source)
            plain = grade(path, assignment, settings, workers=workers)
            with monkeypatch.context() as patch:
                patch.setattr(pytest, "main", starting)
                patch.setattr(SilentSession, "ask", asking)
                patch.setattr(TimeLeft, "begin", beginning)
                cards.append(grade(path, assignment, settings, workers=workers, exam=exam))
            assert comparable(cards[-1]) == comparable(plain)
            happened.append("|")
        return cards, happened

    return graded


def comparable(card: Scorecard) -> tuple[list[CheckResult], Sequence[str], str]:
    """What must be equal: not how long it took."""
    return [replace(check, duration_s=0.0) for check in card.checks], card.warnings, card.interrupted


def verdicts(card: Scorecard) -> list[Verdict]:
    return [check.verdict for check in card.checks]


def test_where_all_pass_pytest_is_not_started(class_of: Class) -> None:
    cards, happened = class_of(RIGHT, f"# other\n{RIGHT}")
    assert happened == ["pytest", "time", "|", "time", "asked", "asked", "time", "|"]
    assert [card.score for card in cards] == [7, 7]


def test_what_is_printed_is_told_of_the_check_that_it_was_printed_in(class_of: Class) -> None:
    two = SUITE + SUITE[SUITE.index('@check("double")') : SUITE.index('@check("Add")')].replace(
        "test_", "test_once_more_"
    )
    table = TABLE.replace("test_double = 4", "test_double = 2\ntest_once_more_double = 2")
    prints = RIGHT.replace("    return", "    print(len('of'))\n    return")
    cards, happened = class_of(RIGHT, f"print('file')\n{prints}", suite=two, table=table)
    assert "pytest" not in happened[2:]
    assert [check.output.count("2\n") for check in cards[1].checks] == [check.examples for check in cards[1].checks]


@pytest.mark.parametrize(("source", "verdict"), [(WRONG, Verdict.FAILED), (ENDS, Verdict.CRASHED)])
def test_pytest_runs_what_does_not_pass_and_nothing_is_asked_twice(
    class_of: Class, source: str, verdict: Verdict
) -> None:
    cards, happened = class_of(RIGHT, source, RIGHT)
    happened = [each for each in happened if each != "time"]
    assert happened == ["pytest", "|", "asked", "asked", "pytest", "|", "asked", "asked", "|"]
    assert verdicts(cards[1]) == [Verdict.PASSED, verdict]


def test_stand_ins_are_tried_for_what_fails_with_the_own_parts(class_of: Class) -> None:
    needing = SUITE.replace("n + 2)", "2 * (n + 2))")
    right = RIGHT.replace("a + b", "double(a + b)")
    cards, _ = class_of(right, right.replace("2 * x", "3 * x"), suite=needing)
    assert verdicts(cards[1]) == [Verdict.FAILED, Verdict.PASSED]
    assert cards[1].questions[1].checks[0].carried_forward == ("double",)


def test_what_is_seen_of_banned_code_costs_the_points(class_of: Class) -> None:
    cards, happened = class_of(RIGHT, HIDDEN)
    assert verdicts(cards[1]) == [Verdict.PASSED, Verdict.FORBIDDEN]
    assert happened[3:6] == ["time", "asked", "asked"]


def test_hang_is_waited_for_once_and_costs_no_other_part(class_of: Class) -> None:
    hangs = f"import time\n{RIGHT}".replace("return 2 * x", "time.sleep(1000)")
    cards, happened = class_of(RIGHT, hangs, table=LITTLE_TIME)
    assert verdicts(cards[1]) == [Verdict.TIMED_OUT, Verdict.PASSED]
    assert happened[3:] == ["time", "asked", "asked", "pytest", "time", "|"]


LITTLE_TIME = TABLE.replace("[rules]", "[limits]\ngrading_s = 3\n[rules]")
LATE = """
    for i in range(1, 4):
        expect.holds(lambda v: None if v == 2 * i else f"{v}", submission.Add(i, i))
"""


def test_check_without_examples_is_run_line_by_line(class_of: Class) -> None:
    """Its looks may depend on where they stand, and it begins with a worker of its own."""
    head, tail = WITHOUT_GIVEN.split("    expect.equal(submission.Add")
    late = head + LATE.lstrip("\n") + tail.partition("\n")[2]
    cards, happened = class_of(RIGHT, RIGHT.replace("a + b", "6"), suite=late)
    assert verdicts(cards[1]) == [Verdict.PASSED, Verdict.FAILED]
    assert happened.count("pytest") == 2


def test_statement_that_raises_when_it_is_executed_again_is_not_warned_of(class_of: Class) -> None:
    once = f"import os\nos.mkdir('out')\nOUT = os.path.isdir('out')\n{RIGHT}".replace(
        "return 2", "assert OUT\n    return 2"
    )
    cards, _ = class_of(RIGHT, once.replace("return a", "assert OUT\n    return a"))
    assert cards[1].score == 7


def test_part_that_is_not_there_is_not_asked(class_of: Class) -> None:
    cards, happened = class_of(RIGHT, STAND_INS)
    assert verdicts(cards[1]) == [Verdict.PASSED, Verdict.BLOCKED]
    assert happened == ["pytest", "time", "|", "time", "asked", "pytest", "time", "|"]


NOT_PLAIN = {
    "a mark": (SUITE.replace(ON_ADD, f"@pytest.mark.filterwarnings('ignore')\n{ON_ADD}"), ""),
    "parametrize": (
        SUITE.replace(ON_ADD, f"@pytest.mark.parametrize('of', [1, 2])\n{ON_ADD}").replace(
            "test_add(submission, n)", "test_add(submission, n, of)"
        ),
        "",
    ),
    "a fixture that asks": (
        SUITE.replace("test_add(submission, n)", "test_add(submission, n, three)"),
        "import pytest\n@pytest.fixture\ndef three(submission):\n    return submission.Add(1, 2)\n",
    ),
    "a submission of its own": (
        SUITE,
        "import pytest\n@pytest.fixture\ndef submission(submission):\n    print()\n    return submission\n",
    ),
    "a fixture for all": (SUITE, "import pytest\n@pytest.fixture(autouse=True)\ndef all():\n    pass\n"),
    "a hook": (SUITE, "def pytest_runtest_setup(item):\n    pass\n"),
    "a hook of a plugin's": (f"{SUITE}\npytest_plugins = 'beside'\n", ""),
    "setup_function": (f"{SUITE}\ndef setup_function(function):\n    pass\n", ""),
}


@pytest.mark.parametrize("case", NOT_PLAIN)
def test_check_that_pytest_adds_something_to_is_run_by_it(class_of: Class, case: str) -> None:
    suite, beside = NOT_PLAIN[case]
    cards, happened = class_of(RIGHT, RIGHT, WRONG, suite=suite, beside=beside)
    assert happened.count("pytest") == 3
    assert verdicts(cards[1]) == [Verdict.PASSED, Verdict.PASSED]
    assert verdicts(cards[2])[0] is Verdict.PASSED
    assert verdicts(cards[2])[1] is not Verdict.PASSED


LOOPS = """
    def ends(v):
        while v != n + 2:
            pass
    expect.holds(ends, submission.Add(n, 2))
"""


def test_look_that_does_not_end_is_ended(class_of: Class) -> None:
    head, tail = SUITE.split("    expect.equal(submission.Add")
    cards, _ = class_of(RIGHT, WRONG, suite=head + LOOPS.lstrip("\n") + tail.partition("\n")[2])
    assert verdicts(cards[1]) == [Verdict.PASSED, Verdict.BROKEN]


def test_other_questions_and_checks_are_another_suite(tmp_path: Path, workers: Workers) -> None:
    assignment, exam = load_assignment(two_questions(tmp_path, suite=SUITE)), Exam()
    chosen = (Settings(exam=True, only=("double",)), Settings(exam=True, checks=("test_add",)), Settings(exam=True))
    for number, settings in enumerate([*chosen, *chosen], start=1):
        card = grade(tmp_path / "hw.py", assignment, settings, workers=workers, exam=exam)
        assert card.score == card.max_score > 0
        assert [question.name for question in card.questions] == [*(settings.only or BOTH)]
        assert len(exam.suites) == min(number, len(chosen))
