"""Callers: whose code a file is, and whether a library's function was handed what it calls."""

from __future__ import annotations

import colorsys
import functools
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision.transforms

from grader import figures
from grader.worker import callers, detours
from grader.worker.callers import CALLS_ON, MAX_ITEMS, Caller, classify, holds, names

FILES = {
    "student.py": Caller.STUDENT,
    "<string>": Caller.STUDENT,
    f"{torch.__file__}.py": Caller.FREE,
    np.__file__: Caller.FREE,
    colorsys.__file__: Caller.LOOKED_THROUGH,
    "<frozen os>": Caller.LOOKED_THROUGH,
    figures.__file__: Caller.LOOKED_THROUGH,
    detours.__file__: Caller.TRUSTED,
    f"{Path(figures.__file__).parent}_of_mine.py": Caller.STUDENT,
}


@pytest.mark.parametrize("file", FILES)
def test_code_is_told_by_the_folder_of_its_file(file: str) -> None:
    callers: dict[str, Caller] = {}
    assert classify(file, callers) is FILES[file]
    assert callers == {file: FILES[file]}


def test_functions_that_call_what_they_are_given_stand_in_files_of_torch() -> None:
    assert [file for file in CALLS_ON if classify(file, {}) is not Caller.FREE] == []
    assert torch.nn.Module.apply.__code__.co_name in CALLS_ON[torch.nn.Module.apply.__code__.co_filename]


def calls_up(kind: type) -> object:
    return super(kind, kind)


def test_library_means_what_it_says_and_not_what_it_was_handed() -> None:
    tree_map = torch.utils._pytree.tree_map.__code__  # calls func(*args)
    assert not names(tree_map, "torch.nn.functional.linear")
    assert names(tree_map, "torch.utils._pytree.tree_flatten")
    assert names(tree_map, "torch.ops.aten.__call__")  # nobody says what an operator calls
    assert names(torch.nn.Linear.__init__.__code__, "torch.utils.data.Dataset")  # by super()
    assert not names(calls_up.__code__, "torch.utils.data.Dataset")  # not where objects are made
    assert not names(torch.nn.Linear.reset_parameters.__code__, "torch.utils.data.Dataset")


def test_what_lies_together_hands_each_other_functions() -> None:
    fetch = torch.utils.data._utils.fetch._MapDatasetFetcher.fetch.__code__  # calls self.collate_fn(data)
    assert names(fetch, "torch.utils.data.default_collate")
    assert not names(fetch, "torch.nn.functional.linear")
    convert = torchvision.transforms.ToTensor.__call__.__code__
    assert names(convert, "torchvision.ops.nms")
    assert not names(convert, "torch.nn.functional.linear")


class Thing:
    def method(self) -> None: ...


def thing() -> None: ...


def is_held(local: object, wanted: object = thing) -> bool:
    def frame(argument: object) -> types.FrameType:
        return sys._getframe()

    return holds(frame(local), wanted)


def test_thing_is_held_itself_or_wrapped() -> None:
    assert is_held(thing)
    assert is_held(functools.partial(functools.partial(thing)))
    assert is_held(map(thing, []))  # type: ignore[arg-type]
    assert is_held([1, thing])
    assert is_held((thing,))
    assert is_held(Thing().method, Thing.method)


def test_something_else_is_not_held() -> None:
    assert not is_held(is_held)
    assert not is_held(functools.partial(is_held))
    assert not is_held(Thing().method)
    assert not is_held({"key": thing})


def test_search_ends_soon() -> None:
    assert is_held([*range(MAX_ITEMS - 1), thing])
    assert not is_held([*range(MAX_ITEMS), thing])
    deep: object = thing
    for _ in range(4):
        deep = map(deep, [])  # type: ignore[call-overload]
    assert not is_held(deep)


def test_type_is_looked_at_once_where_it_leads_nowhere_and_always_where_it_may_lead() -> None:
    class Plain:
        pass

    for _ in range(2):
        for held in (functools.partial(thing), [thing], (thing,), staticmethod(thing)):
            assert is_held(held)
            assert not is_held(held, wanted=Plain)
        assert not is_held(Plain())
    assert callers._LEAD_NOWHERE[id(Plain)] is Plain


def test_types_that_are_known_are_so_many_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "MAX_TYPES", len(callers._LEAD_NOWHERE))
    assert not is_held(type("Another", (), {})())
    assert len(callers._LEAD_NOWHERE) == callers.MAX_TYPES
