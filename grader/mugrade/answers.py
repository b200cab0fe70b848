"""The answers to an assignment's fixed inputs: the worker computes values, the judge makes the answers of them."""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from grader.assignment import Assignment, Question
from grader.errors import AssignmentInvalid, GraderError, SettingsInvalid
from grader.mugrade.encoding import encoded

if TYPE_CHECKING:
    from grader.judge.grading import Grading

Cases = Mapping[str, Callable[..., Iterable[object]]]
PREFIX: Final = "submit_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The answers of one question, encoded; where not all could be had, why."""

    question: str
    values: tuple[object, ...]
    problem: str = ""


def load_cases(assignment: Assignment) -> Cases:
    """The functions `submit_QUESTION` of the assignment's file of answers. Raises GraderError."""
    if assignment.answers is None:
        raise SettingsInvalid(f"{assignment.name} has no answers for MuGrade: name a file in its assignment.toml")
    spec = importlib.util.spec_from_file_location("grader_answers", assignment.answers)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    cases = {name: vars(module)[PREFIX + name] for name in assignment.names if PREFIX + name in vars(module)}
    if missing := [name for name in assignment.names if name not in cases]:
        raise AssignmentInvalid(f"{assignment.answers} lacks {PREFIX}{missing[0]}")
    return cases


def collect(grading: Grading, cases: Cases, questions: Iterable[str]) -> list[Answers]:
    """The answers of these questions; the grading has begun."""
    return [_answers(grading, cases, name) for name in questions]


def _answers(grading: Grading, cases: Cases, question: str) -> Answers:
    from grader.judge.attempt import OWN, Attempt

    best = _attempt(grading, cases, question, OWN)
    if best.problem and grading.may_differ_as_a_whole(question):
        whole = _attempt(grading, cases, question, Attempt(whole=True))
        best = max(best, whole, key=lambda answers: (not answers.problem, len(answers.values)))
    if forbidden := grading.plan_of(question).forbidden:  # seen, maybe, while it was used just now
        return Answers(question=question, values=(), problem=forbidden)
    return best


def _attempt(grading: Grading, cases: Cases, question: str, attempt: Any) -> Answers:
    from grader.judge.results import describe_student_error
    from grader.scorecard import CheckEnded
    from grader.suite.failures import StudentError

    values: list[object] = []
    problem = ""
    try:
        with grading.check(question, attempt) as conversation:
            for value in _values(cases[question], conversation.submission, grading.assignment.question(question)):
                values.append(encoded(value))
    except CheckEnded as ended:
        problem = ended.message
    except StudentError as error:
        problem = describe_student_error(error, grading.reading.places)
    except Exception as error:  # of the assignment's own code, about a value that it did not expect
        problem = f"its answers can't be computed ({type(error).__name__})"
    return Answers(question=question, values=tuple(values), problem=problem)


def _values(case: Callable[..., Iterable[object]], submission: Any, question: Question) -> Iterable[object]:
    """What the case gives. Where it takes a `question`, as checks may, it gets that, too."""
    return case(submission, question) if "question" in inspect.signature(case).parameters else case(submission)


def answers_of(path: Path, question: str) -> Answers:
    """The answers of one question without grading it. Raises GraderError."""
    from grader.choosing import choose
    from grader.judge.grading import Grading
    from grader.settings import Settings
    from grader.submission import read_submission

    submission = read_submission(path, "")
    assignment = choose(submission, asked=[question]).assignment
    cases, only = load_cases(assignment), assignment.select([question])
    with Grading(submission, assignment, Settings(only=only)) as grading:
        grading.start(only)
        (found,) = collect(grading, cases, only)
    return found


def main() -> None:
    """`PATH QUESTION`: print its answers as JSON; for grader.mugrade_suite, which runs in a notebook's process."""
    path, question = sys.argv[1:]
    with contextlib.redirect_stdout(sys.stderr):
        try:
            found = answers_of(Path(path), question)
        except GraderError as error:
            found = Answers(question=question, values=(), problem=str(error))
    print(json.dumps({"values": found.values, "problem": found.problem}))
