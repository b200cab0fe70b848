"""One grading, end to end: right work gets its points, wrong work loses them, and is told why."""

import ast
from collections.abc import Callable

import pytest

from grader.assignment import Assignment
from grader.judge.grade import grade
from grader.processes.workers import Workers
from grader.report.formats.json import as_dict
from grader.scorecard import Scorecard, Verdict
from grader.settings import Settings
from grader.submission import read_submission
from tests.meta.gradings.outcomes import PARTS, lost
from tests.meta.tools.repository import ROOT

Grade = Callable[..., Scorecard]


def without_durations(scorecard: Scorecard) -> object:
    def strip(value: object) -> object:
        if isinstance(value, dict):
            return {key: strip(item) for key, item in value.items() if key not in ("duration_s", "date")}
        return [strip(item) for item in value] if isinstance(value, list) else value

    return strip(as_dict(scorecard))


def test_reference_gets_full_marks(grade_source: Grade, reference_source: str) -> None:
    scorecard = grade_source(reference_source)
    problems = [
        (check.name, check.verdict, check.message) for check in scorecard.checks if check.score < check.max_score
    ]
    assert problems == []
    assert (scorecard.score, scorecard.max_score) == (100.0, 100.0)
    assert scorecard.warnings == ()


def test_one_line_in_each_part_does_not_earn_the_trained_models(grade_source: Grade) -> None:
    """All else in the template is handed out: stand-ins would train it."""
    tree = ast.parse((ROOT / "student_template" / "hw3.py").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) and len(node.body) < 3:
            line = "return 0.0, 0.0" if node.name == "epoch" else "written = True"
            node.body = ast.parse(line).body
    scorecard = grade_source(ast.unparse(ast.fix_missing_locations(tree)))
    by_name = {question.name: question for question in scorecard.questions}
    assert by_name["epoch"].score == 3
    for name in ("eval_linear_model", "eval_two_layer_nn"):
        assert {check.verdict for check in by_name[name].checks} == {Verdict.BLOCKED}
        assert by_name[name].checks[0].message.endswith("has earned half its points: mend them first")
    assert scorecard.score == 3


def test_template_gets_nothing_and_is_told_what_to_write(assignment: Assignment, workers: Workers) -> None:
    template = ROOT / "student_template" / "hw3.py"
    scorecard = grade(read_submission(template), assignment, workers=workers)
    assert scorecard.score == 0
    assert {check.verdict for check in scorecard.checks} == {Verdict.BLOCKED}
    assert (
        scorecard.questions[0]
        .checks[0]
        .message.startswith("Linear is not written yet: fill in __init__ and forward (hw3.py, line ")
    )


def test_same_submission_gets_same_scorecard(grade_source: Grade, parts_source: str) -> None:
    wrong = parts_source.replace("* len(y)", "* 1.5")
    first, second = (without_durations(grade_source(wrong, only=PARTS)) for _ in range(2))
    assert first == second


def test_seed_draws_other_examples(grade_source: Grade, parts_source: str) -> None:
    wrong = parts_source.replace("return X @ self.weight.T", "return X @ self.weight.T + 0.25")
    messages = {grade_source(wrong, only=["Linear"], seed=seed).checks[1].message for seed in range(3)}
    assert all("expected" in message for message in messages)


def test_weights_that_nothing_sets_cost_what_is_asked_of_them_alone(grade_source: Grade, reference_source: str) -> None:
    drawn = "torch.randn(out_dim, in_dim) * (2 / in_dim) ** 0.5"
    # The memory of the right weights, given back at once, is what torch.empty takes.
    wrong = reference_source.replace(drawn, f"[{drawn}, 0][1] or torch.empty(out_dim, in_dim)")
    assert wrong != reference_source
    scorecard = grade_source(wrong, only=["Linear"])
    lost = [check for check in scorecard.checks if check.score < check.max_score]
    assert [check.name for check in lost] == ["test_initial_weights"]
    assert "torch.empty sets no weights" in lost[0].diagnosis


INITIAL = "self.first = self.weight.data_ptr()"


@pytest.mark.parametrize(
    ("forward", "lost"),
    [
        ("out = X @ self.weight.T; self.weight.data = self.weight.data * float('nan'); return out", "test_gradients"),
        ("return X @ self.weight.T * (float('nan') if self.weight.data_ptr() == self.first else 1)", "test_forward"),
    ],
)
def test_nan_that_is_not_for_want_of_weights_is_no_right_product(
    grade_source: Grade, reference_source: str, forward: str, lost: str
) -> None:
    wrong = reference_source.replace("return X @ self.weight.T", forward)
    wrong = wrong.replace("# (out_dim, in_dim)", f"\n        {INITIAL}", 1)
    assert forward in wrong
    assert INITIAL in wrong
    checks = {check.name: check for check in grade_source(wrong, only=["Linear"]).checks}
    assert checks["test_initial_weights"].verdict is Verdict.PASSED
    assert checks[lost].verdict is Verdict.FAILED


def test_failure_names_call_actual_expected_and_allowance(grade_source: Grade, parts_source: str) -> None:
    wrong = parts_source.replace("return X @ self.weight.T", "return 2 * X @ self.weight.T")
    check = grade_source(wrong, only=["Linear"]).checks[1]
    assert check.verdict is Verdict.FAILED
    assert check.message.startswith("Linear(2, 3)(torch.tensor([[")
    assert ", expected " in check.message
    assert "allowed" in check.message
    assert check.hint


def test_exception_shows_the_students_own_lines(grade_source: Grade, parts_source: str) -> None:
    wrong = parts_source.replace("return X @ self.weight.T", "return X @ self.wieght.T")
    check = grade_source(wrong, only=["Linear"]).checks[1]
    assert "raised AttributeError: 'Linear' object has no attribute 'wieght'" in check.message
    assert "in forward: return X @ self.wieght.T" in check.message


def test_missing_question_is_blocked_with_the_next_step(grade_source: Grade, parts_source: str) -> None:
    scorecard = grade_source(parts_source.replace("class SGD", "class Sgd"), only=["SGD", "DataLoader"])
    assert lost(scorecard) == {"SGD"}
    assert scorecard.checks[0].message == "SGD is not in student.py: define it first"


def test_step_that_needs_every_gradient_is_told_so_without_losing_points(
    grade_source: Grade, parts_source: str
) -> None:
    source = parts_source.replace(
        "                if p.grad is not None:\n                    p -=",
        "                if True:\n                    p -=",
    )
    scorecard = grade_source(source, only=["SGD"])
    assert lost(scorecard) == set()
    assert any("no gradient yet" in note for check in scorecard.checks for note in check.notes)


def test_settings_name_an_unknown_question(assignment: Assignment) -> None:
    from grader.errors import SettingsInvalid

    with pytest.raises(SettingsInvalid, match="no question 'other'"):
        assignment.select(["other"])
    assert Settings().seed == 0
