"""What each question needs, from what was read: made-up readings, no worker."""

from pathlib import Path

import pytest

from grader.assignment import Assignment, Question
from grader.boundary.messages import Inspected, Sighting
from grader.boundary.places import Places, Span
from grader.boundary.rules import Rules
from grader.boundary.source import Found, LostCell
from grader.boundary.syntax import SyntaxProblem
from grader.judge.attempt import OWN, Attempt
from grader.judge.plans import Plan, Plans, load_for, read_plans, unparsable

FILE = "hw.py"
STAND_INS = "import torch\n\ndef helper():\n    return 1\n\ndef a():\n    return helper()\n\ndef b():\n    pass\n"


def question(name: str, *needs: str, background: bool = False, records: tuple[str, ...] = ()) -> Question:
    return Question(
        name=name,
        points={f"test_{name}": 1.0},
        needs=needs,
        min_right=0,
        limit_s=1.0,
        background=background,
        settings={},
        records=records,
    )


ASSIGNMENT = Assignment(
    name="toy",
    title="Toy",
    folder=Path(),
    reference=None,
    stand_ins=STAND_INS,
    questions=(question("a"), question("b", "a", records=("epoch",))),
    rules=Rules(banned=frozenset({"torch.optim"})),
)


def found(**said: object) -> Found:
    usual: dict[str, object] = {
        "present": True,
        "line": 3,
        "empty": (),
        "written": True,
        "unwritten": (),
        "indices": (0, 2),
        "certain": True,
        "uses": (),
        "banned": (),
        "own": ((3, 5),),
        "code": "5e1f",
    }
    return Found(**{**usual, **said})  # type: ignore[arg-type]


def inspected(a: Found | None = None, b: Found | None = None, **said: object) -> Inspected:
    questions = {"a": a or found(), "b": b or found(own=((7, 9),))}
    usual: dict[str, object] = {"questions": questions, "source": "text\n" * 20, "places": Places(file=FILE)}
    return Inspected(**{**usual, **said})  # type: ignore[arg-type]


def plans_of(said: Inspected) -> dict[str, Plan]:
    return dict(read_plans(said, ASSIGNMENT, FILE).plans)


def test_statements_are_those_that_were_found() -> None:
    assert plans_of(inspected()) == dict.fromkeys("ab", Plan(indices=(0, 2), line=3, code="5e1f"))


@pytest.mark.parametrize(
    ("a", "of_a", "of_b"),
    [
        (
            found(present=False),
            "a is not in hw.py: define it first",
            "b needs a. a is not in hw.py: define it first",
        ),
        (
            found(written=False, empty=("a.forward", "a.backward")),
            "a is not written yet: fill in a.forward and a.backward (hw.py, line 3)",
            "b needs a. a is not written yet: fill in a.forward and a.backward (hw.py, line 3)",
        ),
    ],
)
def test_what_is_missing_blocks_all_that_need_it(a: Found, of_a: str, of_b: str) -> None:
    plans = plans_of(inspected(a))
    assert (plans["a"].blocked, plans["b"].blocked) == (of_a, of_b)


def test_part_that_may_be_there_is_not_said_to_be_missing() -> None:
    plans = plans_of(inspected(found(present=False, certain=False), found(certain=False)))
    assert not plans["a"].blocked
    assert not plans["b"].blocked


def test_part_that_lacks_a_method_is_graded_and_says_what_it_lacks() -> None:
    plans = plans_of(inspected(found(unwritten=("forward",))))
    assert plans["a"].unwritten == "a is not written yet: fill in forward (hw.py, line 3)"
    assert (plans["a"].blocked, plans["b"].blocked, plans["b"].unwritten) == ("", "", "")
    unsure = plans_of(inspected(found(certain=False, written=False, empty=("f",)), found(certain=False)))
    assert (unsure["a"].blocked, unsure["a"].unwritten) == ("", "a is not written yet: fill in f (hw.py, line 3)")


def test_names_of_many_empty_functions_are_not_all_told() -> None:
    empty = tuple(f"f{number}" for number in range(20))
    assert "f6, f7 and 12 more (" in plans_of(inspected(found(written=False, empty=empty)))["a"].blocked


def test_cell_that_can_not_be_read_is_named() -> None:
    places = Places(
        file="hw.ipynb", spans=[Span(first=1, file="hw.ipynb", cell=1), Span(first=4, file="hw.ipynb", cell=2)]
    )
    lost = (LostCell(line=4, text="invalid syntax", code="def (", questions=("a",)),)
    reading = read_plans(inspected(found(present=False), lost=lost, places=places), ASSIGNMENT, "hw.ipynb")
    told = "hw.ipynb, cell 2, line 1: invalid syntax\n    def (\nPython can't read the cell until this is mended"
    assert (reading.plans["a"].blocked, reading.warnings) == (told, ())  # said once
    reading = read_plans(inspected(lost=lost, places=places), ASSIGNMENT, "hw.ipynb")
    assert (reading.plans["a"].blocked, reading.warnings) == ("", (told,))  # another cell defines it


