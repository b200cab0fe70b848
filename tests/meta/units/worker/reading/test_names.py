"""Names: what a piece of Python binds, uses, changes and hands on, now and when its functions are called."""

from __future__ import annotations

import ast

import pytest

from grader.worker.reading.names import FILES, Effects, Names, base_names, certain_targets, exposed, own_names


def names(source: str) -> Names:
    return Names.of(*ast.parse(source).body)


def now(source: str) -> Effects:
    return names(source).now


BOUND = {
    "x = y = 1": {"x", "y"},
    "(a, *b), c[0], d.e = f()": {"a", "b"},
    "x: int": {"x"},
    "import a.b, c as d": {"a", "d"},
    "from m import *": {"*"},
    "for i in r: j = i": {"i", "j"},
    "with open(f) as g: pass": {"g"},
    "try: pass\nexcept E as e: pass": {"e"},
    "match v:\n    case {'k': k, **rest}: pass\n    case [first, *more] as whole: pass": {"k", "rest", "first", "more"}
    | {"whole"},
    "print(z := 1)": {"z"},
    "[i for i in r if (last := i)]": {"last"},
    "class A:\n    inside = 1\n    def f(self): own = 1": {"A"},
    "class A:\n    global g\n    g = 1": {"A", "g"},
    "def f(a):\n    b = a": {"f"},
}


@pytest.mark.parametrize("source", BOUND)
def test_names_that_are_bound(source: str) -> None:
    assert now(source).binds == BOUND[source]


STORED = {
    "x.a = 1": {"x"},
    "x[0].b = 1": {"x"},
    "x += 1": {"x"},
    "del x": {"x"},
    "setattr(x, 'a', 1)": {"x"},
    "x = 1": set(),
    "f(x)": set(),
    "torch.save(m, p)": {FILES},
}


@pytest.mark.parametrize("source", STORED)
def test_names_whose_objects_are_changed(source: str) -> None:
    assert now(source).stores == STORED[source]


def test_function_of_pythons_own_that_changes_nothing_is_handed_nothing() -> None:
    assert now("print(len(x), y)").passes == set()
    assert now("g(x, k=y)").passes == {"x", "y"}
    assert now("x.a.append(1)").passes == {"x"}
    assert now("x.append(1)").calls == {"x"}


def test_body_of_a_function_runs_later_and_its_defaults_now() -> None:
    found = names("def f(a=d):\n    global g\n    g = a + u\n    own = g")
    assert found.now.uses == {"d"}
    assert (found.later.uses, found.later.binds) == ({"u", "g"}, {"g"})


def test_comprehension_has_names_of_its_own() -> None:
    assert now("[p for p in ps if q]").uses == {"ps", "q"}


@pytest.mark.parametrize("source", ["exec(s)", "globals()['x'] = 1", "g = eval"])
def test_code_in_strings_is_dynamic(source: str) -> None:
    assert now(source).dynamic
    assert not now("x = executed").dynamic


@pytest.mark.parametrize("source", ["type(x).forward = f", "x.__class__ = C", "x.__dict__['a'] = 1", "cls.n = 1"])
def test_store_in_what_has_no_name_is_wild(source: str) -> None:
    assert now(source).wild
    assert not now("x.forward = f").wild


def test_call_that_configures_is_a_line_of_its_own() -> None:
    assert now("torch.set_default_dtype(d)").configures == {"torch"}
    assert now("x = torch.set_default_dtype(d)").configures == set()


def test_own_names_of_a_function_are_not_those_of_functions_in_it_or_declared_global() -> None:
    body = ast.parse("global g\ng = a = 1\ndef inner(): b = 1\nlambda: (c := 1)\n[d for d in a if (e := d)]").body
    assert own_names(body) == ({"a", "inner", "e"}, {"g"})


def test_loop_does_not_need_what_it_has_bound_itself_by_then() -> None:
    assert exposed(ast.parse("for i in r:\n    x = i + w\n    y = x").body) == {"r", "w"}
    assert exposed(ast.parse("if t:\n    x = 1\ny = x").body) == {"t", "x"}


def test_targets_are_certain_where_the_statement_binds_them_in_any_case() -> None:
    found = [certain_targets(node) for node in ast.parse("x, y = 1, 2\nz: int\nif t: w = 1\nfrom m import *").body]
    assert found == [{"x", "y"}, set(), set(), set()]


def test_base_of_a_computed_root_is_all_its_names() -> None:
    assert base_names(ast.parse("a.b[c].d", mode="eval").body) == {"a"}
    assert base_names(ast.parse("(a or b).c", mode="eval").body) == {"a", "b"}
