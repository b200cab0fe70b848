"""The likely mistake: named where one explains all that failed, and not where none or several do."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment import find_assignment, load_assignment
from grader.judge.grade import grade
from grader.judge.teaching import mistakes
from grader.judge.teaching.causes import diagnosis, explanations
from grader.judge.teaching.mistakes import Pattern, explain, form_of
from grader.processes.workers import Workers
from grader.scorecard import CheckResult, QuestionResult, Verdict
from grader.settings import Effort, Settings
from grader.submission import read_submission
from tests.meta import mutants
from tests.meta.mutants import twins

SHAPE = "Linear(3, 2).weight has shape (3, 2), expected (2, 3)"
NUMBER = "Linear(1, 1)(X)[0, 0] is 2, expected 1 (off by 1, allowed 1e-6)"


def question(**messages: str) -> QuestionResult:
    """A question whose checks failed with these messages; an empty message: passed."""
    return QuestionResult(
        name="Linear",
        checks=tuple(
            CheckResult(
                name=name,
                title=name,
                verdict=Verdict.FAILED if message else Verdict.PASSED,
                max_score=1.0,
                message=message,
            )
            for name, message in messages.items()
        ),
    )


def known(mistake: str, **messages: str) -> Pattern:
    """The pattern of a mistake that was seen with these messages."""
    failures = mistakes.pattern_of(question(**messages))
    return Pattern(question="Linear", mistake=mistake, failures=failures)


def diagnoses(result: QuestionResult) -> list[str]:
    return [check.diagnosis for check in result.checks]


def test_one_mistake_that_fits_is_named_at_the_first_failed_check() -> None:
    patterns = [known("it is transposed", test_weight="Linear(1, 9).weight has shape (1, 9), expected (9, 1)")]
    assert diagnoses(explain(question(test_other="", test_weight=SHAPE), patterns)) == ["", "it is transposed"]


def test_two_mistakes_that_fit_are_not_named() -> None:
    patterns = [known("it is transposed", test_weight=SHAPE), known("they are swapped", test_weight=SHAPE)]
    assert diagnoses(explain(question(test_weight=SHAPE), patterns)) == [""]


def test_a_check_more_or_less_is_another_pattern() -> None:
    patterns = [known("it is transposed", test_weight=SHAPE)]
    assert diagnoses(explain(question(test_weight=SHAPE, test_forward="no"), patterns)) == ["", ""]
    patterns = [known("it is transposed", test_weight=SHAPE, test_forward="no")]
    assert diagnoses(explain(question(test_weight=SHAPE, test_forward=""), patterns)) == ["", ""]


def test_that_numbers_are_wrong_is_no_pattern() -> None:
    assert diagnoses(explain(question(test_forward=NUMBER), [known("a bias", test_forward=NUMBER)])) == [""]


@pytest.mark.parametrize(
    "text", ["the X of list(DataLoader(1, 2))[0][1, 0] is 3.0, expected 2.0", "the error is 0.1, expected 0.5 (2 of 4)"]
)
def test_numbers_of_any_check_are_no_pattern(text: str) -> None:
    assert diagnoses(explain(question(test_forward=text), [known("no", test_forward=text)])) == [""]
    more = {"test_forward": text, "test_weight": SHAPE}
    assert diagnoses(explain(question(**more), [known("yes", **more)])) == ["yes", ""]


def test_what_a_check_names_from_the_values_comes_before_a_pattern() -> None:
    result = question(test_weight=SHAPE, test_forward="no")
    named = replace(result.checks[1], diagnosis="there is a bias")
    patterns = [known("it is transposed", test_weight=SHAPE, test_forward="no")]
    assert diagnoses(explain(replace(result, checks=(result.checks[0], named)), patterns)) == ["", "there is a bias"]
    assert diagnoses(explain(result, patterns)) == ["it is transposed", ""]


def test_a_pattern_of_another_question_does_not_count() -> None:
    pattern = Pattern(question="SGD", mistake="no", failures={"test_weight": form_of(SHAPE)})
    assert diagnoses(explain(question(test_weight=SHAPE), [pattern])) == [""]


def test_full_marks_have_no_mistake() -> None:
    assert diagnoses(explain(question(test_weight=""), [Pattern(question="Linear", mistake="no", failures={})])) == [""]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SHAPE, "Linear(10, 1).weight has shape (10, 1), expected (1, 10)"),
        ("f(tensor([[1.0, -2e-05]])) is 3", "f(tensor([[0.25]])) is nan"),
        ("list(f) has 2 items, expected 1", "list(f) has 31 items, expected 12"),
        ("list(f) has 1 item, expected 2", "list(f) has 3 items, expected 2"),
        ("f raised E: no\n  hw3.py, line 3: f()", "f raised E: no\n  hw3.py, line 40, in g: h()"),
    ],
)
def test_messages_of_other_examples_have_one_form(one: str, other: str) -> None:
    assert form_of(one) == form_of(other)


@pytest.mark.parametrize("other", ["Linear(3, 2).weight has dtype torch.float64", "Linear(3, 2).bias has shape (3, 2)"])
def test_other_messages_have_another_form(other: str) -> None:
    assert form_of(SHAPE) != form_of(other)


def test_patterns_are_read_as_they_were_written(tmp_path: Path) -> None:
    patterns = (known("it is transposed", test_weight=SHAPE),)
    mistakes.write(tmp_path, patterns)
    assert json.loads((tmp_path / mistakes.FILE_NAME).read_text())[0]["question"] == "Linear"
    assert mistakes.read(tmp_path) == patterns
    assert mistakes.read(tmp_path / "elsewhere") == ()


def test_what_explains_every_failure_is_named_in_the_order_of_the_check() -> None:
    failures = [("b", "a", "c"), ("a", "c", "b"), ("c", "b")]
    assert explanations({"here": failures}, "here") == ("b", "c")
    assert diagnosis({"here": failures}, "here") == "b"


def test_what_explains_some_failures_only_is_not_named() -> None:
    assert diagnosis({"here": [("a",), ("b",)]}, "here") == ""
    assert diagnosis({"here": [("a",), ()]}, "here") == ""
    assert diagnosis({}, "here") == ""


def test_another_place_of_the_check_may_name_it() -> None:
    assert diagnosis({"here": [()], "there": [("a", "b"), ("a",)]}, "here") == "a"


def test_what_explains_one_place_and_not_another_is_not_named() -> None:
    assert diagnosis({"here": [("a", "b")], "there": [("b",), ("b", "a")]}, "here") == "b"
    assert diagnosis({"here": [("a",)], "there": [("b",)]}, "here") == ""
    assert diagnosis({"here": [("a",), ()], "there": [("a",)]}, "here") == ""


# --- the patterns that are stored with the suite ----------------------------------------------------------------------

SUITE = load_assignment(find_assignment("hw3"))
STORED = mistakes.read(SUITE.folder)
WRONG = {mutant.name: mutant for mutant in (*mutants.all_mutants(), *twins.all_twins())}


def test_stored_patterns_are_of_mutants_that_there_are_and_of_checks_that_there_are() -> None:
    """Where this fails: `nox -s diagnoses -- --write` stores them anew."""
    there = {(question, mutant.mistake) for mutant in WRONG.values() for question in mutant.questions}
    assert {(pattern.question, pattern.mistake) for pattern in STORED} <= there
    assert [p for p in STORED if not p.failures or not set(p.failures) <= set(SUITE.question(p.question).points)] == []
    assert len(STORED) > 20


@pytest.mark.parametrize("name", ["loader-restarts-by-itself", "linear-float64-output-twin", "sgd-zero-grad-scalar"])
def test_mistake_that_no_value_tells_is_named_by_its_pattern(
    name: str, workers: Workers, reference_source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "hw3.py"
    path.write_text(mutants.apply(reference_source, WRONG[name]))
    settings = Settings(effort=Effort.QUICK, only=WRONG[name].questions)

    def named() -> list[str]:
        (result,) = grade(read_submission(path), SUITE, settings, workers=workers).questions
        return [text for text in diagnoses(result) if text]

    assert named() == [WRONG[name].mistake]
    monkeypatch.setattr(mistakes, "read", lambda folder: ())
    assert named() == []


def test_entry_of_what_is_named_in_words_has_the_form_of_any_other() -> None:
    told = "the parameter after step 1: entry [0, 0] is 1, expected -2"
    assert form_of(told) == form_of(told.replace(": entry [", "["))
