"""The forms of a submission: its bytes as Python reads them, and which files of a folder are the student's."""

from pathlib import PurePath

import pytest

from grader.boundary.forms import decode, is_ours


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"x = 1\0", "null bytes"),
        ("x = 1".encode("utf-16"), "null bytes"),
        (b'x = "\xff"', "not text"),
        (b"# coding: no-such\nx = 1", "not text"),
        (b"# coding: utf-8\nx = '\xe9'", "not text"),
        (b"\xef\xbb\xbf# coding: latin-1\nx = 1", "not text"),
        (b"# coding: rot13\nk = 1", "not text"),
        (b"# coding: base64\nk = 1", "not text"),
        (b"", "is empty"),
        (b" \n\t\r\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
    ],
)
def test_bytes_that_are_no_source_are_refused(data: bytes, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        decode(data)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"x = 1\n", "x = 1\n"),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n"),
        (b"x = 1\r\ny = 2\r\n", "x = 1\ny = 2\n"),
        (b"x = 1\ry = 2\r", "x = 1\ny = 2\n"),
        ("x = 'é'\n".encode(), "x = 'é'\n"),
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", "# -*- coding: latin-1 -*-\nx = 'é'\n"),
        (
            b"#!/usr/bin/python\n# vim: fileencoding=cp1252\nx = '\x80'",
            "#!/usr/bin/python\n# vim: fileencoding=cp1252\nx = '€'",
        ),
    ],
)
def test_source_is_read_as_python_reads_it(data: bytes, expected: str) -> None:
    assert decode(data) == expected


@pytest.mark.parametrize("path", ["hw3.py", "sub/part.py", "notebook.ipynb", "HW3.PY", "__init__.py", "build/hw3.py"])
def test_python_in_a_folder_is_the_student_s(path: str) -> None:
    assert is_ours(PurePath(path))


@pytest.mark.parametrize(
    "path",
    [
        *("notes.txt", "hw3.pyc", "hw3", "hw3.py.orig", "py"),  # of another kind
        *(".hidden.py", ".git/hooks/x.py", "sub/.ipynb_checkpoints/hw3.ipynb"),  # hidden
        *("__MACOSX/hw3.py", "__pycache__/hw3.py", "env/lib/site-packages/torch.py", "node_modules/a/gyp.py"),
    ],
)
def test_what_no_student_wrote_is_left_out(path: str) -> None:
    assert not is_ours(PurePath(path))
