"""Which checks a suite has, from what pytest has collected: one function a check, of one or more items.

What pytest does not see is looked for in the source: of two functions of a name in one file the first is gone when the
file is imported, and with it what it would have found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import pytest

from grader.assignment import Assignment
from grader.errors import AssignmentInvalid
from grader.judge.names_used import functions_in
from grader.judge.registration import function_of, item_name, validate
from grader.judge.run import CheckCase, in_order
from grader.scorecard import CheckResult, Verdict
from grader.settings import Settings
from grader.suite.checks import info_of


def checks_of(
    items: Sequence[pytest.Item], assignment: Assignment, order: Sequence[str], *, is_whole: bool = False
) -> dict[CheckCase, list[pytest.Item]]:
    """The items of each check of these questions, in that order: several where it has `parametrize`.

    is_whole: whether the items are those of the whole suite. Raises AssignmentInvalid for a suite that does not fit its
    assignment, and for a check that is defined twice: only one could count.
    """
    points = {check for question in assignment.questions for check in question.points}
    _refuse_second_definitions(items, points)
    validate(items, assignment, is_whole=is_whole)
    found: dict[CheckCase, list[pytest.Item]] = {}
    for item in items:
        info = info_of(function_of(item))
        if info is None or info.question not in order:
            continue
        found.setdefault(CheckCase(name=item_name(item), question=info.question), []).append(item)
    return dict(sorted(found.items(), key=lambda entry: order.index(entry[0].question)))


def collected(
    config: pytest.Config,
    items: Sequence[pytest.Item],
    assignment: Assignment,
    settings: Settings,
    left_out: Mapping[Path, str],
) -> dict[CheckCase, list[pytest.Item]]:
    """The checks that are to be run, which -k finds by their questions, too. Raises AssignmentInvalid.

    left_out: files that are skipped as a whole, and why. Called by hand, pytest wants a UsageError, which it tells.
    """
    kept = [item for item in items if not _is_dropped(item, assignment)]
    try:
        is_whole = not by_hand(config) and not left_out
        found = checks_of(kept, assignment, in_order(assignment, settings.only), is_whole=is_whole)
    except AssignmentInvalid as error:
        if by_hand(config):
            raise pytest.UsageError(str(error)) from None
        raise
    if settings.checks:
        needed = {name for case in found for name in assignment.question(case.question).needs}
        found = {c: group for c, group in found.items() if settings.wants(c.name) or c.question in needed}
    for case, group in found.items():
        for item in group:
            item.extra_keyword_matches.add(case.question)
    return found


def results_left_out(left_out: Mapping[Path, str], assignment: Assignment) -> dict[str, CheckResult]:
    """The checks of files that are skipped as a whole, by name."""
    why = {name: reason for path, reason in left_out.items() for name, _ in functions_in(path)}
    return {
        check: CheckResult(name=check, title=check, verdict=Verdict.SKIPPED, max_score=most, message=why[check])
        for question in assignment.questions
        for check, most in question.points.items()
        if check in why
    }


def by_hand(config: pytest.Config) -> bool:
    """Whether somebody called pytest itself, and reads what it shows."""
    return config.pluginmanager.has_plugin("terminalreporter")


def is_debugged(config: pytest.Config) -> bool:
    """Whether somebody looks at a check with a debugger, which takes its time."""
    return bool(getattr(config.option, "usepdb", False) or getattr(config.option, "trace", False))


def _is_dropped(item: pytest.Item, assignment: Assignment) -> bool:
    """Whether it is a check of a suite that this one is built on, and that it has dropped."""
    is_own = item.path.is_relative_to(assignment.folder)
    return item_name(item) in assignment.dropped and not is_own


def _refuse_second_definitions(items: Iterable[pytest.Item], names: Collection[str]) -> None:
    """Raises AssignmentInvalid where a function of one of these names is defined twice, or collected at two places."""
    of_checks = [item for item in items if function_of(item) is not None]
    places: dict[str, list[str]] = {}
    for path in dict.fromkeys(item.path for item in of_checks):
        for name, line in functions_in(path):
            places.setdefault(name, []).append(f"{path}:{line}")
    for item in of_checks:  # one function that two files have, of which one imports it
        known = places.setdefault(item_name(item), [])
        if not any(place.startswith(f"{item.path}:") for place in known):
            known.append(f"{item.path}:1")
    for name, found in places.items():
        if name in names and len(found) > 1:
            raise AssignmentInvalid(
                f"{name} is defined more than once, at {' and '.join(found)}; a check has a name of its own: rename one"
            )
