"""The pictures in the README are what `grade` says today."""

import pytest

from grader.processes.workers import Workers
from grader.report.formats import html
from grader.scorecard import Scorecard
from tests.meta.tools import pictures


@pytest.fixture(scope="module")
def scorecard(workers: Workers) -> Scorecard:
    return pictures.graded(workers)


def test_picture_is_what_is_made(scorecard: Scorecard) -> None:
    """If not: nox -s pictures -- --write."""
    assert pictures.PICTURE.read_text(encoding="utf-8") == pictures.draw(scorecard)


def test_page_in_the_picture_is_what_is_made(scorecard: Scorecard) -> None:
    """If not: nox -s pictures -- --write."""
    assert pictures.shown_hash() == pictures.hash_of(html.render(scorecard))
