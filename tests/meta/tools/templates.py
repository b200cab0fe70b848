"""Makes the three folders of student_template from student_template/hw3.py, and compares: `nox -s templates`.

The three forms of the hand-out have one source; whoever changes it runs `nox -s templates -- --write`. How they are
made is told by `grader.gradebook.handout`, as for any homework. The README stands in the folder of the script.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from grader.assignment import find_assignment, load_assignment
from grader.gradebook import handout
from tests.meta.tools.repository import ROOT

FOLDER = ROOT / "student_template"
FORMS = {"script": "hw3.py", "notebook": "hw3.ipynb", "marimo": "hw3.py"}  # by folder
NAME = "hw3"


def build(source: str) -> dict[str, str]:
    """The forms that are made of that hw3.py, by their path in student_template."""
    return handout.build(source, NAME, load_assignment(find_assignment(NAME)).names)


def expected(folder: Path = FOLDER) -> dict[str, str]:
    """Returns all that is made, by path: the forms, and beside them what the script's folder holds."""
    made = build((folder / "hw3.py").read_text(encoding="utf-8"))
    shared = handout.shared_files(load_assignment(find_assignment(NAME)))
    readme = (folder / "script" / "README.md").read_text(encoding="utf-8")  # says more than that of any homework
    shared |= {f"{form}/README.md": handout.about(readme, NAME, form) for form in FORMS}
    made |= shared
    return made


def stale_files(folder: Path = FOLDER) -> dict[str, str]:
    """Returns the files that are not what is made of hw3.py and the script's folder, with what they should hold."""
    return {name: content for name, content in expected(folder).items() if not _holds(folder / name, content)}


def _holds(path: Path, content: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == content


def main() -> None:
    """Compare the files with hw3.py; write those that differ where that is asked for, else name them."""
    parser = argparse.ArgumentParser(description="compare the forms of the hand-out with hw3.py")
    parser.add_argument("--write", action="store_true", help="write those that differ")
    write = parser.parse_args().write
    stale = stale_files()
    for name, content in stale.items():
        if write:
            (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
            (FOLDER / name).write_text(content, encoding="utf-8")
        print(f"{name}: {'written' if write else 'differs from what is made'}")
    if stale and not write:
        sys.exit("run: nox -s templates -- --write")


if __name__ == "__main__":
    main()
