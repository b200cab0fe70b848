"""Statements: what each one binds, uses and may change, itself or by the functions that it calls."""

from __future__ import annotations

import pytest

from grader.worker.reading.names import FILES
from grader.worker.reading.statements import TORCH, Statement
from tests.meta.units.worker.reading.slicing import parse


def last(source: str) -> Statement:
    return parse(source)[-1]


def test_statement_binds_and_changes_what_the_function_does_that_it_calls() -> None:
    source = "table = {}\ndef fill():\n    global made\n    made = 1\n    table['a'] = 1\ndef outer(): fill()\nouter()"
    found = last(source)
    assert found.binds == {"made"}
    assert "table" in found.uses
    assert "table" in found.changes.direct


def test_call_on_a_line_of_its_own_is_there_for_its_effect() -> None:
    source = "import torch\nx = [1]\n{}"
    assert last(source.format("f(x)")).changes.direct == {"x"}
    assert last(source.format("y = f(x)")).changes.direct == frozenset()
    assert last(source.format("y = f(x)")).changes.passed == {"x"}
    assert last(source.format("torch.manual_seed(0)")).changes.direct == {"torch"}


@pytest.mark.parametrize("value", ["1", "(1, 'a')", "-2 * 3", "torch.float32", "torch.device('cpu')", "n"])
def test_constant_can_not_be_changed_by_what_it_is_handed_to(value: str) -> None:
    assert last(f"import torch\nn = 3\nx = {value}\nf(x)").changes.passed == frozenset()
    assert last(f"import torch\nn = 3\nx = [{value}]\nf(x)").changes.passed == {"x"}


def test_loop_may_change_what_it_runs_over() -> None:
    assert last("ps = [1]\nfor p in ps: p.zero_()").changes.passed >= {"ps"}


def test_patch_of_the_library_may_change_any_part_of_it() -> None:
    assert TORCH in last("import torch\ntorch.nn.Module.forward = f").changes.definitions
    assert TORCH not in last("import math\nmath.sqrt = f").changes.definitions


@pytest.mark.parametrize(
    ("definition", "keeps"),
    [
        ("def q(x, n=1): return x", False),
        ("def q(x, seen=[]): return x", True),
        ("import functools\n@functools.cache\ndef q(x): return x", True),
        ("class q:\n    n = 1\n    def f(self): pass", False),
        ("class q:\n    made = []", True),
    ],
)
def test_definition_that_keeps_something_between_two_uses_is_state(definition: str, keeps: bool) -> None:
    assert last(f"{definition}\nq(1)").state == ({"q"} if keeps else frozenset())


def test_branch_needs_only_what_has_no_value_yet_and_rebinds_nothing_for_certain() -> None:
    found = last("for i in range(3):\n    x = i\n    y = x")
    assert found.uses == {"range"}
    assert found.rebinds == frozenset()
    assert last("x = y").rebinds == {"x"}
    assert last("x = x + 1").rebinds == frozenset()


def test_file_that_is_written_is_changed() -> None:
    assert FILES in last("import torch\ntorch.save(1, 'a')").changes.direct
    assert FILES in last("import torch\nx = torch.load('a')").uses


def test_star_import_and_strings_may_bind_anything() -> None:
    assert last("from m import *").dynamic
    assert last("exec(s)").dynamic
    assert last("def f(): exec(s)\nf()").changes.wild


def test_statement_that_is_nested_too_deeply_may_do_anything() -> None:
    assert last("x = " + " + ".join(["1"] * 1200)).dynamic
