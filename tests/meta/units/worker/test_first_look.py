"""The process that looks whether Python can read a submission."""

from __future__ import annotations

import json
import subprocess
import sys

from grader.worker.first_look import problem_in


def looked_at(files: dict[str, bytes], form: str = "file", entry: str = "") -> tuple[int, str] | None:
    names = [(name, len(content)) for name, content in files.items()]
    problem, _ = problem_in(json.dumps([form, entry, ["Linear"], [], names]).encode(), b"".join(files.values()))
    return (problem.line, problem.file) if problem else None


def test_problem_of_a_file_is_found() -> None:
    assert looked_at({"hw.py": b"x = 1\ny = (\n"}) == (2, "hw.py")
    assert looked_at({"hw.py": b"x = 1\n"}) is None


def test_of_a_folder_the_file_that_is_graded_counts() -> None:
    files = {"a.py": b"x = (", "b.py": b"class Linear:\n    def f(self): return 1\n"}
    assert looked_at(files, "folder") is None
    assert looked_at(files, "folder", "a.py") == (1, "a.py")


def test_what_can_not_be_read_as_text_is_left_to_the_worker_that_says_so() -> None:
    assert looked_at({"hw.py": b"\xff"}) is None
    assert looked_at({"hw.ipynb": b"{"}) is None


def test_it_needs_no_torch() -> None:
    """Nor numpy: importing either takes longer than all that it does."""
    program = "import sys, grader.worker.first_look; print({'torch', 'numpy'} & {*sys.modules})"
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "set()\n"
    )
