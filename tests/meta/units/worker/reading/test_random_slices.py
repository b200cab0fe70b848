"""Slices of random programs: a certain one does what the whole file does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from grader.worker.reading.slices import slice_for
from tests.meta.units.worker.reading.slicing import execute, looks, parse, run_slice

LISTS, FUNCTIONS = ("a", "b", "c"), ("f", "g")
PREAMBLE = """
import functools
a = [1]
b = [2]
c = [3]
def f(v): return v
def g(v): return list(v)
class K:
    def m(self, v): return v
o = K()
p = functools.partial(f, a)
def deco(fn): return fn
"""
STATEMENTS = (
    "{x} = [{k}]",
    "{x} = {y}",
    "{x} = [{y}, {k}]",
    "{x} = {y} + {z}",
    "{x}, {y} = {y}, {x}",
    "{x} = {f}({y})",
    "{x} = K().m({y})",
    "{x} = p()",
    "{x} = o.m({y})",
    "{x} += [{k}]",
    "{x}.append({k})",
    "{x}.append({y})",
    "{x}[0] = {k}",
    "({x} := {y}).append({k})",
    "{x} = {y} if {z} else [{k}]",
    "{f}({y})",
    "o.m({y})",
    "p()",
    "K().m({x})",
    "len({x})",
    "for e in ({x}, {y}): e.append({k})",
    "for e in list({x}): {y}.append({k})",
    "for {x} in ([{k}], {y}): pass",
    "for i in range(2): {x} = {f}({y})",
    "[e.append({k}) for e in ({x}, {y})]",
    "if {x}: {y} = {z}",
    "if len({x}) > 1: {y}.append({k})",
    "try: {x}.append({k})\nfinally: {y} = [{k}]",
    "def {f}(v): return v",
    "def {f}(v): v.append({k}); return v",
    "def {f}(v): return {y} + v",
    "def {f}(v): {y}.append({k}); return v",
    "def {f}(v): return {y}",
    "def {f}(v, w={y}): w.append({k}); return w",
    "def {f}(v, w=[]): w.append({k}); return list(w)",
    "def {f}(v):\n    global {x}\n    {x} = [{k}]\n    return v",
    "def {f}(v):\n    def inner(): {x} = 1\n    return {x} + v",
    "def {f}(v): return [{x} for {x} in v]",
    "def f(v): return g(v)",
    "def {f}(v): f.n = getattr(f, 'n', 0) + 1; return [f.n]",
    "def {f}(v): K.m = lambda self, v: [{k}]; return v",
    "def {f}(v): return o.m(v)",
    "@deco\ndef {f}(v): return [{k}]",
    "def deco(fn): {y}.append({k}); return fn",
    "def deco(fn): return lambda v: {y}",
    "@functools.cache\ndef h(): return [{k}]\ndef f(v): return h()",
    "{f} = lambda v: {y} + v",
    "{f} = functools.partial(list, {y}) if 0 else (lambda v, w={y}: w)",
    "f = g",
    "p = functools.partial({f}, {x})",
    "p = {x}.copy",
    "p = lambda: {x}",
    "class K:\n    made = []\n    def m(self, v): self.made.append({k}); return self.made",
    "class K:\n    kept = {y}\n    def m(self, v): return self.kept",
    "class K:\n    def __init__(self): self.s = {y}\n    def m(self, v): self.s.append({k}); return self.s",
    "class K:\n    n = 0\n    def m(self, v): type(self).n += 1; return [self.n]",
    "class K:\n    def m(self, v): {y}.append({k}); return v",
    "class L(K): pass\no = L()",
    "o = K()",
    "o.extra = {x}\no.extra.append({k})",
    "K.m = lambda self, v: [{k}]",
    "K.m = lambda self, v: {y}",
    "setattr(K, 'm', lambda self, v: {y})",
    "{x}.append(K)\n{x}[-1].m = lambda self, v: [{k}]\n{x}.pop()",
)
RESULTS = ("{x}", "[{x}, {y}]", "{f}({x})", "K().m({x})", "o.m({x})", "p()", "[{k}]", "{f}([{k}])", "K().m([{k}])")


@st.composite
def programs(draw: Callable[..., Any]) -> str:
    """A small program that defines q somewhere, with state shared in every way that the templates know."""

    def filled(template: str) -> str:
        x, y, z = (draw(st.sampled_from(LISTS)) for _ in range(3))
        return template.format(x=x, y=y, z=z, f=draw(st.sampled_from(FUNCTIONS)), k=draw(st.integers(4, 9)))

    parts = [filled(draw(st.sampled_from(STATEMENTS))) for _ in range(draw(st.integers(1, 9)))]
    parts.insert(draw(st.integers(0, len(parts))), f"def q(): return {filled(draw(st.sampled_from(RESULTS)))}")
    return PREAMBLE + "\n".join(parts)


@settings(max_examples=300, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(source=programs())
def test_certain_slice_does_what_the_whole_file_does(source: str) -> None:
    program = parse(source)
    part = slice_for("q", program)
    if not part.certain:
        return
    try:
        expected = looks(execute(program, strict=True))
    except Exception:  # a file that raises is no solution
        assume(False)
    assert run_slice(program, part) == expected
