"""What `epoch` returned while a model was trained: kept without disturbing it, shown, and never believed."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.assignment import Assignment, load_assignment
from grader.boundary.limits import Limit
from grader.errors import AssignmentInvalid
from grader.judge.attempt import OWN
from grader.judge.grading import Grading
from grader.processes.workers import Workers
from grader.report.formats import html
from grader.scorecard import CheckResult, QuestionResult, Scorecard, Verdict
from grader.settings import Settings
from grader.submission import read_submission
from grader.suite.handles import RemoteSubmission, Session, fetch
from grader.suite.recorded import Call, calls_with, read_calls
from grader.worker.recorder import MAX_CALLS
from tests.hw3.conftest import training_curves
from tests.meta.conftest import execute

Run = Callable[..., RemoteSubmission]

SOURCE = """
import inspect


class Model:
    pass


model, other = Model(), Model()


def epoch(model, loader, loss, opt=None):
    def helper(model):
        return 3.0, 4.0
    if loss == "returns text":
        return "text"
    elif loss == "raises":
        return 1 / 0
    for value in loader:
        return value, helper(model)[0]


def source():
    return inspect.getsource(epoch)
"""


@pytest.fixture
def run(workers: Workers) -> Iterator[Run]:
    """run(source): the submission, executed in a worker that keeps what `epoch` returns."""
    opened = []

    def executed(source: str, siblings: str = "{}") -> RemoteSubmission:
        worker = workers.take("hw.py")
        opened.append(worker)
        worker.allow(Limit("limit_s", 60))
        assert execute(worker, source, siblings=siblings, records=["epoch"])["problems"] == []
        return RemoteSubmission(Session(worker, 0))

    yield executed
    for worker in opened:
        worker.end()


def test_calls_with_a_model_are_told_in_their_order_with_which_arguments_were_given(run: Run) -> None:
    lines = "epoch(model, [1.5], 0, 'opt')\nepoch(other, [7], 0)\nepoch(model, [2], 0)\n"
    submission = run(SOURCE + lines)
    assert calls_with(submission.model) == [
        Call((True, True, True, True), (1.5, 3.0)),
        Call((True, True, True, False), (2.0, 3.0)),
    ]


def test_numbers_may_be_tensors_and_of_numpy_and_anything_else_is_no_call(run: Run) -> None:
    lines = """
import numpy, torch
class Number(float):
    def __float__(self):
        raise SystemExit
for value in (torch.tensor(0.5, requires_grad=True), numpy.float32(0.25), Number(1), "1", None, torch.ones(2), 10**400):
    epoch(model, [value], 0)
epoch(model, [], 0)
epoch(model, [1], "returns text")
"""
    assert [call.numbers for call in calls_with(run(SOURCE + lines).model)] == [(0.5, 3.0), (0.25, 3.0)]


def test_function_result_source_and_traceback_are_what_they_were(run: Run) -> None:
    submission = run(SOURCE)
    assert fetch(submission.epoch(submission.model, [1.5], 0)) == (1.5, 3.0)
    assert fetch(submission.source()) == SOURCE[SOURCE.index("def epoch") : SOURCE.index("\n\n\ndef source")] + "\n"
    submission.epoch(submission.model, [], "raises")
    with pytest.raises(Exception, match="division") as raised:
        fetch(submission.model)
    assert [(frame.code, frame.function) for frame in raised.value.frames] == [("return 1 / 0", "epoch")]  # type: ignore[attr-defined]


def test_epoch_of_a_file_beside_the_main_one_is_recorded(run: Run) -> None:
    siblings = '{"parts.py": "def epoch(model, loader, loss, opt=None):\\n    return 1.0, 0.5\\n"}'
    submission = run("class Model: pass\nfrom parts import epoch\nmodel = Model()\nepoch(model, 0, 0, 0)\n", siblings)
    assert calls_with(submission.model) == [Call((True, True, True, True), (1.0, 0.5))]


def test_calls_beyond_the_bound_are_left_out_and_models_are_not_kept_alive(run: Run) -> None:
    lines = """
import weakref
for _ in range(300):
    epoch(model, [1], 0)
