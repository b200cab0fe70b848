"""The picture in the README is what `grade` says today."""

from grader.processes.workers import Workers
from tests.meta.tools import pictures


def test_picture_is_what_is_made(workers: Workers) -> None:
    """If not: nox -s pictures -- --write."""
    assert pictures.PICTURE.read_text(encoding="utf-8") == pictures.draw(workers)
