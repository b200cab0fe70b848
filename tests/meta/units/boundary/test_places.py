"""Places: a line of the text that is read is told as a line of its file or cell."""

from __future__ import annotations

import pytest

from grader.boundary.forms import Form
from grader.boundary.places import Places, Span
from grader.worker.reading.program import read

QUESTIONS = ("Linear", "SGD", "epoch")


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
