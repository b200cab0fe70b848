"""`grade --watch`: grades at each save, and says what turned right or wrong."""

from __future__ import annotations

import contextlib
import io
import os
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

import pytest
from rich.console import Console

from grader.assignment import load_assignment
from grader.processes import workers as workers_module
from grader.processes.workers import Workers
from grader.scorecard import Scorecard
from grader.settings import Settings
from grader.submission import read_submission
from grader.watch import Stamp, Watching, differing, looks, open_again, stamp
from tests.meta.tools.toys import DOUBLE, TRIPLE, WRONG_TRIPLE, two_toys

Save = Callable[[list[str | None]], tuple[Watching, list[Scorecard], str]]


@pytest.fixture
def watched(tmp_path: Path, workers: Workers, monkeypatch: pytest.MonkeyPatch) -> Save:
    """watched(sources): what is known, reported and printed after the file was saved with each (None: removed)."""

    @contextlib.contextmanager
    def opened(data: Iterable[str]) -> Iterator[Workers]:
        yield workers

    def run(sources: list[str | None]) -> tuple[Watching, list[Scorecard], str]:
        monkeypatch.setattr(workers_module, "open_workers", opened)
        path, assignment = tmp_path / "work.py", load_assignment(two_toys(tmp_path))
        console = Console(file=io.StringIO(), width=200)
        found = Watching(path, lambda: read_submission(path), console)
        reported: list[Scorecard] = []

        def stamps() -> Iterator[Stamp]:
            for number, source in enumerate(sources):
                path.unlink(missing_ok=True)
                if source is not None:
                    path.write_text(source)
                yield from [[("work.py", number, 0)]] * 2
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            found.run(assignment, Settings(), reported.append, stamps())
        assert isinstance(console.file, io.StringIO)
        return found, reported, console.file.getvalue()

    return run


def test_each_save_is_graded_and_told(watched: Save) -> None:
    found, reported, text = watched([DOUBLE + WRONG_TRIPLE, DOUBLE + TRIPLE, DOUBLE + WRONG_TRIPLE])
    assert [card.score for card in reported] == [4, 6, 4]
    assert found.last is reported[-1]
    assert text.count("+ triple test_triple: right now (2 points)\n") == 1
    assert text.count("- triple test_triple: wrong now (2 points): ") == 1
    assert text.count("Graded again: triple (") == 2
    assert "Score 6 / 6.\n" in text


def test_what_cannot_be_read_or_found_is_told_and_watched_on(watched: Save) -> None:
    sources = [DOUBLE + TRIPLE, DOUBLE + "def triple(x:\n", None, DOUBLE + WRONG_TRIPLE]
    _, reported, text = watched(sources)
    assert [card.score for card in reported] == [6, 4]
    assert "    def triple(x:\n              ^" in text
    assert "work.py" in text.split("was never closed")[1].split("Watching")[1]
    assert text.count("Watching for changes; Ctrl-C ends.") == 4


def test_save_is_waited_for_to_its_end() -> None:
    a, b, c = ([("f", number, 0)] for number in range(3))
    assert list(differing(iter([a, a, b, c, c, c, [], [], b, b]))) == [a, c, b]


def test_stamp_changes_with_the_files_that_count(tmp_path: Path) -> None:
    file, beside, report = tmp_path / "a.py", tmp_path / "linear.pt", tmp_path / "grade-report.html"
    for path in (file, beside, report):
        path.write_text("")
    before = stamp(tmp_path, ["linear.pt"])
    assert [Path(name).name for name, _, _ in before] == ["a.py", "linear.pt"]
    os.utime(file, ns=(1, 1))
    assert stamp(tmp_path, ["linear.pt"]) != before
    assert stamp(file, []) == [(str(file), 1, 0)]
    assert stamp(tmp_path / "none.py", []) == []


def test_it_is_looked_again_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: (tmp_path / "a.py").write_text("x = 1"))
    first, second = islice(looks(tmp_path / "a.py", []), 2)
    assert (first, len(second)) == ([], 1)


def test_suite_that_is_worked_on_is_read_again(
    tmp_path: Path, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers_module, "open_workers", lambda _: contextlib.nullcontext(workers))
    path, toys = tmp_path / "work.py", two_toys(tmp_path)
    path.write_text(DOUBLE + TRIPLE)
    reported: list[Scorecard] = []
    console = Console(file=io.StringIO(), width=200)
    assignment, checks = load_assignment(toys), toys / "test_toys.py"

    def stamps() -> Iterator[Stamp]:
        yield from [[("", 0, 0)]] * 2
        checks.write_text(checks.read_text().replace("submission.triple(2), 6", "submission.triple(2), 7"))
        yield from [[("", 1, 0)]] * 2
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Watching(path, lambda: read_submission(path), console).run(
            assignment, Settings(), reported.append, stamps(), reload=lambda: open_again(assignment)
        )
    assert [card.score for card in reported] == [6, 4]
