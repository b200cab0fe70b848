"""GitHub: annotations, summary and outputs, whatever the text is."""

import re
from dataclasses import replace

import pytest

from grader.report.formats import github
from grader.scorecard import QuestionResult, Verdict
from tests.meta.units.report.cards import CARD, FAILED, PASSED, PROVISIONAL_CARD, filled, hostile
from tests.meta.units.report.formats.test_markdown import as_github_shows

COMMAND = re.compile(r"::(?P<name>[\w-]+)(?: (?P<properties>[^:]*?(?:[^:]*?)))?::(?P<data>.*)")


def _unescaped(text: str) -> str:
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, character)
    return text


def as_runner_reads(line: str) -> tuple[str, dict[str, str], str]:
    """Name, properties and message of a command. Also whatever the runner would take for one in its older syntax."""
    found = COMMAND.fullmatch(line)
    assert found is not None, line
    pairs = [pair.split("=", 1) for pair in (found["properties"] or "").split(",") if pair]
    return found["name"], {name: _unescaped(value) for name, value in pairs}, _unescaped(found["data"])


@hostile
def test_github_annotations_are_errors_and_a_score_whatever_the_text_is(text: str) -> None:
    lines = github.annotation_lines(filled(text), text)
    printed = [line for told in lines for line in re.split(r"[\r\n\x0b\x0c\x85\u2028\u2029]", told)]
    assert len(printed) == len(lines) == len(Verdict) - 1 - bool(text)  # passed, left out, one cause of two; the score
    for line in printed:
        name, properties, _ = as_runner_reads(line)
        assert name in ("error", "warning")  # as provisional as a broken check makes it
        assert set(properties) <= {"file", "line", "title"}
        assert not re.search(r"##\w*\[", line)


def test_github_annotation_names_file_line_and_cause() -> None:
    name, properties, message = as_runner_reads(github.annotation_lines(CARD, "hw/a,b: 100%.py")[0])
    assert name == "error"
    assert properties == {"file": "hw/a,b: 100%.py", "line": "12", "title": "Linear: 1.5 points lost"}
    assert message.startswith("It is right too.\nf(1) is 2, expected 3\nLikely mistake: one is forgotten")


@pytest.mark.parametrize(("lost", "annotations"), [(0, 0), (1, 1), (10, 10), (11, 10), (40, 10)])
def test_github_gets_ten_annotations_at_most_and_the_last_sums_up(lost: int, annotations: int) -> None:
    checks = tuple(replace(FAILED, name=f"test_{i}", message=f"f({i}) is 2") for i in range(lost))
    card = replace(CARD, questions=(QuestionResult(name="Linear", checks=(PASSED, *checks)),))
    *errors, notice = map(as_runner_reads, github.annotation_lines(card, "hw.py"))
    assert [name for name, _, _ in errors] == ["error"] * annotations
    assert notice[0] == "notice"
    if lost > 10:
        assert f"{lost - 9} more checks failed, worth {1.5 * (lost - 9):g} points, in Linear" in errors[-1][2]


def test_github_annotates_a_common_cause_once() -> None:
    unread = replace(FAILED, verdict=Verdict.BLOCKED, message="hw.py, line 12: invalid syntax")
    questions = tuple(QuestionResult(name=name, checks=(unread,) * 3) for name in ("Linear", "SGD"))
    (cause, score) = map(as_runner_reads, github.annotation_lines(replace(CARD, questions=questions), "hw.py"))
    assert cause[1] == {"file": "hw.py", "line": "12", "title": "Linear and SGD: 9 points lost"}
    assert cause[2] == "hw.py, line 12: invalid syntax\nIt costs 9 points: 6 checks of Linear and SGD."
    assert score[0] == "notice"


def test_github_annotation_of_one_exception_has_the_first_example() -> None:
    first = replace(FAILED, message="f(1) raised KeyError: f", cause="KeyError at hw.py, line 12: f")
    second = replace(first, message="f(2) raised KeyError: f")
    card = replace(CARD, questions=(QuestionResult(name="Linear", checks=(first, second, FAILED)),))
    cause, other, _ = map(as_runner_reads, github.annotation_lines(card, "hw.py"))
    assert cause[1]["title"] == "Linear: 3 points lost"
    assert cause[2].startswith("It is right too.\nIt is right too.\nf(1) raised KeyError: f\nLikely mistake")
    assert "f(1) raised KeyError: f" in cause[2]
    assert "f(2) raised" not in cause[2]
    assert other[1]["title"] == "Linear: 1.5 points lost"


def test_github_annotates_one_exception_of_two_questions_once() -> None:
    lost = replace(FAILED, message="f(1) raised KeyError: f", cause="KeyError at hw.py, line 12: f")
    questions = tuple(QuestionResult(name=name, checks=(lost,)) for name in ("Linear", "SGD"))
    cause, _ = map(as_runner_reads, github.annotation_lines(replace(CARD, questions=questions), "hw.py"))
    assert cause[1]["title"] == "Linear and SGD: 3 points lost"
    assert cause[2].startswith(
        "KeyError: f\n  hw.py, line 12: f\nIt costs 3 points: 2 checks of Linear and SGD.\nIt is"
    )
    assert cause[2].count("assert f(1) == 3") == 1


def test_github_gets_ten_annotations_at_most_of_many_causes() -> None:
    causes = [replace(FAILED, cause=f"KeyError at hw.py, line {i}: f") for i in range(12) for _ in range(2)]
    card = replace(CARD, questions=(QuestionResult(name="Linear", checks=(*causes, FAILED)),))
    lines = [as_runner_reads(line) for line in github.annotation_lines(card, "hw.py")]
    assert len(lines) == 11
    assert lines[-2][2] == "7 more checks failed, worth 10.5 points, in Linear: see the summary of the job"


def test_github_annotation_has_no_line_in_a_notebook() -> None:
    """The line of a cell is no line of the file."""
    assert "line" not in as_runner_reads(github.annotation_lines(CARD, "hw.ipynb")[0])[1]


def test_github_summary_stays_below_one_mebibyte() -> None:
    checks = tuple(replace(FAILED, name=f"test_{i}", message="\N{BLACK SQUARE}" * (1990 + i)) for i in range(4))
    summary = github.summary(replace(CARD, questions=(QuestionResult(name="Linear", checks=checks),) * 60))
    assert 500_000 < len(summary.encode()) < 2**20
    assert summary.endswith("The rest is left out: it is too long.\n")
    assert set(as_github_shows(summary).tags) >= {"table", "pre"}


def test_github_outputs_are_numbers_alone() -> None:
    assert github.outputs(CARD) == "score=6\nmax-score=9\n"


def test_github_gets_no_score_to_record_while_it_is_provisional() -> None:
    assert github.outputs(PROVISIONAL_CARD) == "provisional=true\n"
    broken, told = map(as_runner_reads, github.annotation_lines(PROVISIONAL_CARD, "hw.py"))
    assert broken[1]["title"] == "Linear: 1.5 points not counted"
    assert (told[0], told[1]["title"]) == ("warning", "Provisional score")
    assert "the grader itself failed in test_broken" in told[2]
