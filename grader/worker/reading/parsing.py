"""Parsing and compiling hostile source."""

from __future__ import annotations
import __future__

import ast
import contextlib
import sys
import warnings
from collections.abc import Iterator
from types import CodeType
from typing import Final

from grader.worker.reading import marimo
from grader.worker.reading.text import Lost

# Python's parser refuses what is nested deeper than some 3,000 levels; looking at one level takes a few calls.
_RECURSION_LIMIT: Final = 20_000


def parse(source: str, file: str = "submission") -> tuple[ast.Module, list[Lost]]:
    """The top-level statements, of a marimo notebook too, and what of them can't be read.

    Raises SyntaxError, or whatever else Python has against the source.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        tree = ast.parse(source, file)
    with deep():
        return marimo.unfolded(tree)


def compiled(nodes: list[ast.stmt], file: str, flags: int = 0) -> CodeType:
    """The code of some statements of a file with these __future__ imports; those of this file don't count."""
    with warnings.catch_warnings(), deep():
        warnings.simplefilter("ignore", SyntaxWarning)
        code: CodeType = compile(ast.Module(nodes, []), file, "exec", flags=flags, dont_inherit=True)
        return code


def future_flags(tree: ast.Module) -> int:
    """What the __future__ imports of a file ask of the compiler."""
    asked = [a.name for n in tree.body if isinstance(n, ast.ImportFrom) and n.module == "__future__" for a in n.names]
    flags = 0
    for feature in (getattr(__future__, name, None) for name in asked):
        flags |= feature.compiler_flag if isinstance(feature, __future__._Feature) else 0
    return flags


@contextlib.contextmanager
def deep() -> Iterator[None]:
    """Room to look at an expression as deep as the parser takes: `1 + 1 + ...` is nested once for each term.

    Never around parsing, which would then take what overflows the stack, nor around code of the student's.
    """
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _RECURSION_LIMIT))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def plain(text: str) -> ast.Module:
    """The statements of a text, as Python parses it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        return ast.parse(text)
