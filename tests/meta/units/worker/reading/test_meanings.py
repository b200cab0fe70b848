"""Meanings: the dotted name of what a name or an expression stands for, where the source tells."""

from __future__ import annotations

import ast
import sys
from types import ModuleType

import pytest

from grader.worker.reading.meanings import Scope, exported, literal_text, meaning, parsed


def of(expression: str, **bound: str) -> str | None:
    """What it stands for where these names are bound."""
    scope = Scope()
    for name, value in bound.items():
        scope.bind(name, value)
    return meaning(ast.parse(expression, mode="eval").body, scope)


def test_name_stands_for_what_it_was_bound_to_last_while_its_scope_runs() -> None:
    scope = Scope()
    scope.bind("F", "torch.nn.functional")
    scope.bind("F", "torch")
    assert scope.look_up("F") == "torch"


def test_name_of_a_scope_that_has_run_is_certain_only_if_it_never_changed() -> None:
    scope = Scope(live=False)
    scope.bind("F", "torch.nn")
    assert scope.look_up("F") == "torch.nn"
    scope.bind("F", None)
    assert scope.look_up("F") is None


def test_local_name_hides_that_of_the_file_before_it_is_bound() -> None:
    file = Scope()
    file.bind("F", "torch.nn")
    assert Scope(parent=file).look_up("F") == "torch.nn"
    assert Scope(parent=file, own=frozenset({"F"})).look_up("F") is None


def test_body_of_a_class_is_not_seen_from_its_methods() -> None:
    body = Scope(parent=Scope(), is_class=True)
    body.bind("F", "torch.nn")
    assert body.look_up("F") == "torch.nn"
    assert Scope(parent=body).look_up("F") is None


def test_global_declaration_binds_in_the_file() -> None:
    file = Scope()
    inner = Scope(parent=Scope(parent=file), elsewhere=frozenset({"F"}))
    inner.bind("F", "torch.nn")
    assert (file.look_up("F"), inner.look_up("F")) == ("torch.nn", "torch.nn")


def test_name_that_nothing_binds_is_pythons_own_or_unknown() -> None:
    assert of("getattr") == "builtins.getattr"
    assert of("unknown.attribute") is None


MEANINGS = {
    "t.nn.Linear": "torch.nn.Linear",
    "(n := t.nn).Linear": "torch.nn.Linear",
    "getattr(t, 'n' + 'n')": "torch.nn",
    "getattr(t, name)": None,
    "vars(t)['nn']": "torch.nn",
    "t.__dict__.get('nn')": "torch.nn",
    "t.table['nn']": None,
    "globals()['t'].nn": "torch.nn",
    "s['torch.nn']": "torch.nn",
    "__import__('torch.nn')": "torch",
    "__import__('torch.nn', None, None, ['x'])": "torch.nn",
    "eval('t.nn')": "torch.nn",
    "eval('x = 1')": None,
    "get('nn.functional')(t)": "torch.nn.functional",
    "t.nn()": None,
}


@pytest.mark.parametrize("expression", MEANINGS)
def test_expression_stands_for_what_python_would_find(expression: str) -> None:
    found = of(expression, t="torch", s="sys.modules", get="operator.attrgetter")
    assert found == MEANINGS[expression]


@pytest.mark.parametrize(("source", "text"), [("f'a{'b'}c'", "abc"), ("b'ab'", "ab"), ("'a' + x", ""), ("f'a{x}'", "")])
def test_text_is_literal_only_where_all_of_it_is(source: str, text: str) -> None:
    source = source.replace("{'b'}", '{"b"}')
    assert literal_text(ast.parse(source, mode="eval").body) == text


def test_string_that_is_no_python_has_no_statements() -> None:
    assert [ast.unparse(node) for node in parsed("  x = 1\ny = 2 ")] == ["x = 1", "y = 2"]
    assert parsed("x = (") == parsed("\0") == []


def test_star_binds_what_the_loaded_module_exports(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("made_up")
    vars(module).update(one=1, _two=2)
    assert list(exported("made_up")) == []
    monkeypatch.setitem(sys.modules, "made_up", module)
    assert list(exported("made_up")) == ["one"]
    vars(module)["__all__"] = ["_two"]
    assert list(exported("made_up")) == ["_two"]
