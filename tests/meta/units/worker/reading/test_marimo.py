"""Notebooks of marimo: cells run in the order of what they use, and their own names do not meet."""

from __future__ import annotations

import ast
import textwrap
from typing import Any

import pytest

from grader.worker.reading.marimo import unfolded
from grader.worker.reading.parsing import parse


def flat(source: str) -> str:
    tree, _ = unfolded(ast.parse("import marimo\napp = marimo.App()\n" + textwrap.dedent(source)))
    return ast.unparse(ast.Module(tree.body[2:], []))


def test_cells_run_in_the_order_of_what_they_use() -> None:
    source = """
        @app.cell
        def _(b):
            c = b + 1
            return (c,)
        @app.cell(hide_code=True)
        def _(a):
            def b_of(): return a
            b = b_of()
            return b, b_of
        @app.cell
        def _():
            a = 1
            return (a,)
        """
    assert flat(source) == "a = 1\n\ndef b_of():\n    return a\nb = b_of()\nc = b + 1"


def test_setup_comes_first_and_decorators_of_marimo_go() -> None:
    source = """
        @app.class_definition
        @mugrade.local_tests
        class Linear(Module): pass
        @app.function(hide_code=True)
        def epoch(): pass
        with app.setup:
            import mugrade
            from torch.nn import Module
        """
    expected = (
        "import mugrade\nfrom torch.nn import Module\n\n@mugrade.local_tests\nclass Linear(Module):\n    pass\n\n"
    )
    assert flat(source) == expected + "def epoch():\n    pass"


def test_names_of_a_cell_alone_do_not_meet() -> None:
    source = """
        @app.cell
        def _():
            _loss = 1
            def first(): return f"{_loss}"
            return (first,)
        @app.cell
        def _():
            _loss = 2
            for _i in range(_loss): pass
            def second(): return _loss
            return (second,)
        """
    namespace: dict[str, Any] = {}
    exec(flat(source), namespace)
    assert (namespace["first"](), namespace["second"]()) == ("1", 2)


def test_name_that_two_cells_define_is_that_of_the_cell_above() -> None:
    source = """
        @app.cell
        def _():
            model = 1
        @app.cell
        def _(model):
            first = model
        @app.cell
        def _():
            model = 2
        @app.cell
        def _(model):
            second = model
        """
    namespace: dict[str, Any] = {}
    exec(flat(source), namespace)
    assert (namespace["first"], namespace["second"]) == (1, 2)


def test_circle_and_early_return_do_not_stop_the_rest() -> None:
    source = """
        @app.cell
        def _(b):
            def a(): return b()
            if a:
                return
        @app.cell
        def _(a):
            def b(): return a()
        @app.cell
        async def _():
            if True:
                class Linear: pass
        """
    assert [node for node in ast.parse(flat(source)).body if isinstance(node, ast.If)]
    assert "class Linear" in flat(source)


def test_cell_that_marimo_could_not_parse_is_told_of() -> None:
    source = (
        'import marimo\napp = marimo.App()\napp._unparsable_cell(\n    r"""\n    class Linear(:\n    """, name="_")\n'
    )
    _, (gone,) = unfolded(ast.parse(source))
    assert gone.names == {"Linear"}


def test_lines_are_those_of_the_file() -> None:
    source = (
        "import marimo\napp = marimo.App()\n@app.cell\ndef _():\n    x = 1\n    def f(): return x\n    return (f,)\n"
    )
    tree, _ = parse(source)
    assert [node.lineno for node in tree.body] == [1, 2, 5, 6]


@pytest.mark.parametrize(
    "source", ["import marimo\nx = 1", "app = App()\n@app.cell\ndef f(): return 1", "import flask\napp = flask.App()"]
)
def test_other_files_stay_as_they_are(source: str) -> None:
    tree = ast.parse(source)
    assert unfolded(tree) == (tree, [])
