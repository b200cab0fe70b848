"""What an author gets wrong is refused before anything is graded: exit status 2, file, line and the next step."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.meta.tools.command import Run
from tests.meta.tools.traps import SUITE, TABLE, line_of, two_questions

PLAIN = '\ndef test_plain(submission):\n    """x."""\n    expect.equal(submission.double(1), 3)\n'
HELPER = "\ndef helped(submission):\n    return submission.Nowhere()\n"
# name: (in which file, what is written there, what in its place, the line that is told, what is told of it)
CASES = {
    "unknown question": ("test_toy.py", '@check("Add")', '@check("Ad")', "def test_add", "did you mean Add?"),
    "points under another question": (
        "assignment.toml",
        "test_double = 4",
        "test_add = 4",
        "test_add = 3",
        "a check is listed twice",
    ),
    "points that are swapped": ("assignment.toml", None, None, "def test_double", "move them, or name the other"),
    "points without a check": ("assignment.toml", "test_add = 3", "test_adds = 3", "test_adds", "no such check"),
    "check without points": ("test_toy.py", "def test_add", "def test_plus", "def test_plus", "write `test_plus = 1`"),
    "submission without @check": ("test_toy.py", "\n@check", f"{PLAIN}\n@check", "def test_plain", "mark it with"),
    "points and no @check": ("test_toy.py", '@check("Add")\n', "", "def test_add", 'put @check("Add") above it'),
    "check without submission": (
        "test_toy.py",
        'def test_add(submission):\n    """Add(a, b) is a + b."""\n    x = torch.ones(2, 3)\n'
        "    expect.equal(submission.Add(1, 2), 3)",
        'def test_add():\n    """Add(a, b) is a + b."""',
        "def test_add",
        "does not take `submission`",
    ),
    "name that is no question": ("test_toy.py", "n.Add(", "n.Addd(", "n.Addd(", "did you mean Add?"),
    "question that is not needed": (
        "test_toy.py", "n.double(", "n.Add(1, 1), submission.double(", "n.Add(1, 1)", 'add "Add" to `needs` of double',
    ),
    "name in a helper": ("test_toy.py", "\n@check", f"{HELPER}\n@check", "Nowhere", "Nowhere is no question"),
    "torch name": ("test_toy.py", "n.Add(1, 2)", "n.torch.nn.Linaer(1, 2)", "Linaer", "did you mean Linear?"),
    "torch module": ("test_toy.py", "n.Add(1, 2)", "n.torch.nnn.Linear(1, 2)", "nnn", "torch has no nnn"),
    "banned name": ("assignment.toml", '"torch.nn.*"', '"torch.optm.*"', "torch.optm.*", "did you mean torch.optim?"),
    "allowed name": ("assignment.toml", "Module", "Modul", "Modul", "did you mean torch.nn.Module?"),
    "exception from nothing": ("assignment.toml", "torch.nn.Module", "torch.relu", "torch.relu", "which nothing bans"),
    "rule that is no name": ("assignment.toml", '"torch.nn.*"', '"torch.nn*"', "torch.nn*", 'write "torch.nn.*"'),
    "reference": ("assignment.toml", '"reference.py"', '"referense.py"', None, "did you mean reference.py?"),
    "reference without a question": ("reference.py", "def Add", "def Plus", "def double", "does not define Add"),
    "stand-ins": ("stand_ins.py", "def double", "def dbl", None, "define no part that a question needs"),
    "min_right": ("assignment.toml", 'ds = ["double"]', 'ds = ["double"]\nmin_right = 2', "min_right", "more than the"),
    "total": ("assignment.toml", "points = 7", "points = 8", "points = 8", "its checks have 7 points"),
    "title": ("test_toy.py", "Add(a, b) is a + b", "{mots} is it", "def test_add", "did you mean most?"),
    "module that is not there": ("test_toy.py", "import pytest", "import pytset", "pytset", "No module named 'pytset'"),
    "syntax": ("test_toy.py", "def test_add(submission):", "def test_add(:", "def test_add", "SyntaxError"),
    "helper that raises": ("test_toy.py", "\n@check", "\nNAMES['x']\n@check", "NAMES['x']", "NameError"),
}  # fmt: skip


@pytest.mark.parametrize("trap", CASES)
def test_trap_is_refused_with_file_line_and_next_step(run: Run, tmp_path: Path, trap: str) -> None:
    file, written, wrong, line, told = CASES[trap]
    folder = two_questions(tmp_path)
    text = (folder / file).read_text()
    if written is None or wrong is None:
        text = TABLE.replace("test_double = 4", "test_add = 4", 1).replace("test_add = 3", "test_double = 3")
        (folder / file).write_text(text)
        file, text = "test_toy.py", SUITE
    else:
        assert written in text
        text = text.replace(written, wrong, 1)
        (folder / file).write_text(text)
    done = run(tmp_path / "hw.py", "--assignment", folder)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    if line is not None:
        assert f"{folder / file}:{line_of(text, line)}" in done.stderr


def test_conftest_that_is_not_imported_is_told_in_one_line(run: Run, tmp_path: Path) -> None:
    folder = two_questions(tmp_path)
    (folder / "conftest.py").write_text("import helper\n")
    (folder / "helper.py").write_text("\n\n1 / 0\n")
    done = run(tmp_path / "hw.py", "--assignment", folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{folder / 'helper.py'}:3: ZeroDivisionError" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_homework_that_is_in_order_is_graded(run: Run, tmp_path: Path) -> None:
    folder = two_questions(tmp_path)
    done = run(tmp_path / "hw.py", "--assignment", folder, "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "hw.py: 7 / 7\n", "")
