"""The executor: requests in order, values as they were when they were asked for, an exception ends what follows."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from grader.boundary.messages import Load, Ran, Run
from grader.boundary.requests import Operation, Request
from grader.boundary.values import Opaque, Raised
from grader.worker import executor, stand_in_modules
from grader.worker.state import State
from tests.meta.fakes.worker import FILE, LocalWorker

SOURCE = """
import torch

weight = torch.zeros(2)

def fill(x):
    weight.fill_(x)

def broken(kind):
    raise kind("no")

class Odd:
    pass
"""


@pytest.fixture
def worker() -> LocalWorker:
    return LocalWorker(SOURCE)


def ref(number: int) -> dict[str, int]:
    return {"ref": number}


def name(result: int, called: str) -> Request:
    return Request(Operation.NAME, result, [called])


def call(result: int, target: int, *arguments: object) -> Request:
    return Request(Operation.CALL, result, [ref(target), {"list": list(arguments)}, {"dict": []}])


def value(number: int) -> Request:
    return Request(Operation.VALUE, 0, [ref(number)])


def run(worker: LocalWorker, *requests: Request, tensors: tuple[torch.Tensor, ...] = ()) -> Ran:
    return worker.ask(Run(requests, tensors))


def raised_in(ran: Ran) -> Raised:
    assert ran.raised is not None
    return ran.raised


def test_values_come_in_the_order_in_which_they_were_asked_for(worker: LocalWorker) -> None:
    put = [Request(Operation.PUT, number, [number * 10]) for number in (1, 2)]
    assert run(worker, *put, value(2), value(1), value(2)) == Ran(values=(20, 10, 20))


def test_object_lives_on_until_the_example_ends(worker: LocalWorker) -> None:
    run(worker, Request(Operation.PUT, 1, [5]))
    assert run(worker, value(1)).values == (5,)
    assert raised_in(run(worker, Request(Operation.BEGIN, 2, [0]), value(1))).type_name == "KeyError"


def test_value_is_that_of_the_moment_though_the_tensor_is_changed_later(worker: LocalWorker) -> None:
    ran = run(worker, name(1, "weight"), name(2, "fill"), value(1), call(3, 2, 1), value(1), call(4, 2, 2), value(1))
    assert [found.tolist() for found in ran.values] == [[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]  # type: ignore[attr-defined]


def test_value_is_copied_only_where_something_later_can_change_it(worker: LocalWorker) -> None:
    state = worker.state
    asked = [name(1, "weight"), value(1), name(2, "fill"), value(1)]
    _, (copied, itself) = executor.run(state, Run(asked))
    assert copied.data_ptr() != state.namespace["weight"].data_ptr()
    assert itself is state.namespace["weight"]


def test_value_with_a_history_is_copied_without_it(worker: LocalWorker) -> None:
    worker.state.namespace["weight"] = torch.ones(2, requires_grad=True) * 2
    _, (copied,) = executor.run(worker.state, Run([name(1, "weight"), value(1), name(2, "fill")]))
    assert not copied.requires_grad


@pytest.mark.parametrize("kind", ["ValueError", "SystemExit", "KeyboardInterrupt"])
def test_exception_ends_what_follows_and_says_where(worker: LocalWorker, kind: str) -> None:
    exec(f"def stop():\n    raise {kind}('no')\n", worker.state.namespace)
    ran = run(worker, name(1, "weight"), value(1), name(2, "stop"), call(3, 2), value(1), call(4, 2))
    assert (raised_in(ran).type_name, ran.at, len(ran.values)) == (kind, 3, 1)


def test_frames_of_an_exception_are_the_student_s(worker: LocalWorker) -> None:
    asked = [name(1, "broken"), Request(Operation.TORCH, 2, ["nn.Linear"]), call(3, 1, ref(2))]
    found = raised_in(run(worker, *asked))
    assert [(frame.line, frame.code) for frame in found.frames] == [(10, 'raise kind("no")')]


def test_attempted_exception_is_a_value_and_ends_nothing(worker: LocalWorker) -> None:
    asked = [name(1, "missing")._replace(attempt=True), value(1), Request(Operation.PUT, 2, [5]), value(2)]
    ran = run(worker, *asked)
    assert ran.raised is None
    error, five = ran.values
    assert type(error) is Raised
    assert (error.type_name, error.text, five) == ("NameError", "name 'missing' is not defined", 5)


def test_attempt_that_goes_well_is_its_result(worker: LocalWorker) -> None:
    assert run(worker, Request(Operation.PUT, 1, [5], attempt=True), value(1)).values == (5,)


def test_attempt_to_end_the_process_ends_the_message(worker: LocalWorker) -> None:
    worker.state.namespace["leave"] = sys.exit
    ran = run(worker, name(1, "leave"), call(2, 1)._replace(attempt=True), value(2))
    assert (raised_in(ran).type_name, ran.at) == ("SystemExit", 1)


def test_object_that_does_not_cross_is_described(worker: LocalWorker) -> None:
    (found,) = run(worker, name(1, "Odd"), call(2, 1), value(2)).values
    assert type(found) is Opaque
    assert found.description.endswith("Odd")


def test_arguments_of_a_message_are_its_own_tensors(worker: LocalWorker) -> None:
    given = torch.tensor([1.0, 2.0])
    asked = [Request(Operation.PUT, 1, [{"leaf": 0}]), Request(Operation.GET, 2, [ref(1), "requires_grad"])]
    assert torch.equal(run(worker, *asked, value(1), tensors=(given,)).values[0], given)  # type: ignore[arg-type]
    assert run(worker, value(2)).values == (True,)


def test_objects_are_bounded(worker: LocalWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "MAX_OBJECTS", 3)
    ran = run(worker, *[Request(Operation.PUT, number, [number]) for number in range(9)])
    assert (raised_in(ran).type_name, ran.at) == ("MemoryError", 3)


# --- load -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> Iterator[State]:
    """A state whose load leaves this process as it was."""
    monkeypatch.setattr(stand_in_modules, "install", lambda names: None)
    kept = sys.modules["__main__"], sys.argv, list(sys.meta_path)
    yield State()
    sys.modules["__main__"], sys.argv, sys.meta_path[:] = kept


def loading(source: str, **more: Any) -> Load:
    return Load(**{"file": FILE, "source": source, "siblings": {}, "indices": None, **more})


def test_statement_that_raises_is_told_and_the_next_one_runs(state: State) -> None:
    loaded = executor.load(state, loading("x = 1\ny = 1 / 0\nimport sys\nsys.exit(3)\nz = x + 1\n"))
    assert [(problem.type_name, problem.frames[0].line) for problem in loaded.problems] == [
        ("ZeroDivisionError", 2),
        ("SystemExit", 4),
    ]
    assert (state.namespace["x"], state.namespace["z"]) == (1, 2)


def test_chosen_statements_alone_are_executed(state: State) -> None:
    executor.load(state, loading("x = 1\nx = 2\ny = 3\n", indices=(0, 2)))
    assert (state.namespace["x"], state.namespace["y"]) == (1, 3)


def test_stand_in_takes_the_place_of_what_a_statement_binds(state: State) -> None:
    source = "def f():\n    return 1\n\nf = lambda: 2\nkept = f()\nclass g: ...\n"
    executor.load(state, loading(source, stand_ins=("f",), stand_in_source="def f():\n    return 'good'\n"))
    assert (state.namespace["f"](), state.namespace["kept"]) == ("good", "good")
    assert "g" in state.namespace


def test_submission_is_the_main_program_of_its_file(state: State) -> None:
    executor.load(state, loading("import sys\nfound = (__name__, __file__, sys.argv)\n"))
    assert state.namespace["found"] == ("__main__", FILE, [FILE])
    assert sys.modules["__main__"].__dict__ is state.namespace


def test_random_numbers_of_an_execution_come_from_its_seed(state: State) -> None:
    source = "import random, torch\nfound = (random.random(), torch.rand(1).item())\n"
    drawn = []
    for seed in (1, 1, 2):
        executor.load(state, loading(source, seed=seed))
        drawn.append(state.namespace["found"])
    assert drawn[0] == drawn[1] != drawn[2]


def test_files_of_the_assignment_are_in_the_working_folder(
    state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    source = "config = open('config.json').read()\nrows = open('data/x.csv', 'rb').read()\n"
    loaded = executor.load(state, loading(source, beside={"config.json": b"{}", "data/x.csv": b"\xff"}))
    assert loaded.problems == ()
    assert (state.namespace["config"], state.namespace["rows"]) == ("{}", b"\xff")


def test_library_that_is_missing_costs_no_other_import_and_is_told_where_it_is_used(state: State) -> None:
    source = "import made_up_library as lib, math\ndef f():\n    return lib.thing\nx = math.pi\n"
    (problem,) = executor.load(state, loading(source)).problems
    assert problem.text.startswith("made_up_library is not installed where this is graded")
    assert state.namespace["x"] > 3
    with pytest.raises(ModuleNotFoundError, match="made_up_library"):
        state.namespace["f"]()
