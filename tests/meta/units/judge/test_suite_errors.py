"""The author's own line of an exception."""

from __future__ import annotations

from pathlib import Path

from grader.judge.suite_errors import own_frame, told_with_place


def raised_by(path: Path, source: str) -> Exception:
    path.write_text(source)
    try:
        exec(compile(source, str(path), "exec"), {})
    except Exception as error:
        return error
    raise AssertionError("it raises nothing")


def test_innermost_line_of_the_suite_is_told_and_not_what_it_calls(tmp_path: Path) -> None:
    error = raised_by(tmp_path / "test_a.py", "import json\ndef f():\n    json.loads('{')\nf()\n")
    assert told_with_place(error, [tmp_path]).startswith(f"{tmp_path / 'test_a.py'}:3: JSONDecodeError: ")
    frame = own_frame(error, [tmp_path / "elsewhere"])
    assert frame is not None
    assert Path(frame.filename).name == "decoder.py"


def test_line_that_python_cannot_read_is_told(tmp_path: Path) -> None:
    error = raised_by(tmp_path / "test_a.py", "\n\ndef f(:\n")
    assert told_with_place(error, [tmp_path]) == f"{tmp_path / 'test_a.py'}:3: SyntaxError: invalid syntax"


def test_exception_without_a_traceback_is_told_without_a_line() -> None:
    assert told_with_place(ValueError("x"), []) == "ValueError: x"