dropped = Model()
epoch(dropped, [1], 0)
alive = weakref.ref(dropped)
del dropped
"""
    submission = run(SOURCE + lines)
    assert len(calls_with(submission.model)) == MAX_CALLS
    assert fetch(submission.alive()) is None


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [((True,), (1.0,))] * (MAX_CALLS + 1),
        [((True,), (1,))],
        [((1,), (1.0,))],
        [((True,), (1.0,), ())],
        [((True,) * 9, (1.0,))],
        [((True,), (1.0,) * 5)],
        ["no call"],
    ],
)
def test_answer_of_another_form_is_no_call_at_all(answer: object) -> None:
    assert read_calls(answer) == []


def test_answer_that_the_submission_has_broken_costs_no_check(run: Run) -> None:
    submission = run(SOURCE + "import sys\nsys.modules['__main__'].__dict__['x'] = 1\n")
    gone = submission.model
    gone._session.begin()
    assert calls_with(gone) == []


def test_question_of_the_homework_tells_how_its_model_was_trained(
    assignment: Assignment, workers: Workers, tmp_path: Path, parts_source: str
) -> None:
    """The model, loss and optimizer are the submission's; another model's training is not told."""
    path = tmp_path / "student.py"
    trained = """
def train(model):
    loader = DataLoader(torch.randn(20, 784), torch.arange(20) % 10)
    for _ in range(2):
        epoch(model, loader, CrossEntropyLoss(), SGD(model.parameters(), 0.1))
        epoch(model, loader, CrossEntropyLoss())
    return model

other, linear_model = train(Linear(784, 10)), train(Linear(784, 10))
"""
    path.write_text(parts_source.replace("def eval_linear_model", f"{trained}\n\ndef eval_linear_model", 1))
    with Grading(read_submission(path), assignment, Settings(), workers) as grading:
        grading.start(["eval_linear_model"])
        with grading.check("eval_linear_model", OWN) as submission:
            calls = calls_with(submission.eval_linear_model())
    assert [call.given[3] for call in calls] == [True, False, True, False]
    assert calls[3].numbers[0] < calls[1].numbers[0] < calls[0].numbers[0]


def called(*numbers: float, training: bool) -> Call:
    return Call((True, True, True, training), numbers)


def test_evaluations_belong_to_the_epoch_before_them() -> None:
    calls = [
        called(9.0, 0.9, training=False),
        called(3.0, 0.3, training=True),
        called(2.0, 0.2, training=False),
        called(2.5, 0.25, training=False),
        called(math.nan, 0.1, training=True),
        called(1.0, 0.1, training=False),
        Call((True, True, True), (5.0, 5.0)),
    ]
    loss, error = training_curves("model", calls)
    assert {series.name: series.points for series in loss.series} == {
        "evaluation": ((0, 9.0), (1, 2.0), (2, 1.0)),
        "training": ((1, 3.0),),
        "evaluation 2": ((1, 2.5),),
    }
    assert {series.name: series.points for series in error.series}["training"] == ((1, 0.3), (2, 0.1))
    assert "not a number are left out" in loss.note


def test_page_says_why_nothing_is_drawn() -> None:
    (curves,) = training_curves("model", [])
    result = CheckResult(name="t", title="t", verdict=Verdict.PASSED, max_score=1.0, figures=(curves,))
    card = Scorecard(
        assignment="hw3",
        submission="s.py",
        sha256="",
        grader_version="",
        seed=0,
        effort="quick",
        isolation="",
        questions=(QuestionResult(name="eval_linear_model", checks=(result,)),),
    )
    page = html.render(card)
    assert "Not drawn: the submission&#39;s own `epoch` was not seen" in page
    assert "<svg" not in page


def test_records_that_are_no_names_are_refused(tmp_path: Path) -> None:
    top = 'title = "t"\nreference = "r.py"\nlimit_s = 1\n'
    question = '[[question]]\nname = "q"\nrecords = [1]\nchecks = { test_q = 1 }\n'
    (tmp_path / "assignment.toml").write_text(top + question)
    with pytest.raises(AssignmentInvalid, match="records lists something that is no name"):
        load_assignment(tmp_path)
