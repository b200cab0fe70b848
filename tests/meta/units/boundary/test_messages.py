"""Messages and answers: read as they were written; an answer that no worker of ours writes is refused."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest
import torch

from grader.boundary import messages, wire
from grader.boundary.messages import (
    Inspect,
    Inspected,
    Load,
    Loaded,
    Ran,
    Run,
    Sighting,
    read_answer,
    read_message,
    too_large,
    write_answer,
    write_message,
)
from grader.boundary.owners import Lines
from grader.boundary.places import Places, Span
from grader.boundary.requests import Operation, Request
from grader.boundary.rules import MAX_CLAIMS, Rules
from grader.boundary.source import Found, LostCell
from grader.boundary.syntax import SyntaxProblem
from grader.boundary.values import Frame, Raised
from grader.boundary.wire import Json, ProtocolError

RULES = Rules(banned=frozenset({"torch.nn.*"}))
RAISED = Raised("ValueError", "no", (Frame(3, "f", "x = 1"),))
FOUND = Found(
    present=True,
    line=3,
    empty=("f",),
    written=True,
    unwritten=("g",),
    indices=(0, 2),
    certain=False,
    uses=("Linear",),
    banned=((4, "torch.nn.Linear"),),
    own=((1, 2), (3, 9)),
    code="5e1f",
)
INSPECT = Inspect(
    form="file",
    files=(("hw.py", b"x = 1\n"), ("odd.bin", b"\xff\0"), ("empty.py", b"")),
    entry="hw.py",
    questions=("Linear", "SGD"),
    needs={"Linear": (), "SGD": ["Linear"]},
    asked={"Linear": ["forward"], "SGD": ()},
    rules=RULES,
    files_beside=("config.json",),
)
INSPECTED = Inspected(
    questions={"Linear": FOUND},
    lost=(LostCell(line=1, text="t", code="c", questions=("SGD",)),),
    dynamic=((1, 1), (5, 7)),
    source="x = 'caf\u00e9'\n",
    places=Places(file="hw.ipynb", spans=[Span(first=1, file="hw.ipynb", line=1, cell=2)]),
    siblings={"parts.py": "y = 2\n"},
    choice="hw.ipynb is graded: 1 of 2 questions are written in it; hw.py has 0",
)
WITH_FILES = replace(INSPECTED, beside={"linear.pt": b"\0\xff", "empty": b""})
UNREAD = Inspected(
    unreadable="is no notebook",
    too_large=True,
    syntax_problem=SyntaxProblem(file="hw.py", line=2, text="invalid syntax", code="x ="),
    places=Places(file="", spans=[]),
)
LOAD = Load(
    file="hw.py",
    source="x = 1\n",
    siblings={"parts.py": "y = 2\n"},
    beside={"linear.pt": b"\0\xff", "empty": b""},
    indices=(0, 3),
    stand_ins=("Linear",),
    stand_in_source="class Linear: ...\n",
    records=("epoch",),
    harmless_modules=("wandb",),
    rules=RULES,
    seed=7,
    lines=Lines(own={"Linear": [[1, 2]]}, dynamic=[[1, 1]], last=2),
)
RUN = Run([Request(Operation.NAME, 1, ["f"]), Request(Operation.CALL, 2, [{"ref": 1}, {"list": []}], attempt=True)])
RAN = Ran(values=(1, 2.5, "x", None, [True, (1,)], {"a": RAISED}), raised=RAISED, at=2)


def on_the_way(written: messages.Written) -> tuple[dict[str, Any], list[torch.Tensor]]:
    """Header and tensors at the other end of a channel."""
    header, tensors = written
    text = bytes(wire.encode(header, tensors)[0])[wire.PREFIX_BYTES :]
    received, specs = wire.decode_header(text)
    assert [dtype for dtype, _, _ in specs] == [tensor.dtype for tensor in tensors]
    return received, list(tensors)


@pytest.mark.parametrize(
    "message",
    [
        INSPECT,
        LOAD,
        Load(file="hw.py", source="", siblings={}, indices=None),
        RUN,
        Run([]),
        Run(RUN.requests, [torch.ones(2)]),
        Run(RUN.requests, [torch.ones(2)]).for_many(),
    ],
    ids=lambda message: type(message).__name__,
)
def test_message_is_read_as_it_was_written(message: Inspect | Load | Run) -> None:
    header, tensors = on_the_way(write_message(message, 5))
    assert header["number"] == 5
    read = read_message(header, tensors)
    assert type(read) is type(message)
    if isinstance(message, Inspect) and isinstance(read, Inspect):
        assert {name: list(needed) for name, needed in message.needs.items()} == read.needs
        assert {name: list(methods) for name, methods in message.asked.items()} == read.asked
        read = copy.copy(read)
        object.__setattr__(read, "asked", message.asked)
        object.__setattr__(read, "needs", message.needs)
    if isinstance(read, Run) and isinstance(message, Run):
        assert (read.requests, len(read.tensors)) == (message.requests, len(message.tensors))
    else:
        assert read == message


@pytest.mark.parametrize(
    "answer",
    [INSPECTED, WITH_FILES, UNREAD, Loaded(), Loaded(problems=(RAISED, RAISED)), Ran(), RAN, Ran(raised=RAISED, at=0)],
    ids=lambda answer: type(answer).__name__,
)
def test_answer_is_read_as_it_was_written(answer: Inspected | Loaded | Ran) -> None:
    envelope = read_answer(type(answer), 9, *on_the_way(write_answer(answer.write(), 9, ())))
    assert envelope.answer == answer
    assert envelope.sightings == ()


def test_size_of_an_answer_is_that_of_its_tensors() -> None:
    written = Ran(values=(torch.ones(3), [torch.zeros(2, dtype=torch.int64)])).write()
    answer = read_answer(Ran, 1, *on_the_way(write_answer(written, 1, ()))).answer
    assert answer.size == 12 + 16
    assert torch.equal(answer.values[0], torch.ones(3))  # type: ignore[arg-type]


# --- what is refused --------------------------------------------------------------------------------------------------

WRONG: tuple[Json, ...] = (None, True, 1, -(2**63), "a", [], [1], [[1]], [None], {}, {"a": 1}, {"list": 5}, [[1, 2]])
# By its place in the header: what may stand there, beside what does.
ALLOWED: dict[str, tuple[Json, ...]] = {
    "values": ([], [1], [None]),
    "raised": (None,),
    "at": (1, -(2**63)),
    "problems": ([],),
    "unreadable": ("a",),
    "choice": ("a",),
    "too_large": (True,),
    "syntax_problem": (None,),
    "questions": ({},),
    "lost": ([],),
    "dynamic": ([], [[1, 2]]),
    "beside": ([],),
    "present": (True,),
    "line": (1, -(2**63)),
    "empty": ([],),
    "written": (True,),
    "indices": ([], [1]),
    "certain": (True,),
    "uses": ([],),
    "unwritten": ([],),
    "banned": ([],),
    "own": ([], [[1, 2]]),
    "code": ("a",),
}
ANSWERS: dict[str, Inspected | Loaded | Ran] = {
    "ran": RAN,
    "loaded": Loaded(problems=(RAISED,)),
    "inspected": INSPECTED,
    "unread": UNREAD,
}
FIELDS = [
    *((name, key) for name, answer in ANSWERS.items() for key in answer.write()[0]),
    *(("inspected", f"questions.Linear.{key}") for key in Found.__slots__),
]


def is_allowed(field: str, told: Json) -> bool:
    return any(type(told) is type(right) and told == right for right in ALLOWED[field.split(".")[-1]])


def put(header: dict[str, Any], field: str, told: Json) -> None:
    *path, last = field.split(".")
    for key in path:
        header = header[key]
    header[last] = told


@pytest.mark.parametrize("told", WRONG, ids=repr)
@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_field_of_another_type_is_refused(name: str, field: str, told: Json) -> None:
    answer = ANSWERS[name]
    header, tensors = on_the_way(write_answer(answer.write(), 1, ()))
    put(header, field, told)
    if is_allowed(field, told):
        read_answer(type(answer), 1, header, tensors)
    else:
        with pytest.raises(ProtocolError):
            read_answer(type(answer), 1, header, tensors)


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_field_that_is_missing_is_refused(name: str, field: str) -> None:
    answer = ANSWERS[name]
    header, tensors = on_the_way(write_answer(answer.write(), 1, ()))
    *path, last = field.split(".")
    holder = header
    for key in path:
        holder = holder[key]
    del holder[last]
    if None in ALLOWED[last]:
        read_answer(type(answer), 1, header, tensors)
    else:
        with pytest.raises(ProtocolError):
            read_answer(type(answer), 1, header, tensors)


@pytest.mark.parametrize("number", [None, 2, "1", True, [1], -1], ids=repr)
def test_answer_of_another_number_is_refused(number: Json) -> None:
    header, tensors = on_the_way(write_answer(Loaded().write(), 1, ()))
    if number is True:  # which JSON tells from 1, and Python does not
        header["number"] = number
        assert read_answer(Loaded, 1, header, tensors).answer == Loaded()
        return
    with pytest.raises(ProtocolError, match="it answered what it was not asked"):
        read_answer(Loaded, 1, {**header, "number": number}, tensors)


PLACES = INSPECTED.places.as_json()
TEXTS = {
    "no text at all": [],
    "two texts": ["", PLACES],
    "four texts": ["", PLACES, "{}", ""],
    "source is not UTF-8": [b"\xff", PLACES, "{}"],
    "places are no JSON": ["", "x", "{}"],
    "places are no list": ["", "{}", "{}"],
    "places of no file": ["", "[]", "{}"],
    "place of two parts": ["", '["hw.py", [1, "hw.py"]]', "{}"],
    "place on a line that is a text": ["", '["hw.py", [1, "hw.py", "1", 0]]', "{}"],
    "nested without end": ["", "[" * 100_000, "{}"],
    "siblings are no JSON": ["", PLACES, "x"],
    "siblings are a list": ["", PLACES, "[]"],
    "sibling that is no text": ["", PLACES, '{"a.py": 1}'],
    "half a character in a sibling": ["", PLACES, '{"a.py": "\\ud800"}'],
    "half a character in a name": ["", PLACES, '{"\\ud800.py": ""}'],
    "half a character in a place": ["", '["hw.py", [1, "\\ud800", 1, 0]]', "{}"],
    "half a character in a file": ["", '["\\ud800"]', "{}"],
}


@pytest.mark.parametrize("texts", TEXTS.values(), ids=TEXTS)
def test_texts_of_another_form_are_refused(texts: list[str | bytes]) -> None:
    header, _ = on_the_way(INSPECTED.write())
    with pytest.raises(ProtocolError):
        Inspected.read(header, [wire.text(text) for text in texts])


@pytest.mark.parametrize("names", [None, "ab", ["a"], ["a", "b", "c"], ["a", "a"], ["a", 1]], ids=repr)
def test_files_that_do_not_fit_their_names_are_refused(names: Json) -> None:
    header, tensors = on_the_way(WITH_FILES.write())
    assert len(tensors) == 5
    with pytest.raises(ProtocolError):
        Inspected.read({**header, "beside": names}, tensors)
    with pytest.raises(ProtocolError):
        Inspected.read(header, [*tensors[:4], torch.ones(2)])


def test_values_nested_without_end_are_refused() -> None:
    deep: Json = 1
    for _ in range(5000):
        deep = {"list": [deep]}
    with pytest.raises(ProtocolError):
        Ran.read({"values": [deep], "raised": None, "at": -1}, [])


# --- bounds -----------------------------------------------------------------------------------------------------------


def test_one_tensor_is_told_once_in_an_answer() -> None:
    header = {"values": [{"tensor": 0}, {"list": [{"tensor": 0}]}], "raised": None, "at": 0}
    with pytest.raises(ProtocolError, match="one tensor twice"):
        Ran.read(header, [torch.zeros(3)])


def test_problems_and_lost_cells_are_few() -> None:
    many = Loaded(problems=(RAISED,) * 100)
    assert len(many.write()[0]["problems"]) == messages.MAX_PROBLEMS
    told = {"problems": [RAISED.write()] * 100}
    assert len(Loaded.read(told, []).problems) == messages.MAX_PROBLEMS
    header, tensors = on_the_way(INSPECTED.write())
    header["lost"] = header["lost"] * 100
    assert len(Inspected.read(header, tensors).lost) == messages.MAX_LOST


@pytest.mark.parametrize("message", [INSPECT, LOAD, RUN], ids=lambda message: type(message).__name__)
def test_answer_that_is_too_large_is_told_in_the_form_of_its_own(message: Inspect | Load | Run) -> None:
    answer = read_answer(message.answer, 1, *on_the_way(write_answer(too_large(message), 1, ()))).answer
    match answer:
        case Inspected():
            assert answer.too_large
        case Loaded():
            assert [problem.type_name for problem in answer.problems] == ["TooLarge"]
        case Ran():
            assert answer.raised is not None
            assert (answer.raised.type_name, answer.at, answer.values) == ("TooLarge", -1, ())


# --- what the worker saw ----------------------------------------------------------------------------------------------


def test_sightings_come_with_any_answer() -> None:
    seen = [Sighting(1, "torch.nn.Linear", ("f", "g")), Sighting(0, "torch.optim", ())]
    envelope = read_answer(Loaded, 1, *on_the_way(write_answer(Loaded().write(), 1, seen)))
    assert envelope.sightings == tuple(seen)


@pytest.mark.parametrize(
    "seen", [5, None, {}, "x", [5], [[]], [[1, "a"]], [["1", "a", []]], [[True, "a", []]]], ids=repr
)
def test_sighting_that_makes_no_sense_is_left_out(seen: Json) -> None:
    header = {"number": 1, "problems": [], "seen": seen}
    assert read_answer(Loaded, 1, header, []) == messages.Envelope(Loaded(), ())
    sensible = [[2, "a", ["f", 5]]]
    if type(seen) is list:
        assert read_answer(Loaded, 1, {**header, "seen": seen + sensible}, []).sightings == (Sighting(2, "a", ("f",)),)


def test_sightings_are_few() -> None:
    header = {"number": 1, "problems": [], "seen": [[1, "a", []]] * MAX_CLAIMS}
    assert len(read_answer(Loaded, 1, header, []).sightings) == MAX_CLAIMS
    with pytest.raises(wire.ProtocolError, match="more than 100 banned uses"):
        read_answer(Loaded, 1, {**header, "seen": [*header["seen"], [1, "a", []]]}, [])  # type: ignore[misc]


def test_every_kind_of_message_can_be_read() -> None:
    for message in (INSPECT, LOAD, RUN):
        header, _ = message.write()
        assert messages.MESSAGES[header["kind"]] is type(message)
    assert json.dumps(RUN.write()[0])
