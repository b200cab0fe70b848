"""What an exam knows is asked before pytest is started: for most submissions of a class all of it passes.

pytest imports the suite, collects it and sets up each check, which takes the judge as long as asking. To a plain check
it adds nothing: one function, which gets the submission and is neither marked nor parametrized, in a suite without
hooks of its own. Where all checks are plain and pass, pytest has nothing left to do. Where one doesn't, or has a
fixture of the suite's, pytest runs that one, and gets the results of the others from here.
"""

from __future__ import annotations

import contextlib
import time
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import pytest

from grader.judge.attempt import OWN
from grader.judge.exam import Exam, KnownSuite, PlainCheck
from grader.judge.grading import Conversation, Grading
from grader.judge.overrun import ended_after
from grader.judge.registration import function_of
from grader.judge.results import Course, result_of
from grader.judge.run import CheckCase
from grader.judge.sitting import First, Sitting
from grader.scorecard import CheckEnded, CheckResult, Verdict
from grader.suite.checks import info_of

_GIVEN: Final = frozenset(("submission", "question", "request"))  # by the grader and pytest: the same for all
_OURS: Final = ("grader.plugin", "_pytest.fixtures")


def known_suite(config: pytest.Config, items: Mapping[CheckCase, Sequence[pytest.Item]]) -> KnownSuite:
    """What there is to know of these items, so that the next submission's need not be collected."""
    has_hooks = any(map(_has_hooks_of_others, config.pluginmanager.get_plugins()))
    plain = [] if has_hooks else [found for case, group in items.items() if (found := _plain(case, group))]
    return KnownSuite(cases=tuple(items), plain=tuple(plain))


def _has_hooks_of_others(plugin: object) -> bool:
    """Whether it is a module with hooks, of neither pytest nor the grader: conftest.py, or what the suite names."""
    if not isinstance(plugin, types.ModuleType) or plugin.__name__.partition(".")[0] in ("_pytest", "grader"):
        return False
    return any(name.startswith("pytest_") for name in vars(plugin))


def _plain(case: CheckCase, items: Sequence[pytest.Item]) -> PlainCheck | None:
    item, *more = items
    info, is_marked = info_of(function_of(item)), any(True for _ in item.iter_markers())
    if info is None or more or is_marked or not _GIVEN.issuperset(_fixtures(item)):
        return None
    return PlainCheck(case=case, info=info, node=item.nodeid)


def _fixtures(item: pytest.Item) -> Iterator[str]:
    """The names of those that it uses; of one that the suite defines, the module's too: it may replace one of ours."""
    definitions = getattr(item, "_fixtureinfo").name2fixturedefs  # noqa: B009 - pytest tells it nowhere else
    for name in getattr(item, "fixturenames", ()):
        for definition in definitions.get(name, ())[-1:]:
            if definition.func.__module__ not in _OURS:
                yield f"{definition.func.__module__}.{name}"
        yield name


def ask_first(grading: Grading, exam: Exam, suite: KnownSuite) -> First:
    """Ask the submission what is known of the plain checks."""
    found, sitting, asked = First(), Sitting(exam), 0
    checks = [check for check in suite.plain if exam.paper(check.node) and _is_quick(grading, check.case.question)]
    limit_s = max((grading.assignment.question(check.case.question).limit_s for check in checks), default=0.0)
    grading.start(())  # the time for all checks counts
    most_s = grading.assignment.limits.grading_s + limit_s
    with contextlib.suppress(CheckEnded), ended_after(limit_s, most_s, lambda: asked):  # a run that tells finds out
        for asked, check in enumerate(checks):  # noqa: B007 - it is looked at from another thread
            _ask(grading, sitting, check, found)
    return found


def _is_quick(grading: Grading, question: str) -> bool:
    """Whether it can be asked, and at once."""
    plan = grading.plan_of(question)
    return not (plan.background or plan.blocked or plan.forbidden)


def _ask(grading: Grading, sitting: Sitting, check: PlainCheck, found: First) -> None:
    """Note what becomes of it. Raises CheckEnded where nothing more is to be asked."""
    name, started = check.case.question, time.monotonic()

    def result(error: BaseException | None, talk: Conversation | None) -> CheckResult:
        course = Course(error=error, duration_s=time.monotonic() - started, conversation=talk)
        question, plan = grading.assignment.question(name), grading.plan_of(name)
        return result_of(check.case.name, check.info, question, plan, grading.reading, course)

    talk: Conversation | None = None
    try:
        with grading.check(name, OWN, silent=True) as talk:
            sitting.asks(check.node, talk)
            asked = result(None, talk)  # passed, unless banned code was seen meanwhile
    except CheckEnded as ended:
        if ended.verdict in (Verdict.FAILED, Verdict.CRASHED):  # a run that tells finds out why
            found.failed.add(check.node)
        elif ended.verdict is Verdict.TIMED_OUT and talk:  # as in any silent run, that is not waited for again
            found.results[check.case.name] = result(ended, talk)
        else:
            raise
    else:  # nothing was left to be looked at
        found.results[check.case.name] = asked
