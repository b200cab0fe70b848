"""Scripts: what a script answers is what the executor answers to the same requests, to the last bit."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from grader.boundary import wire
from grader.boundary.messages import Play, Ran, Run, write_message
from grader.boundary.requests import Operation, Request, pack_argument
from grader.boundary.values import Leaf
from grader.worker import executor, scripts
from grader.worker.state import State
from tests.meta.fakes.worker import FILE, LocalWorker, through_json

SOURCE = """
import sys
import torch

weight = torch.zeros(2)
leave = sys.exit
made = []

def fill(x):
    weight.fill_(x)
    return weight

def broken(kind):
    raise kind("no")

def stop():
    raise KeyboardInterrupt

def same(*args, **kwargs):
    return [*args, kwargs]

def spoil(x):
    with torch.no_grad():
        x.add_(1)
    return x

def draws():
    return [torch.rand(()).item(), torch.is_grad_enabled()]

class Layer:
    size = 3

    @property
    def far(self):
        raise LookupError("too far")

    def __init__(self):
        made.append(self)

    def __getitem__(self, key):
        return key
"""
BEGIN = Request(Operation.BEGIN, 1, [7])
EMPTY: dict[str, Any] = {"dict": []}


def ref(number: int) -> dict[str, int]:
    return {"ref": number}


def name(result: int, called: str) -> Request:
    return Request(Operation.NAME, result, [called])


def call(result: int, target: int, *arguments: object, **named: object) -> Request:
    return Request(
        Operation.CALL,
        result,
        [ref(target), {"tuple": list(arguments)}, {"dict": [list(pair) for pair in named.items()]}],
    )


def get(result: int, target: int, attribute: str) -> Request:
    return Request(Operation.GET, result, [ref(target), attribute])


def torch_s(result: int, path: str) -> Request:
    return Request(Operation.TORCH, result, [path])


def ask(operation: Operation, result: int, *arguments: object) -> Request:
    return Request(operation, result, arguments)


def value(number: int) -> Request:
    return Request(Operation.VALUE, 0, [ref(number)])


def tried(request: Request) -> Request:
    return request._replace(attempt=True)


ARGUMENTS = [
    *(None, True, -3, 2**62, "it's \"\\n\n", {"float": (0.1).hex()}, {"float": "nan"}, {"float": "-inf"}),
    {"list": [1, {"list": []}, {"tuple": [{"float": "-0x0.0p+0"}]}]},
    {"dict": [["a b", {"dict": []}], ["c", 1]]},
    {"slice": [None, 2, {"ref": 2}]},
    *({"dtype": "float64"}, {"ellipsis": True}, {"tensor": 0}, {"leaf": 1}, {"tensor": 2}),
]
TENSORS = (torch.tensor([1.0, 2.0]), torch.ones(2, 2, dtype=torch.float64), torch.tensor([True, False]))
CASES: dict[str, list[Request]] = {
    "arguments": [BEGIN, Request(Operation.PUT, 2, [5]), name(3, "same"), call(4, 3, *ARGUMENTS, key=1), value(4)],
    "a tensor that wants a gradient": [
        *(BEGIN, ask(Operation.PUT, 2, {"leaf": 1}), get(3, 2, "requires_grad"), value(3)),
        *(ask(Operation.PUT, 4, {"tensor": 0}), get(5, 4, "requires_grad"), value(5)),
    ],
    "values of the moment": [
        *(BEGIN, name(2, "weight"), name(3, "fill"), value(2), call(4, 3, 1), value(2), call(5, 3, 2)),
        *(value(2), value(5), Request(Operation.VALUE, 0, [{"list": [ref(2), ref(4)]}])),
    ],
    "no value": [BEGIN, name(2, "weight")],
    "seeds": [BEGIN, name(2, "draws"), call(3, 2), value(3), BEGIN._replace(arguments=[8]), name(2, "draws")],
    "gradients are recorded": [BEGIN, torch_s(2, "set_grad_enabled"), call(3, 2, False), BEGIN, name(2, "draws")],
    "objects are forgotten": [BEGIN, Request(Operation.PUT, 2, [5]), BEGIN, value(2)],
    "exception": [BEGIN, name(2, "weight"), value(2), name(3, "missing"), value(2)],
    "exception of the student's": [BEGIN, name(2, "broken"), torch_s(3, "nn.Linear"), value(2), call(4, 2, ref(3))],
    "exception in the value": [BEGIN, name(2, "weight"), Request(Operation.VALUE, 0, [ref(9)]), value(2)],
    "exit": [BEGIN, name(2, "leave"), call(3, 2, 1), value(2)],
    "interrupt": [BEGIN, name(2, "stop"), call(3, 2)],
    "attempts": [
        *(BEGIN, tried(name(2, "missing")), value(2), tried(name(3, "Layer")), tried(call(4, 3))),
        *(tried(get(5, 4, "far")), value(5), tried(torch_s(6, "no.such")), value(6)),
        *(tried(torch_s(7, "float64")), value(7)),
    ],
    "attempt to leave": [BEGIN, name(2, "leave"), tried(call(3, 2)), value(2)],
    "a layer of the judge's": [
        *(BEGIN, torch_s(2, "nn.Linear"), call(3, 2, 2, 1), call(4, 3, {"tensor": 0}), value(4), get(5, 3, "weight")),
        *(value(5), Request(Operation.SET, 6, [ref(5), "data", {"tensor": 0}]), value(5), torch_s(7, "optim.SGD")),
        *(Request(Operation.LIST, 8, [ref(5)]), call(9, 7, ref(8), lr={"float": (0.5).hex()}), get(10, 9, "step")),
        *(call(11, 10), value(11), Request(Operation.TYPE, 12, [ref(9)]), value(12)),
    ],
    "objects of the student's": [
        *(BEGIN, name(2, "Layer"), call(3, 2), get(4, 3, "size"), value(4), ask(Operation.SET, 5, ref(3), "size", 4)),
        *(get(4, 3, "size"), value(4), ask(Operation.ITEM, 6, ref(3), {"slice": [1, None, None]}), value(6)),
        *(ask(Operation.IS_INSTANCE, 7, ref(3), ref(2)), value(7), ask(Operation.IS_SAME, 8, ref(3), ref(3)), value(8)),
        *(ask(Operation.TYPE, 9, ref(3)), value(9), ask(Operation.RECORDED, 10, ref(3)), value(10), value(3)),
    ],
    "several": [
        *(BEGIN, ask(Operation.LIST, 2, 1, 2, 3), ask(Operation.ITER, 3, ref(2)), ask(Operation.NEXT, 4, ref(3))),
        *(value(4), ask(Operation.TAKE, 5, ref(3), 5), value(5), ask(Operation.GENERATOR, 6, 1, 2)),
        *(ask(Operation.NEXT, 7, ref(6)), value(7), ask(Operation.LIST, 8), value(8)),
        *(ask(Operation.PART, 9, "limit", "limit = 7"), value(9)),
    ],
}


def state_of(source: str = SOURCE) -> State:
    state = State()
    exec(compile(source, FILE, "exec"), state.namespace)
    state.lines = {FILE: (0, source.split("\n"))}
    return state


def framed(*messages: Run) -> bytes:
    return b"".join(b"".join(wire.encode(*write_message(message, 0))) for message in messages)


def played(
    state: State, requests: Sequence[Request], *secrets: str, tensors: Sequence[torch.Tensor] = TENSORS
) -> bytes:
    """The answer, as it is sent."""
    state.scripts = scripts.read(framed(Run([*requests], tensors)))
    return b"".join(wire.encode(*scripts.play(state, Play(0, secrets))))


@pytest.mark.parametrize("case", CASES)
def test_answer_is_that_of_the_executor(case: str) -> None:
    header, tensors = through_json(Run(CASES[case], TENSORS).write())
    read = b"".join(wire.encode(*executor.run(state_of(), Run.read(header, [*tensors]))))
    state = state_of()
    assert played(state, CASES[case]) == read
    assert b"".join(wire.encode(*scripts.play(state, Play(0)))) == read or case == "values of the moment", "again"


def test_each_operation_is_among_the_cases() -> None:
    assert {request.operation for case in CASES.values() for request in case} == {*Operation}


packed = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(), st.text(), st.just(...)),
    lambda inner: st.one_of(
        st.lists(inner),
        st.lists(inner).map(tuple),
        st.dictionaries(st.text(), inner),
        st.builds(slice, inner, inner, inner),
    ),
    max_leaves=12,
)


@given(packed)
def test_argument_is_what_it_was(argument: object) -> None:
    told = pack_argument(argument, [], lambda _: None)
    state = State()
    played(state, [BEGIN, Request(Operation.PUT, 2, [told])])
    assert repr(state.objects[2]) == repr(argument)
    first = state.objects[2]
    scripts.play(state, Play(0))
    assert type(first) not in (list, dict) or state.objects[2] is not first, "changed by one, it would be for the next"


def test_each_time_it_has_copies_of_its_tensors() -> None:
    state, tensors = state_of(), list[torch.Tensor]()
    arguments = [
        pack_argument(x, tensors, lambda _: None) for x in (torch.ones(2), Leaf(torch.ones(2)), torch.ones(2) > 0)
    ]
    asked = [BEGIN, name(2, "spoil")]
    for place, argument in enumerate(arguments[:2], 3):
        asked += [call(place, 2, argument), value(place), get(9, place, "requires_grad"), value(9)]
    asked += [
        Request(Operation.PUT, 5, [arguments[2]]),
        Request(Operation.SET, 6, [ref(5), "data", {"tensor": 0}]),
        value(5),
    ]
    first = played(state, asked, tensors=tensors)
    held = state.objects[3]
    for _ in range(2):
        assert b"".join(wire.encode(*scripts.play(state, Play(0)))) == first
    assert state.objects[3] is not held
    held.resize_(9).detach_()  # as of one that is the student's own


def test_secrets_are_told_where_it_is_played() -> None:
    secret = {"secret": 0}, {"secret": 1}
    asked = [
        BEGIN,
        name(2, "Layer"),
        Request(Operation.SET, 3, [ref(2), *secret]),
        name(4, "same"),
        call(5, 4, secret[1]),
    ]
    for given_ in (("_a", "it's"), ("_b", "\\")):
        state = state_of()
        played(state, [*asked, value(5)], *given_)
        assert getattr(state.namespace["Layer"], given_[0]) == given_[1]
        assert state.objects[5][0] == given_[1]


def test_it_begins_with_an_example() -> None:
    for requests in ([], [name(1, "weight"), BEGIN]):
        with pytest.raises(ValueError, match="begins with an example"):
            scripts.compiled(Run(requests))


def test_what_a_submission_rebinds_is_not_what_it_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    state = state_of()
    given_ = {"tensor": 0}, {"float": "inf"}, {"slice": [None, 1, None]}
    played(state, [BEGIN, name(2, "same"), call(3, 2, *given_), tried(name(4, "missing"))])
    for owner, called in ((torch.Tensor, "clone"), (builtins, "float"), (builtins, "slice"), (scripts, "_leaf")):
        monkeypatch.setattr(owner, called, None)
    scripts.play(state, Play(0))
    monkeypatch.undo()
    assert state.objects[3] == [pytest.approx(torch.tensor([1.0, 2.0])), float("inf"), slice(None, 1), {}]


def test_place_of_what_raised_is_told_whatever_it_says_of_itself() -> None:
    source = """
class Odd(Exception):
    __traceback__ = property(lambda self: None)

def stop():
    raise Odd
"""
    state = state_of(source)
    asked = [BEGIN, name(2, "stop"), value(2), call(3, 2), value(2)]
    played(state, asked)
    header, tensors = through_json(scripts.play(state, Play(0)))
    assert Ran.read(header, [*tensors]).at == 3


def test_worker_that_knows_a_script_answers_as_one_that_reads() -> None:
    one, other = LocalWorker(SOURCE), LocalWorker(SOURCE)
    message = Run([BEGIN, name(2, "weight"), value(2), name(3, "fill"), call(4, 3, 2), value(4)])
    (number,) = one.compile([message])
    assert str(one.ask(Play(number))) == str(other.ask(message))
    assert one.operations == other.operations
