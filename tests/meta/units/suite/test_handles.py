"""Handles: what is asked of the submission, in what words, and what a check attaches to its result."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from grader.boundary.requests import Operation
from grader.figures import Measurement
from grader.suite import expect
from grader.suite.ask import fetch
from grader.suite.deferred import deferrable
from grader.suite.failures import StudentError
from grader.suite.handles import Handle, RemoteSubmission, TorchModule, attachments_of, number_of, session_of, text_of
from tests.meta.fakes.worker import conversation, example, silent, told

SOURCE = """
class Layer:
    def __init__(self, size):
        self.size = size

    def __getitem__(self, key):
        return key

def same(*args, **kwargs):
    return [*args, kwargs]

class Stuck:
    def __iter__(self):
        yield 1
        raise ValueError("no")
"""


@pytest.fixture
def submission() -> RemoteSubmission:
    return told(SOURCE)[2]


def test_asking_costs_no_wait() -> None:
    worker, session, submission = told(SOURCE)
    with session.example({}, {}):
        layer = submission.Layer(3)
        layer.size = 4
        sizes = [layer.size, layer[0], submission.same(layer)]
        assert worker.waits == 0
        assert fetch(sizes[0]) == 4
        assert worker.waits == 1


EXPRESSIONS: dict[str, Callable[[RemoteSubmission], Handle]] = {
    "Layer": lambda s: s.Layer,
    "Layer(3)": lambda s: s.Layer(3),
    "Layer(3).size": lambda s: s.Layer(3).size,
    "Layer(3)[0]": lambda s: s.Layer(3)[0],
    "Layer(3)['a']": lambda s: s.Layer(3)["a"],
    "same(1, key=[2])": lambda s: s.same(1, key=[2]),
    "same(Layer(3))": lambda s: s.same(s.Layer(3)),
    "torch.nn.Linear(4, 3, bias=False)": lambda s: s.torch.nn.Linear(4, 3, bias=False),
    "torch.tensor([1.0])": lambda s: s.tensor(torch.ones(1)),
    "<tensor 2x9>": lambda s: s.tensor(torch.ones(2, 9), requires_grad=True),
    "[1, Layer]": lambda s: s.make_list([1, s.Layer]),
    "(item for item in [1, 2])": lambda s: s.make_generator([1, 2]),
}


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_handle_is_written_as_the_expression_that_made_it(text: str, submission: RemoteSubmission) -> None:
    handle = EXPRESSIONS[text](submission)
    assert repr(handle) == text
    assert text_of(handle)() == text
    assert session_of(handle) is session_of(submission)


def test_each_handle_has_a_number_of_its_own(submission: RemoteSubmission) -> None:
    numbers = [number_of(handle) for handle in (submission.Layer, submission.Layer, submission.same(1))]
    assert len(set(numbers)) == 3


@pytest.mark.parametrize("kind", ["told", "silent"])
def test_values_are_those_of_local_python(kind: str) -> None:
    _, session, submission = conversation(kind, SOURCE)

    def check() -> None:
        expect.equal(submission.same(1, "a", key=(2.5,)), [1, "a", {"key": (2.5,)}])
        layer = submission.Layer(3)
        layer.size = [layer.size, 4]
        expect.equal(layer.size, [3, 4])
        expect.equal(layer[1:2], slice(1, 2))
        expect.equal(submission.torch.float32, torch.float32)
        expect.equal(submission.torch.zeros(2).shape[0], 2)
        leaf = submission.tensor(torch.ones(2), requires_grad=True)
        submission.torch.mul(leaf, 3.0).sum().backward()
        expect.equal(leaf.grad, torch.full((2,), 3.0))
        expect.equal(submission.same(submission.make_generator([1, 2])).pop(0).gi_running, False)

    example(session, check)
    session.finish()


def test_iteration_waits_for_each_item(submission: RemoteSubmission) -> None:
    session = session_of(submission)
    seen: list[object] = []
    with session.example({}, {}):
        seen += [fetch(item) for item in submission.make_list([5, 6])]
    assert seen == [5, 6]


def test_exception_of_an_iterator_is_raised_where_it_comes(submission: RemoteSubmission) -> None:
    seen: list[object] = []

    def check() -> None:
        for item in submission.Stuck():
            seen.append(fetch(item))

    session = session_of(submission)
    with pytest.raises(StudentError, match="ValueError: no"), session.example({}, {}):
        check()
    assert seen == [1]


def test_names_that_python_and_hypothesis_ask_for_are_not_the_student_s(submission: RemoteSubmission) -> None:
    for name in ("__wrapped__", "_private", "hypothesis_inner", "is_hypothesis_example"):
        assert not hasattr(submission, name)
    assert not hasattr(submission.Layer, "__wrapped__")


def test_private_names_of_an_object_are_asked_for(submission: RemoteSubmission) -> None:
    assert repr(submission.Layer(1)._hidden) == "Layer(1)._hidden"


def test_modules_of_torch_cost_no_request() -> None:
    worker, session, submission = silent(SOURCE)
    functional = submission.torch.nn.functional
    assert isinstance(functional, TorchModule)
    assert repr(functional.relu) == "torch.nn.functional.relu"
    session.finish()
    assert worker.operations == [Operation.TORCH]
    with pytest.raises(AttributeError):
        functional.__wrapped__  # noqa: B018


# --- what is attached -------------------------------------------------------------------------------------------------


def test_later_note_or_measurement_takes_the_place_of_an_earlier_one_of_its_name(submission: RemoteSubmission) -> None:
    submission.note("slow")
    submission.note("slow")
    submission.note("odd")
    for number in (1.0, 2.0):
        submission.attach(measured(number))
    found = attachments_of(submission)
    assert found.notes == ["slow", "odd"]
    assert [record.value for record in found.measurements.values()] == [2.0]


def measured(number: float) -> Measurement:
    return Measurement(name="error", value=number)


@pytest.mark.parametrize("kind", ["told", "silent"])
def test_record_of_a_value_on_its_way_is_attached_when_it_is_here(kind: str) -> None:
    _, session, submission = conversation(kind, SOURCE)
    remote = deferrable(lambda values: measured(values[0]))
    example(session, lambda: submission.attach(remote(submission.same(0.5))))
    session.finish()
    assert attachments_of(submission).measurements["error"].value == 0.5


def test_part_is_asked_for_by_name_with_the_text_of_all() -> None:
    _, session, _ = told(SOURCE)
    submission = RemoteSubmission(session, "LIMIT = 3\ndef double(x):\n    return 2 * x\n")

    def look() -> None:
        assert fetch([submission.parts.LIMIT, submission.parts.double(4)]) == [3, 8]
        assert repr(submission.parts.double(4)) == "double(4)"

    example(session, look)


def test_part_that_is_not_there_is_a_fault_of_the_check() -> None:
    _, session, _ = told(SOURCE)
    with pytest.raises(AttributeError, match=r"no part 'tripple': parts\.py defines triple"):
        RemoteSubmission(session, "def triple(x): pass").parts.tripple  # noqa: B018
    with pytest.raises(AttributeError, match=r"there is no parts\.py"):
        RemoteSubmission(session).parts.triple  # noqa: B018
