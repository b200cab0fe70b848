"""Whether checks, questions and assignment.toml fit together: the one place where a suite is refused, before it runs.

What does not fit would otherwise cost somebody points in silence, or give them: a check of a question that there is not
is never run; a name that the question does not need is not in the worker, which looks like the student's mistake.
"""

from __future__ import annotations

import ast
import difflib
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from grader.assignment import Assignment
from grader.errors import AssignmentInvalid
from grader.installed import FILE_NAME
from grader.judge.names_used import (
    AskedName,
    bound_at_top,
    functions_in,
    missing_in_torch,
    misspelled_in_torch,
    uses_in,
)
from grader.suite.checks import info_of
from grader.suite.handles import RemoteSubmission
from grader.toml_values import line_of_key

MOST_TOLD: Final = 3
_OF_EACH: Final = ("conftest.py", "reference.py", "stand_ins.py", "answers.py", "__init__.py")  # of each suite its own
_RULE: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*(\.\*)?")


def validate(items: Sequence[pytest.Item], assignment: Assignment, *, is_whole: bool) -> None:
    """Raises AssignmentInvalid, with file, line and next step, where something of the suite fits nothing.

    is_whole: whether these are all items of the suite, and not those of a file of it.
    """
    found = [*dict.fromkeys(_faults(items, assignment, is_whole=is_whole))]
    more = f" (and {len(found) - MOST_TOLD} more)" if len(found) > MOST_TOLD else ""
    if found:
        raise AssignmentInvalid(f"{'; '.join(found[:MOST_TOLD])}{more}")


def _faults(items: Sequence[pytest.Item], assignment: Assignment, *, is_whole: bool) -> Iterator[str]:
    owners = {check: question.name for question in assignment.questions for check in question.points}
    for item in items:
        yield from _of_item(item, owners, assignment)
    yield from _without_check(items, owners, assignment, is_whole=is_whole)
    checks = {item_name(item): info_of(function_of(item)) for item in items}
    for path in dict.fromkeys(path for folder in assignment.folders for path in sorted(folder.glob("*.py"))):
        yield from _of_names(path, checks, assignment)
    yield from _of_rules(assignment)
    yield from _of_numbers(assignment)
    yield from _of_folders(assignment)
    yield from _of_reference(assignment)


# --- checks and points ------------------------------------------------------------------------------------------------


def function_of(item: pytest.Item) -> Any:
    """The test function of an item; None for an item of another kind."""
    return getattr(item, "function", None)


def item_name(item: pytest.Item) -> str:
    """The name of the item's function, which is that of its check."""
    return str(getattr(item, "originalname", None) or item.name)


def place_of(item: pytest.Item) -> str:
    """File and line of the item's function."""
    code = getattr(inspect.unwrap(function_of(item)), "__code__", None)
    lines = dict(functions_in(item.path))
    return f"{item.path}:{lines.get(item_name(item)) or getattr(code, 'co_firstlineno', 1)}"


def _of_item(item: pytest.Item, owners: Mapping[str, str], assignment: Assignment) -> Iterator[str]:
    """What is wrong with one of pytest's items, which may be no check."""
    function, name = function_of(item), item_name(item)
    if function is None:
        return
    info, names = info_of(function), getattr(item, "fixturenames", ())
    if info is None:
        if name in owners:
            yield f'{place_of(item)}: {name} has points and no @check: put @check("{owners[name]}") above it'
        elif "submission" in names or "question" in names:
            asked = "submission" if "submission" in names else "question"
            yield f"{place_of(item)}: {name} takes `{asked}` without @check: mark it with the question that it is of"
        return
    if info.question not in assignment.names:
        told = f"{name} is a check of {info.question!r}, which is no question of {assignment.name}"
        yield f"{place_of(item)}: {told}; {_meant(info.question, assignment.names)}"
    elif name not in owners:
        table = assignment.folder / FILE_NAME
        told = f"{name} has no points in {table}"
        yield f"{place_of(item)}: {told}: write `{name} = 1` below [question.checks] of {info.question}"
    elif owners[name] != info.question:
        told = f"{name} is a check of {info.question}, and has its points below {owners[name]}"
        yield f"{place_of(item)}: {told}, at {in_table(assignment, name)}: move them, or name the other question"
    else:
        question = assignment.question(info.question)
        if unknown := question.unknown_in(info.title):
            told = f"the title of {name} names {{{unknown}}}, which [question.settings] of {info.question} has not"
            yield f"{place_of(item)}: {told}; {_meant(unknown, [*question.settings])}"
    if "submission" not in inspect.signature(function).parameters:
        yield f"{place_of(item)}: {name} does not take `submission`, so it can't check anything: add that parameter"


def _without_check(
    items: Sequence[pytest.Item], owners: Mapping[str, str], assignment: Assignment, *, is_whole: bool
) -> Iterator[str]:
    """Points that no check can give."""
    there = {item_name(item) for item in items}
    files = [path for folder in assignment.folders for path in folder.rglob("*.py")] if owners.keys() - there else []
    written = {name for path in files for name, _ in functions_in(path)} if not is_whole else set()
    for name in owners:
        if name not in there | written:
            told = f"{in_table(assignment, name)}: {name} has points, and there is no such check"
            yield f"{told}; {_meant(name, [*there - owners.keys()], 'write it, or leave it out')}"


