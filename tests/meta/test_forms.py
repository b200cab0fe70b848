"""Every form that a submission takes becomes the same top-level statements, each with its place; harm is refused."""

from __future__ import annotations

import ast
import io
import json
import stat
import textwrap
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest

from grader.boundary.forms import Form
from grader.boundary.places import Places, Span
from grader.worker.reading.folder import choose, unpack
from grader.worker.reading.jupyter import code_cells
from grader.worker.reading.magics import python_of
from grader.worker.reading.marimo import unfolded
from grader.worker.reading.parsing import parse
from grader.worker.reading.program import Program, read
from grader.worker.reading.text import Unreadable

QUESTIONS = ("Linear", "SGD", "epoch")

# --- cells ------------------------------------------------------------------------------------------------------------

MAGICS = {
    "line magic": ("%matplotlib inline\nx = 1", "pass\nx = 1"),
    "shell": ("!pip install torch\nx = 1", "pass\nx = 1"),
    "shell that goes on": ("!pip install \\\n  torch\nx = 1", "pass\n\nx = 1"),
    "inside a block": ("if True:\n    !ls\n    %cd ..\nx = 1", "if True:\n    pass\n    pass\nx = 1"),
    "assigned": ("files = !ls\nn = %timeit -o f()\nx = 1", "pass\npass\nx = 1"),
    "help": ("torch.relu?\n?torch\nx = 1", "pass\npass\nx = 1"),
    "timed statement": ("%time x = f(1)", "x = f(1)"),
    "modulo over lines": ("%pip install x\nx = (7\n% 3)", "pass\nx = (7\n% 3)"),
    "modulo after a backslash": ("%pip install x\nx = 7 \\\n% 3", "pass\nx = 7 \\\n% 3"),
    "inside a text": ("!ls\nx = '''\n!not\n%this\n'''", "pass\nx = '''\n!not\n%this\n'''"),
    "after a comment with a quote": ("# don't\n!ls\nx = 1", "# don't\npass\nx = 1"),
    "text with an escaped quote": ("x = 'it\\'s ('\n!ls", "x = 'it\\'s ('\npass"),
    "cell for a shell": ("%%bash\nrm -rf /\ndef f(): pass", "\n\n"),
    "cell for a file": ("\n%%writefile x.py\nx = 1", "\n\n"),
    "cell that is timed": ("%%time\nx = 1", "\nx = 1"),
    "captured and timed": ("%%capture out\n%%time\nx = 1\n!ls", "\n\nx = 1\npass"),
    "comparison": ("%cd x\ny = x != 1", "pass\ny = x != 1"),
    "no magic at all": ("x = 7 \\\n    % 3", "x = 7 \\\n    % 3"),
    "pasted with indentation": ("    x = 1\n    !ls", "x = 1\npass"),
    "line ends of Windows": ("%cd x\r\nx = 1\r\n", "pass\nx = 1\n"),
}


@pytest.mark.parametrize("name", MAGICS)
def test_lines_for_the_notebook_are_left_out_and_lines_keep_their_numbers(name: str) -> None:
    source, expected = MAGICS[name]
    assert python_of(source) == expected


def notebook(*cells: str, version: int = 4, **more: Any) -> bytes:
    found: list[dict[str, Any]] = [{"cell_type": "markdown", "source": "# def Linear(: no code"}]
    key = "input" if version == 3 else "source"
    for cell in cells:
        lines = cell.splitlines(keepends=True)
        found.append({"cell_type": "code", "outputs": [{"data": "x" * 100}], "metadata": {"x": 1}, key: lines})
    cells_of_it = {"worksheets": [{"cells": found}]} if version == 3 else {"cells": found}
    return json.dumps({"nbformat": version, "nbformat_minor": 0, **cells_of_it, **more}).encode()


def program(data: bytes, name: str = "hw.ipynb") -> Program:
    return read(Form.FILE, {name: data}, "", QUESTIONS)


@pytest.mark.parametrize("version", [3, 4, 5])
def test_code_cells_are_one_text_in_order(version: int) -> None:
    found = program(notebook("x = 1\n", "", "y = 2\nz = 3", "print(x)", version=version))
    assert found.text.source == "x = 1\n\ny = 2\nz = 3\nprint(x)"
    assert [found.places.at(line) for line in (1, 3, 4, 5)] == [
        "hw.ipynb, cell 1, line 1",
        "hw.ipynb, cell 2, line 1",
        "hw.ipynb, cell 2, line 2",
        "hw.ipynb, cell 3, line 1",
    ]


