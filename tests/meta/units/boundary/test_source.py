"""What a worker says of a source: read as it was written; anything else is refused."""

import json

import pytest

from grader.boundary.source import Found, LostCell, read_lost_cell, read_syntax_problem
from grader.boundary.syntax import SyntaxProblem
from grader.boundary.wire import Json, ProtocolError

FOUND = Found(
    present=True,
    line=3,
    empty=("f",),
    written=False,
    unwritten=("g",),
    indices=(0, 2),
    certain=True,
    uses=("Linear", "SGD"),
    banned=((4, "torch.nn.Linear"),),
    own=((1, 2), (3, 9)),
    code="5e1f",
)


def test_what_is_found_is_read_as_it_was_written() -> None:
    told = json.loads(json.dumps(FOUND.write()))
    assert Found.read(told) == FOUND
    assert Found.read({**told, "a field of tomorrow": 1}) == FOUND


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("banned", [[4]]), ("banned", [["torch", 4]]), ("own", [[1, 2, 3]]), ("own", [[1, "2"]]), ("indices", [True])],
)
def test_part_of_what_is_found_that_has_another_form_is_refused(field: str, wrong: Json) -> None:
    with pytest.raises(ProtocolError):
        Found.read({**FOUND.write(), field: wrong})


def test_cell_and_file_that_python_cannot_read_are_told_whole() -> None:
    lost = LostCell(line=1, text="invalid syntax", code="x =", questions=("SGD", "epoch"))
    assert read_lost_cell([1, "invalid syntax", "x =", ["SGD", "epoch"]]) == lost
    problem = SyntaxProblem(file="hw.py", line=2, text="invalid syntax", code="x =")
    assert read_syntax_problem(["hw.py", 2, "invalid syntax", "x ="]) == problem
    assert read_syntax_problem(None) is None


@pytest.mark.parametrize(
    "lost", [[1, "t", "c"], ["1", "t", "c", []], [1, "t", "c", [1]], [1, None, "c", []], "abcd", None], ids=repr
)
def test_lost_cell_of_another_form_is_refused(lost: Json) -> None:
    with pytest.raises(ProtocolError):
        read_lost_cell(lost)


@pytest.mark.parametrize("problem", [["f", 1, "t"], ["f", "1", "t", "c"], [None, 1, "t", "c"], "abcd"], ids=repr)
def test_syntax_problem_of_another_form_is_refused(problem: Json) -> None:
    with pytest.raises(ProtocolError):
        read_syntax_problem(problem)