def in_table(assignment: Assignment, key: str, question: str = "") -> str:
    """The assignment.toml in which a key or a name stands, and its line. question: that it belongs to."""
    for folder in assignment.folders:
        if line := line_of_key(folder / FILE_NAME, key, question):
            return f"{folder / FILE_NAME}:{line}"
    return str(assignment.folder / FILE_NAME)


def _meant(asked: str, names: Iterable[str], otherwise: str = "") -> str:
    """The name that was meant, or those that there are."""
    known = [*names]
    near = difflib.get_close_matches(asked, known, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return otherwise or (f"there are {', '.join(known)}" if known else "there are none")


# --- names of the submission and of torch -----------------------------------------------------------------------------


def _of_names(path: Path, checks: Mapping[str, Any], assignment: Assignment) -> Iterator[str]:
    """What a file asks of `submission` that no worker has. A function that is no check may be called by any."""
    for use in uses_in(path):
        info = checks.get(use.function)
        if use.names[0] == "torch":
            if missing := missing_in_torch(use.names[1:]):
                told, near = missing
                yield f"{use.place}: torch has no {told}; {near or 'see the documentation of the torch that is here'}"
        elif not hasattr(RemoteSubmission, use.names[0]):
            yield from _of_name(use, info.question if info else "", assignment)


def _of_name(use: AskedName, question: str, assignment: Assignment) -> Iterator[str]:
    name = use.names[0]
    if question in assignment.names:
        needs = assignment.question(question).needs
        if name in (question, *needs):
            return
        if name in assignment.names:
            told = f"{name} is no part that {question} needs, so its worker does not have it"
            yield f'{use.place}: {told}: add "{name}" to `needs` of {question} in {FILE_NAME}'
            return
        told = f"submission.{name} is neither {question} nor a part that it needs"
        yield f"{use.place}: {told}; {_meant(name, (question, *needs))}"
    elif not question and name not in {*assignment.names, *assignment.dropped}:
        yield f"{use.place}: submission.{name} is no question; {_meant(name, assignment.names)}"


# --- rules, reference, stand-ins --------------------------------------------------------------------------------------


def _of_rules(assignment: Assignment) -> Iterator[str]:
    """Rules that can't have been meant: a name that nothing in torch has, an exception from what is free anyway."""
    rules = assignment.rules
    for name in sorted(rules.banned | rules.allowed):
        if not _RULE.fullmatch(name):
            told = f"{name!r} is the name of nothing"
            stem = re.match(r"[\w.]*", name)
            like = f"{stem[0].rstrip('.')}.*" if stem and stem[0] else "torch.nn.*"
            yield f'{in_table(assignment, name)}: {told}: write "{like}" for all that is in a module'
        elif near := misspelled_in_torch(name.removesuffix(".*")):
            yield f"{in_table(assignment, name)}: torch has no {name}; did you mean {near}?"
    for name in sorted(rules.allowed):
        is_one = name.startswith("torch.") and not name.endswith(".*")
        # What is in a module, and other libraries: classes of torch's that they build on are allowed with them.
        if is_one and not rules.banned & {f"{start}{end}" for start in _beginnings(name) for end in ("", ".*")}:
            yield f"{in_table(assignment, name)}: allowed has {name!r}, which nothing bans: leave it out"


def _of_numbers(assignment: Assignment) -> Iterator[str]:
    """Numbers that can't be reached, and a total that is not that of the checks."""
    for question in assignment.questions:
        if not 0 <= question.min_right <= len(question.needs):
            place, most = in_table(assignment, "min_right", question.name), len(question.needs)
            yield f"{place}: min_right = {question.min_right} is more than the {most} parts that {question.name} needs"
    total = sum(question.max_score for question in assignment.questions)
    if assignment.points is not None and abs(assignment.points - total) > 1e-9:
        told = f"points = {assignment.points:g}, and its checks have {total:g} points"
        yield f"{in_table(assignment, 'points')}: {told} (without bonus ones): mend one of them"


def _of_folders(assignment: Assignment) -> Iterator[str]:
    """Files of one name in two folders, of which an `import` finds but one. Test files are not imported by name."""
    seen: dict[str, Path] = {}
    for path in (path for folder in assignment.folders for path in sorted(folder.glob("*.py"))):
        is_imported = not (path.name.startswith("test_") or path.stem.endswith("_test")) and path.name not in _OF_EACH
        if is_imported and seen.setdefault(path.name, path) != path:
            yield f"{seen[path.name]}:1: {path} has that name, too, and checks import by name: rename yours"


def _beginnings(name: str) -> Iterator[str]:
    base = name.removesuffix(".*")
    while base:
        yield base
        base = base.rpartition(".")[0]


def _of_reference(assignment: Assignment) -> Iterator[str]:
    """A reference and stand-ins that have not what they are for."""
    if assignment.reference is not None:
        bound = bound_at_top(assignment.reference)
        for name in assignment.names:
            if bound is not None and name not in bound:
                told = f"{assignment.reference}:1: the reference does not define {name}"
                yield f"{told}; {_meant(name, sorted(bound), f'define it, or name another reference in {FILE_NAME}')}"
    needed = {name for question in assignment.questions for name in question.needs}
    if assignment.stand_ins:
        try:
            tree = ast.parse(assignment.stand_ins)
        except SyntaxError as error:
            yield f"{in_table(assignment, 'stand_ins')}: stand_ins can't be read: line {error.lineno}: {error.msg}"
            return
        if not needed & {node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}:
            told = "stand_ins define no part that a question needs"
            yield f"{in_table(assignment, 'stand_ins')}: {told}: name them in `needs`, or leave stand_ins out"
