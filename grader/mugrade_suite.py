"""`test_Linear`, `submit_Linear` and so on, in place of the course's own file of tests.

    from grader.mugrade_suite import submit_Linear, test_Linear

A notebook's `@mugrade.local_tests` and `@mugrade.submit_tests` look for functions of these names. `test_Linear(Linear)`
grades the question, as grader.check_here does; `submit_Linear(Linear)` hands its answers to `mugrade.submit`. There are
such functions for each question of every assignment that is installed. Where two have a question of that name, it is
graded for the one that fits the cells; where both do, an error says so.
"""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any, Final

from grader.errors import GraderError

_ANSWERS: Final = (sys.executable, "-P", "-c", "from grader.mugrade.answers import main; main()")


class AnswersMissing(GraderError):
    """The answers of a question can't be had, or there is nobody to hand them to."""


def __getattr__(name: str) -> Any:
    if name == "__all__":
        return [f"{kind}_{question}" for question in _questions() for kind in _KINDS]
    kind, _, question = name.partition("_")
    if kind not in _KINDS or question not in _questions():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return functools.partial(_KINDS[kind], question)


def _questions() -> tuple[str, ...]:
    from grader.choosing import all_installed

    assignments, _ = all_installed()
    return tuple(dict.fromkeys(name for assignment in assignments for name in assignment.names))


def _test(question: str, part: object) -> None:
    """Grade the question and show the result. Raises AssertionError where points are lost."""
    from grader.cells import show
    from grader.notebook import check_here

    shown = check_here(question)
    show(shown)
    if shown.scorecard is None:
        raise AssertionError(f"{question} is not graded: {shown.problem}")
    if shown.is_provisional:
        raise AssertionError(f"{question} can't be graded: the grader itself failed, which is not your fault")
    if not shown.is_right:
        raise AssertionError(f"{question} loses points: see above")


def _submit(question: str, part: object) -> None:
    """Hand the question's answers to `mugrade.submit`. Raises AnswersMissing where there are too few."""
    from grader.notebook import session_file

    try:
        import mugrade  # the course's client, which no package index has
    except ImportError:
        raise AnswersMissing("mugrade is not installed; without it, run: grade PATH --submit mugrade") from None
    with session_file() as path:
        done = subprocess.run(
            [*_ANSWERS, str(path), question], capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
    if done.returncode:
        raise AnswersMissing(f"the answers of {question} could not be computed; run: grade PATH --only {question}")
    found = json.loads(done.stdout)
    for value in found["values"]:
        mugrade.submit(value)  # encoded already, which its own encoding leaves as it is
    if found["problem"]:
        raise AnswersMissing(found["problem"])


_KINDS: Final[dict[str, Callable[[str, object], None]]] = {"test": _test, "submit": _submit}