def test_cell_that_does_not_parse_costs_what_it_defines() -> None:
    found = program(notebook("x = 1", "x = 2\nclass Linear(Module:\n  def forward(self): pass", "y = 3"))
    assert ast.unparse(ast.parse(found.text.source)) == "x = 1\ny = 3"
    (gone,) = found.text.lost
    assert found.places.at(gone.line) == "hw.ipynb, cell 2, line 2"
    assert "Linear" in gone.names
    assert gone.code == "class Linear(Module:"


@pytest.mark.parametrize(
    "cell", ["return 1", "x = '\0'", "x = 1\\", "'''open", "await f()", "def f(a, a): pass", "x = \ud800", "(" * 300]
)
def test_cell_that_python_refuses_does_not_cost_the_next(cell: str) -> None:
    found = program(notebook(cell, "def Linear(): pass"))
    assert len(found.text.lost) == 1
    assert ast.unparse(ast.parse(found.text.source)) == "def Linear():\n    pass"
    assert found.places.at(found.text.source[: found.text.source.index("def")].count("\n") + 1).startswith(
        "hw.ipynb, cell 2"
    )


NO_NOTEBOOKS = {
    "text": b"class Linear: pass",
    "cut off": notebook("x = 1")[:-5],
    "list": b"[]",
    "no version": b'{"cells": []}',
    "format 2": notebook("x = 1", version=2),
    "cells of another kind": b'{"nbformat": 4, "cells": {"a": 1}}',
    "no code": notebook(),
    "deep": b"[" * 100_000,
    "a long number": b'{"nbformat": ' + b"1" * 10_000 + b"}",
    "no text": b"\xff\xfe\xfd",
}


@pytest.mark.parametrize("name", NO_NOTEBOOKS)
def test_what_is_no_notebook_is_told_in_one_line(name: str) -> None:
    with pytest.raises(Unreadable, match="; ") as caught:
        code_cells(NO_NOTEBOOKS[name])
    assert "\n" not in str(caught.value)


def test_cells_of_odd_shapes_are_passed_over() -> None:
    odd = [1, None, {}, {"cell_type": "code"}, {"cell_type": "code", "source": 3}, {"cell_type": "code", "source": [1]}]
    data = json.dumps({"nbformat": 4, "cells": [*odd, {"cell_type": "code", "source": "x = 1"}]}).encode()
    assert code_cells(data) == ["x = 1"]
    assert code_cells(b"\xef\xbb\xbf" + data) == ["x = 1"]


# --- marimo -----------------------------------------------------------------------------------------------------------


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


# --- folders and archives ---------------------------------------------------------------------------------------------


def packed(files: Mapping[str, bytes | str], **info: Any) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            member = zipfile.ZipInfo(name)
            member.compress_type = zipfile.ZIP_DEFLATED
            for key, value in info.items():
                setattr(member, key, value)
            archive.writestr(member, content)
    return buffer.getvalue()


def test_archive_gives_its_python_alone() -> None:
    files = {
        "hw/hw3.py": "x = 1",
        "hw/data.csv": "1",
        "__MACOSX/hw/._hw3.py": "\0",
        "hw/.git/x.py": "",
        "hw/a.IPYNB": "{}",
    }
    assert unpack(packed(files)) == {"hw/hw3.py": b"x = 1", "hw/a.IPYNB": b"{}"}


def encrypted(archive: bytes) -> bytes:
    """The archive with the mark that its first member is encrypted."""
    flags = archive.index(b"PK\x01\x02") + 8
    return archive[:flags] + b"\x01" + archive[flags + 1 :]


HARMFUL = {
    "a path out of it": packed({"../hw3.py": "x"}),
    "a path in the middle": packed({"a/../../hw3.py": "x"}),
    "an absolute path": packed({"/etc/hw3.py": "x"}),
    "a path of Windows": packed({"C:/hw3.py": "x"}),
    "backslashes": packed({"..\\hw3.py": "x"}),
    "a link": packed({"hw3.py": "/etc/passwd"}, external_attr=(stat.S_IFLNK | 0o777) << 16),
    "encrypted": encrypted(packed({"hw3.py": "x"})),
    "a bomb": packed({f"{i}.bin": bytes(150 << 20) for i in range(8)}),
    "a large file": packed({"hw3.py": b"#" * (49 << 20)}),
    "many files": packed({f"{i}.py": "x" for i in range(501)}),
    "no archive": b"PK\x03\x04 and nothing",
    "cut off": packed({"hw3.py": "x" * 100})[:-30],
}


@pytest.mark.parametrize("name", HARMFUL)
def test_archive_that_means_harm_is_refused(name: str) -> None:
    with pytest.raises(Unreadable, match="; ") as caught:
        unpack(HARMFUL[name])
    assert "\n" not in str(caught.value)


