"""The worker's loop: one answer to each message, with its number, until the judge hangs up."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, cast

import pytest
import torch

from grader.boundary import wire
from grader.boundary.channel import Channel
from grader.boundary.forms import Form
from grader.boundary.messages import (
    Answer,
    Inspect,
    Inspected,
    Load,
    Loaded,
    Message,
    Ran,
    Run,
    Sighting,
    Written,
    read_answer,
    write_message,
)
from grader.boundary.requests import Operation, Request
from grader.boundary.rules import Rules
from grader.worker import executor
from grader.worker.serve import serve
from grader.worker.state import State
from tests.meta.fakes.worker import through_json


class Judge:
    """Stands for the channel: has these messages to say, and then hangs up, or when an answer is given."""

    def __init__(self, *messages: Message[Any], hangs_up: bool = False) -> None:
        self._messages = deque(enumerate(messages, 1))
        self._hangs_up = hangs_up
        self.heard: list[Written] = []

    def receive(self, deadline: float | None) -> Written:
        if not self._messages:
            raise wire.ChannelClosed
        number, message = self._messages.popleft()
        return through_json(write_message(message, number))

    def send(self, header: dict[str, Any], tensors: Sequence[torch.Tensor], deadline: float | None) -> None:
        if self._hangs_up:
            raise wire.ChannelClosed
        wire.encode(header, tensors)
        self.heard.append((header, tensors))


def answers(judge: Judge, *kinds: type[Answer]) -> list[Answer]:
    """What the judge reads, of these kinds, with the number of each message."""
    return [
        read_answer(kind, number, *cast(Any, through_json(written))).answer
        for number, (kind, written) in enumerate(zip(kinds, judge.heard, strict=True), 1)
    ]


def served(*messages: Message[Any], state: State | None = None) -> Judge:
    judge = Judge(*messages)
    serve(cast(Channel, judge), state or State())
    return judge


PUT = [Request(Operation.PUT, 1, [5]), Request(Operation.VALUE, 0, [{"ref": 1}])]
INSPECT = Inspect(
    form=str(Form.FILE),
    files=(("hw.py", b"def f():\n    return 1\n"),),
    entry="hw.py",
    questions=("f",),
    needs={"f": ()},
    asked={"f": ()},
    rules=Rules(),
)


def test_each_message_has_its_answer_in_order() -> None:
    judge = served(INSPECT, Run(PUT), Run(PUT[1:]))
    inspected, *ran = answers(judge, Inspected, Ran, Ran)
    assert isinstance(inspected, Inspected)
    assert inspected.questions["f"].present
    assert ran == [Ran(values=(5,)), Ran(values=(5,))]


def test_judge_that_hangs_up_while_it_is_answered_ends_the_worker_in_peace() -> None:
    judge = Judge(Run(PUT), Run(PUT), hangs_up=True)
    serve(cast(Channel, judge), State())
    assert judge.heard == []


def test_what_the_guard_saw_goes_with_the_answer_once() -> None:
    state = State()
    state.guard._sightings.add(Sighting(3, "torch.nn.Linear", ("f",)))
    first, second = map(through_json, served(Run(PUT), Run(PUT), state=state).heard)
    assert read_answer(Ran, 1, *cast(Any, first)).sightings == (Sighting(3, "torch.nn.Linear", ("f",)),)
    assert read_answer(Ran, 2, *cast(Any, second)).sightings == ()


def test_what_the_guard_saw_goes_with_an_answer_that_is_too_large() -> None:
    state = State(namespace={"large": torch.zeros(9 << 20)})
    state.guard._sightings.add(Sighting(3, "torch.nn.Linear", ("f",)))
    asked = [Request(Operation.NAME, 1, ["large"]), *[Request(Operation.VALUE, 0, [{"ref": 1}])] * 2]
    (told,) = map(through_json, served(Run(asked), state=state).heard)
    assert read_answer(Ran, 1, *cast(Any, told)).sightings == (Sighting(3, "torch.nn.Linear", ("f",)),)


def test_answer_that_is_too_large_is_said_to_be_and_the_next_one_comes() -> None:
    state = State(namespace={"large": torch.zeros(9 << 20)})
    asked = [Request(Operation.NAME, 1, ["large"]), *[Request(Operation.VALUE, 0, [{"ref": 1}])] * 2]
    too_large, small = answers(served(Run(asked), Run(PUT), state=state), Ran, Ran)
    assert isinstance(too_large, Ran)
    assert too_large.raised is not None
    assert too_large.raised.text == "the result is too large to be looked at"
    assert small == Ran(values=(5,))


def test_load_is_carried_out(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Load] = []

    def noted(state: State, message: Load) -> Loaded:
        seen.append(message)
        return Loaded()

    monkeypatch.setattr(executor, "load", noted)
    load = Load(file="hw.py", source="x = 1\n", siblings={}, indices=(0,))
    assert answers(served(load), Loaded) == [Loaded()]
    assert seen == [load]
