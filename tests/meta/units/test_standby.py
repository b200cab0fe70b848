"""The judge that stays for a notebook: a request is a line, and so is each answer."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from grader.processes import workers as workers_module
from grader.processes.workers import Workers
from grader.standby import Order, ToShow, serve
from tests.meta.tools.toys import DOUBLE, TRIPLE, WRONG_TRIPLE, two_toys


def test_request_and_answer_are_what_was_written() -> None:
    request = Order(path="a\nb", only=("Linear", "ü"), assignment=None)
    answer = ToShow(says="x", notes=("a", "b"), scorecard={"questions": []}, text="\u2028", page="<p>")
    assert Order.read(request.line()) == request
    assert ToShow.read(answer.line()) == answer
    assert request.line().count("\n") == answer.line().count("\n") == 1


def test_requests_are_answered_with_what_is_done_and_found(
    tmp_path: Path, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []

    @contextlib.contextmanager
    def open_workers(data: Iterable[str]) -> Iterator[Workers]:
        opened.append(data)
        yield workers

    monkeypatch.setattr(workers_module, "open_workers", open_workers)
    toys, path = two_toys(tmp_path), tmp_path / "work.py"

    def requests() -> Iterator[str]:
        for source in (DOUBLE + WRONG_TRIPLE, DOUBLE + TRIPLE, "def double(:"):
            path.write_text(source)
            yield Order(path=str(path), assignment=str(toys)).line()
        yield Order(path=str(path), only=("tripel",), assignment=str(toys)).line()
        yield Order(path=str(tmp_path / "none.py")).line()

    written = io.StringIO()
    serve(requests(), written)  # type: ignore[arg-type]
    answers = [ToShow.read(line) for line in written.getvalue().splitlines()]
    said = [answer.says for answer in answers if answer.says]
    wrong, right, unread, unknown, missing = [answer for answer in answers if not answer.says]
    graded = ["double: test_double", "triple: test_triple", "triple: test_triple"]
    assert said == ["starting; this takes some seconds, once", *graded]
    assert len(opened) == 1
    assert "triple(2) is 2, expected 6" in wrong.text
    assert "triple(2) is 2, expected 6" in wrong.page
    assert right.scorecard is not None
    assert [question["score"] for question in right.scorecard["questions"]] == [4, 2]
    assert "invalid syntax" in unread.problem
    assert "did you mean triple" in unknown.problem
    assert missing.problem.startswith("grade: ")