def test_syntax_problem_blocks_every_question() -> None:
    problem = SyntaxProblem(file=FILE, line=2, text="invalid syntax", code="def (\n    ^")
    reading = read_plans(Inspected(syntax_problem=problem), ASSIGNMENT, FILE)
    assert reading.warnings == ()
    told = "hw.py, line 2: invalid syntax\n    def (\n        ^\nPython can't read the file until this is mended"
    assert {plan.line for plan in reading.plans.values()} == {2}
    assert {plan.blocked for plan in reading.plans.values()} == {told}


@pytest.mark.parametrize("said", [Inspected(too_large=True), inspected(questions={"a": found()})])
def test_what_makes_no_sense_blocks_every_question(said: Inspected) -> None:
    reading = read_plans(said, ASSIGNMENT, FILE)
    assert reading == unparsable(ASSIGNMENT, FILE, "its structure is too large")
    assert reading.warnings == ("hw.py can't be parsed: its structure is too large",)
    told = "hw.py can't be parsed; make it a normal Python file"
    assert {plan.blocked for plan in reading.plans.values()} == {told}


def test_code_that_uses_more_than_its_question_needs_is_there_to_train() -> None:
    plans = plans_of(inspected(found(uses=("a", "b")), found(uses=("a", "b"))))
    assert (plans["a"].background, plans["b"].background) == (True, False)


def test_banned_use_in_the_source_is_forbidden() -> None:
    plan = plans_of(inspected(found(banned=((4, "torch.optim.SGD"), (5, "torch.optim.Adam")))))["a"]
    assert "hw.py, line 4" in plan.forbidden
    assert "torch.optim.SGD" in plan.forbidden


def test_banned_use_that_was_seen_is_charged_to_whom_the_line_belongs() -> None:
    plans = Plans(read_plans(inspected(), ASSIGNMENT, FILE), ASSIGNMENT)
    plans.forbid([Sighting(4, "torch.matmul", ()), Sighting(8, "torch.optim.SGD", ())], "a", loading=True)
    assert not plans["a"].forbidden
    assert "hw.py, line 8" in plans["b"].forbidden
    before = plans["b"]
    plans.forbid([Sighting(9, "torch.optim.Adam", ())], "a", loading=False)
    assert plans["b"] == before  # the first is told


def charged(question: str, line: int, *, loading: bool = False) -> set[str]:
    plans = Plans(read_plans(inspected(), ASSIGNMENT, FILE), ASSIGNMENT)
    plans.forbid([Sighting(line, "torch.optim.SGD", ())], question, loading=loading)
    return {name for name in "ab" if plans[name].forbidden}


def test_what_is_asked_of_a_question_is_charged_to_it_but_in_a_part_that_it_needs() -> None:
    assert charged("a", 8) == {"a", "b"}  # a calls what stands in b, which it need not
    assert charged("b", 4) == {"a"}  # b needs a
    assert charged("b", 8) == {"b"}
    assert charged("a", 8, loading=True) == {"b"}


def test_training_on_the_whole_file_with_a_use_of_nobody_s_is_to_be_looked_at() -> None:
    trains = inspected(found(), found(own=((7, 9),), uses=("a", "b", "c")))
    plans = Plans(read_plans(trains, ASSIGNMENT, FILE), ASSIGNMENT)
    assert plans.to_look_at("b") == ()
    plans.forbid([Sighting(15, "torch.optim.SGD", ()), Sighting(16, "torch.optim.Adam", ())], "b", loading=True)
    assert not plans["b"].forbidden
    assert plans.to_look_at("a") == ()  # it is no training
    (told,) = plans.to_look_at("b")
    assert "torch.optim.SGD (hw.py, line 15)" in told


def test_reason_to_block_is_the_first() -> None:
    plans = Plans(read_plans(inspected(found(present=False)), ASSIGNMENT, FILE), ASSIGNMENT)
    plans.block("a", "another")
    assert plans["a"].blocked == "a is not in hw.py: define it first"


def test_load_has_the_statements_of_the_question_and_the_stand_ins_that_are_asked_for() -> None:
    reading = read_plans(inspected(), ASSIGNMENT, FILE)
    load = load_for(ASSIGNMENT, reading, "b", Attempt(stand_ins=("a",)), seed=7, shared=False)
    assert (load.indices, load.seed, load.source, load.records) == ((0, 2), 7, "text\n" * 20, ())
    assert load.stand_ins == ("a",)
    assert "def helper" in load.stand_in_source
    assert "def b" not in load.stand_in_source
    assert load_for(ASSIGNMENT, reading, "b", OWN, seed=7, shared=False).stand_in_source == ""


def test_load_of_the_whole_file_records_for_every_question() -> None:
    reading = read_plans(inspected(), ASSIGNMENT, FILE)
    assert load_for(ASSIGNMENT, reading, "a", OWN, seed=7, shared=True).records == ()
    assert load_for(ASSIGNMENT, reading, "b", OWN, seed=7, shared=True).records == ("epoch",)
    whole = load_for(ASSIGNMENT, reading, "", Attempt(whole=True), seed=7, shared=True)
    assert (whole.indices, whole.records) == (None, ("epoch",))