def test_archive_that_says_less_than_it_holds_is_refused() -> None:
    honest = packed({"hw3.py": b"#" * 10_000})
    lying = honest.replace((10_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lying != honest
    with pytest.raises(Unreadable):  # its checksum is that of more
        unpack(lying)


def chosen(files: Mapping[str, str], entry: str = "") -> str:
    def names_of(name: str) -> tuple[set[str], set[str]]:
        bound = {line.split()[1] for line in files[name].splitlines()}
        return bound, {line.split()[1] for line in files[name].splitlines() if line.startswith("def")}

    return choose({name: text.encode() for name, text in files.items()}, entry, QUESTIONS, names_of)


def test_file_with_most_questions_is_graded() -> None:
    assert chosen({"a.py": "def Linear", "b.py": "def Linear\ndef SGD"}) == "b.py"
    assert chosen({"hw.py": "def Linear\ndef SGD", "test_hw.py": "import Linear\nimport SGD"}) == "hw.py"
    assert chosen({"main.py": "import Linear\ndef epoch", "layers.py": "def Linear"}) == "main.py"
    assert chosen({"only.py": "def other"}) == "only.py"
    assert chosen({"a/hw.py": "def Linear", "hw.py": "def Linear"}) == "hw.py"  # the same bytes


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({}, "holds no .py or .ipynb file"),
        ({"a.py": "def Linear", "b.py": "def SGD"}, "define as much: a.py, b.py; choose one with --entry FILE"),
        ({"a.py": "def x", "b.py": "def y"}, "holds no file that defines Linear"),
    ],
)
def test_ambiguity_is_told_with_the_candidates(files: Mapping[str, str], told: str) -> None:
    with pytest.raises(Unreadable, match=told):
        chosen(files)


def test_entry_is_found_by_its_path_or_the_end_of_it() -> None:
    files = {"a/hw.py": "def x", "b/hw.py": "def y", "c.py": "def z"}
    assert chosen(files, "c.py") == "c.py"
    assert chosen(files, "./b/hw.py") == "b/hw.py"
    assert chosen({"a/b/hw.py": "def x", "c.py": "def z"}, "b/hw.py") == "a/b/hw.py"
    for wrong in ("hw.py", "d.py"):
        with pytest.raises(Unreadable, match=r"--entry can be a/hw.py, b/hw.py, c.py"):
            chosen(files, wrong)


def test_file_that_does_not_parse_is_chosen_for_what_it_would_define() -> None:
    files = {"hw.py": b"def Linear(: pass\nclass SGD: pass", "notes.py": b"def Linear(): pass"}
    assert read(Form.FOLDER, files, "", QUESTIONS).file == "hw.py"


def test_undecodable_file_in_a_folder_is_refused_where_it_is_the_one_to_grade() -> None:
    files = {"hw.py": b"def Linear(): pass", "bad.py": b"x = '\xff'"}
    assert read(Form.FOLDER, files, "", QUESTIONS).siblings == {}
    with pytest.raises(Unreadable, match=r"bad.py is not text in UTF-8"):
        read(Form.FOLDER, files, "bad.py", QUESTIONS)


# --- places -----------------------------------------------------------------------------------------------------------


def test_lines_of_the_files_beside_follow_those_of_the_main_one() -> None:
    found = read(Form.FOLDER, {"hw.py": b"a\nb", "z.py": b"c", "b/y.py": b"d\ne\n"}, "hw.py", QUESTIONS).places
    assert [found.at(line) for line in (1, 2, 3, 4, 5, 6)] == [
        "hw.py, line 1",
        "hw.py, line 2",
        "b/y.py, line 1",
        "b/y.py, line 2",
        "b/y.py, line 3",
        "z.py, line 1",
    ]
    assert [found.line_in_file(line) for line in (0, 2, 3)] == [0, 2, 0]
    assert Places.from_json(found.as_json()) == found


def test_line_that_is_not_known_is_the_file() -> None:
    assert Places(file="hw.py").at(0) == Places(file="hw.py").at(-1) == "hw.py"
    cells = Places(file="hw.ipynb", spans=[Span(first=1, file="hw.ipynb", cell=1)])
    assert (cells.at(0), cells.line_in_file(1)) == ("hw.ipynb", 0)


@pytest.mark.parametrize(
    "text", ["", "[]", "[1]", '["a", 1]', '["a", [1, 2, 3, 4]]', '["a", ["1", "b", 1, 1]]', '{"a": 1}']
)
def test_places_that_are_malformed_are_refused(text: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        Places.from_json(text)
