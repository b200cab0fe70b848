"""`gradebook similar`."""

from pathlib import Path

from tests.meta.tools.books import gradebook, graded_class
from tests.meta.tools.copying import independent_files, renamed


def test_pairs_are_written_side_by_side(tmp_path: Path) -> None:
    files = {f"{name}.py": f"# score 1\n{text}" for name, text in independent_files(6).items()}
    first = next(iter(files))
    out, _ = graded_class(tmp_path, {**files, "copy.py": renamed(files[first])})
    (tmp_path / "solution.py").write_text(files[[*files][1]])
    status, output = gradebook("similar", out, "--staff", tmp_path / "solution.py", "--dolos", tmp_path / "d.zip")
    assert status == 0
    assert "2 pairs of 8 submissions are alike" in output
    index = (out / "similar/index.html").read_text()
    assert f"{first.removesuffix('.py')} and copy" in index or f"copy and {first.removesuffix('.py')}" in index
    assert "solution.py (staff)" in index
    assert len([*(out / "similar/pairs").iterdir()]) == 2
    assert (tmp_path / "d.zip").stat().st_size > 0
    status, output = gradebook("similar", out, "--template", tmp_path / "class")
    assert "0 pairs of 7 submissions are alike" in output
    assert [*(out / "similar/pairs").iterdir()] == []


def test_what_can_not_be_compared_is_one_line(tmp_path: Path) -> None:
    out, _ = graded_class(tmp_path, {"a.py": "score 1", "b\n0 pairs are alike.zip": "broken"})
    _, output = gradebook("similar", out)
    assert "b 0 pairs are alike" in output
    assert "\n0 pairs are alike" not in output


def test_work_that_is_not_compared_whole_is_told(tmp_path: Path) -> None:
    out, _ = graded_class(tmp_path, {"ada.py": "score 1\n" + "x=0\n" * 30_000, "bob.py": "score 1"})
    status, output = gradebook("similar", out)
    assert status == 0
    assert "ada has more code than is compared; look at the rest by hand" in output
    assert "bob has more" not in output
