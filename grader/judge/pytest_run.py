"""The suite, run by pytest in this process: how one check is run, and what becomes of it in pytest's reports.

In which order and how often checks are run is decided in grader.judge.run.
"""

from __future__ import annotations

import contextlib
import math
import os
import sys
import time
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest
from _pytest.runner import runtestprotocol  # the only thing of pytest's insides: how it runs one item

from grader.errors import AssignmentInvalid
from grader.judge.attempt import OWN, Attempt
from grader.judge.collection import by_hand, collected, is_debugged, results_left_out
from grader.judge.exam import Exam
from grader.judge.examples import configure_examples, same_examples_anywhere
from grader.judge.grading import Conversation, Grading
from grader.judge.listener import Both, Chosen, Listener
from grader.judge.overrun import ended_after
from grader.judge.papers_first import ask_first, known_suite
from grader.judge.pytest_reports import Log, Reports, cut, fixtures_of, parameters_of, report_of, with_marks
from grader.judge.registration import function_of, item_name
from grader.judge.results import Course, NotStarted, result_of, with_lesson
from grader.judge.run import CheckCase, Policy, in_order
from grader.judge.sitting import First, Sitting
from grader.judge.suite_errors import CollectionErrors
from grader.judge.teaching.lesson import FailedCheck
from grader.scorecard import CheckEnded, CheckResult, Verdict, worst_of
from grader.suite.checks import CheckInfo, info_of
from grader.suite.handles import RemoteSubmission
from grader.suite.hypothesis_insides import has_examples, without_storage

NAME: Final = "grader-run"


class SuiteRun:
    """A plugin of pytest: the checks of one grading, as items of a session."""

    def __init__(
        self,
        grading: Grading,
        listener: Listener,
        results: dict[str, CheckResult] | None = None,
        sitting: Sitting | None = None,
    ) -> None:
        self.grading = grading
        self._sitting = sitting or Sitting(None)
        self._listener = listener
        self._results: dict[str, CheckResult] = {} if results is None else results
        self._items: dict[CheckCase, list[pytest.Item]] = {}
        self._left_out: dict[Path, str] = {}  # files, and why
        self._reports: dict[tuple[CheckCase, Attempt], Reports] = {}
        self._attempt = OWN  # of the present run of a check
        self._silent = False  # whether that is: see grader.judge.silent
        self._started = 0.0
        self._conversation: Conversation | None = None
        self._result: CheckResult | None = None

    @contextlib.contextmanager
    def submission(self, question: str) -> Iterator[RemoteSubmission]:
        """The submission for the present run of a check of that question. Raises NotStarted."""
        with contextlib.ExitStack() as stack:
            try:
                check = self.grading.check(question, self._attempt, silent=self._silent)
                self._conversation = stack.enter_context(check)
            except CheckEnded as ended:
                raise NotStarted(ended) from None
            yield self._conversation.submission

    # --- which checks there are --------------------------------------------------------------------------------------

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note the files that are skipped as a whole."""
        if report.skipped and isinstance(report.longrepr, tuple):
            self._left_out[Path(report.longrepr[0])] = report.longrepr[2].removeprefix("Skipped: ")

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Keep the checks of the chosen questions and of what they need, unless known; -k finds them by question."""
        settings, assignment = self.grading.settings, self.grading.assignment
        if session.testsfailed:  # not all could be collected: that is told
            return
        found = collected(config, items, assignment, settings, self._left_out)
        if not (self._results or self._left_out):
            self._sitting.collected(_chosen(self.grading), known_suite(config, found))
        self._items = {case: group for case, group in found.items() if case.name not in self._results}
        self._results |= results_left_out(self._left_out, assignment)
        kept = [item for group in self._items.values() for item in group]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept
        for case, group in self._items.items():
            drawn = self.grading.draw_seed(case.question), settings.effort.examples
            configure_examples(function_of(group[0]), case.name, *drawn, shrink=settings.lessons)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the checks by the policy; report of each the attempt that counts."""
        if session.config.option.collectonly or session.testsfailed:
            return False
        left = {case: [item for item in group if item in session.items] for case, group in self._items.items()}
        self._items = {case: group for case, group in left.items() if group}  # -k has left some out
        grading, log = self.grading, Log(session, self._items, self._reports, self.grading.may_differ_as_a_whole)
        run = Policy(grading.assignment, grading, self, Both(_shown(grading, self._listener), log), self._results)
        log.told = run.told
        run.run_all([*self._items])
        for case in self._items:
            log.log(case, self._results[case.name])
        return True

    # --- how one is run ----------------------------------------------------------------------------------------------

    def run_check(self, case: CheckCase, attempt: Attempt) -> CheckResult:
        """Run all items of the check. Its result is the worst of theirs."""
        self._attempt = attempt
        self._reports[case, attempt] = reports = []
        if first := self._sitting.first_result(case, attempt):
            return first
        results = []
        for item in self._items[case]:
            result, told = self._run_item(item)
            results.append(result)
            reports.append((item, told))
        return worst_of(results)

    def _run_item(self, item: pytest.Item) -> tuple[CheckResult, list[pytest.TestReport]]:
        """If it has many examples, silently first: that they pass is seen sooner than why they don't."""
        failed_first = self._sitting.has_failed_first(item.nodeid, self._attempt)
        if has_examples(function_of(item)) and not is_debugged(item.config) and not failed_first:
            self._silent = True
            try:
                result, reports = self._run_once(item)
            finally:
                self._silent = False
            if result.verdict is Verdict.PASSED:
                question = self.grading.assignment.question(_info_of(item).question)
                self._sitting.has_passed(item.nodeid, is_hidden=item_name(item) in question.hidden)
            if result.verdict not in (Verdict.FAILED, Verdict.CRASHED, Verdict.BROKEN):
                return result, reports
        return self._run_once(item)

    def _run_once(self, item: pytest.Item) -> tuple[CheckResult, list[pytest.TestReport]]:
        self._result = None
        reports = runtestprotocol(item, log=False)
        result: CheckResult | None = self._result
        assert result is not None
        return with_marks(result, reports), reports

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Note that a check begins."""
        self._started = time.monotonic()
        self._conversation = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Where it is known what the check asks, ask that."""
        return self._sitting.asks(pyfuncitem.nodeid, self._conversation) or None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """A silent run may have examples left that nobody has waited for. A loop of the check's own ends."""
        assignment = self.grading.assignment
        limit_s = math.inf if is_debugged(item.config) else assignment.question(_info_of(item).question).limit_s
        most_s = assignment.limits.grading_s + limit_s  # later than what ends a check that waits for its worker
        with ended_after(limit_s, most_s, lambda: (talk := self._conversation) and talk.session.examples.count):
            yield
            if self._conversation:
                self._conversation.session.finish()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Turn what ended a phase into a CheckResult; a traceback is rendered, slowly, where somebody reads it."""
        error = call.excinfo.value if call.excinfo else None
        text = f"{type(error).__name__}: {error}" if error else None
        if call.when == "call" or (call.when == "setup" and error):
            self._result = _result_of(self.grading, item, error, self._conversation, self._attempt, self._started)
            text = f"{self._result.verdict}: {self._result.message}" if error else None
        return report_of(item, call, text, traces=by_hand(item.config) and not self._silent)

    @pytest.hookimpl(tryfirst=True)
    def pytest_exception_interact(self, node: pytest.Collector | pytest.Item, call: pytest.CallInfo[None]) -> None:
        """A debugger stands in the check."""
        if call.excinfo and isinstance(node, pytest.Item):
            error = cut(call.excinfo.value, at_suite=self.grading.assignment.folders)
            call.excinfo = pytest.ExceptionInfo.from_exception(error)


RUN: Final = pytest.StashKey[SuiteRun]()


def of_session(config: pytest.Config) -> SuiteRun | None:
    """The run that this session of pytest is for, if it is one of ours."""
    return config.stash.get(RUN, None)


def attach(config: pytest.Config, run: SuiteRun) -> None:
    """Have this session of pytest run that."""
    config.stash[RUN] = run
    config.pluginmanager.register(run, NAME)


def _chosen(grading: Grading) -> Hashable:
    """Which checks the settings choose of the suite."""
    return tuple(in_order(grading.assignment, grading.settings.only)), grading.settings.checks


def _shown(grading: Grading, listener: Listener) -> Listener:
    return Chosen(listener, grading.assignment.select(grading.settings.only), grading.settings.wants)


def run_suite(grading: Grading, listener: Listener, results: dict[str, CheckResult], exam: Exam | None = None) -> None:
    """Run the assignment's suite in this process, apart from any configuration around.

    `results`, by check name, are filled as they come: what is there when KeyboardInterrupt is raised counts. A check
    that has one already is not run. What an exam knows is asked first; where all of it passes, pytest is not started.
    """
    exam = exam if grading.settings.exam else None
    suite = exam.suites.get(_chosen(grading)) if exam and not results else None
    first = ask_first(grading, exam, suite) if exam and suite else First()
    if suite and first.have_passed(suite.cases):
        Policy(grading.assignment, grading, first, _shown(grading, listener), results).run_all(suite.cases)
        return
    folder, folders = str(grading.assignment.folder), grading.assignment.folders
    errors = CollectionErrors(folders)
    arguments = [
        *map(str, folders),
        "--config-file=/dev/null" if Path("/dev/null").exists() else "--config-file=nul",
        f"--rootdir={folder}",
        f"--seed={grading.draw_seed()}",
        f"--confcutdir={folder}",
        "--import-mode=importlib",
        "--disable-plugin-autoload",
        "-pgrader.plugin",
        "-pno:terminal",
        "-pno:cacheprovider",
        "-pno:unraisableexception",  # collects all garbage five times
        "-pno:threadexception",
        "-pno:logging",
        "--capture=no",
    ]
    with _apart_from_this_process(folders), without_storage(), same_examples_anywhere():
        status = pytest.main(
            arguments, plugins=[_Carrier(SuiteRun(grading, listener, results, Sitting(exam, first))), errors]
        )
    if status == pytest.ExitCode.INTERRUPTED:
        raise errors.interrupt or KeyboardInterrupt()
    if errors.ours and not errors.texts:
        raise errors.ours
    if errors.texts or status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        reason = errors.texts[0] if errors.texts else f"pytest ended with {status!r}"
        raise AssignmentInvalid(f"the suite in {folder} can't be run: {reason}")


@contextlib.contextmanager
def _apart_from_this_process(folders: Sequence[Path]) -> Iterator[None]:
    """Without options for pytest from the environment, and without a trace of the suite: another may have its names."""
    paths = [*map(str, folders)]
    sys.path[:0] = paths  # what stands beside the checks is imported by its name
    options = {name: os.environ.pop(name) for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS") if name in os.environ}
    before = set(sys.modules)
    try:
        yield
    finally:
        os.environ.update(options)
        for path in paths:
            with contextlib.suppress(ValueError):
                sys.path.remove(path)
        for name in set(sys.modules) - before:
            file = getattr(sys.modules[name], "__file__", None)
            is_of_suite = bool(file) and any(Path(str(file)).is_relative_to(folder) for folder in folders)
            if getattr(sys.modules[name], "__spec__", None) is None or is_of_suite:
                del sys.modules[name]


class _Carrier:
    """Brings a run that already exists into pytest's configuration."""

    def __init__(self, run: SuiteRun) -> None:
        self._run = run

    def pytest_configure(self, config: pytest.Config) -> None:
        attach(config, self._run)


def _result_of(
    grading: Grading,
    item: pytest.Item,
    error: BaseException | None,
    talk: Conversation | None,
    attempt: Attempt,
    started: float,
) -> CheckResult:
    """The result of one run of an item, in that attempt. started: when the run began."""
    info = _info_of(item)
    question, plan = grading.assignment.question(info.question), grading.plan_of(info.question)
    trains = question.background and not attempt.whole
    course = Course(
        error=error,
        duration_s=time.monotonic() - started,
        conversation=talk,
        untrained=grading.raised_in(talk.worker) if talk and trains else "",
        suite=grading.assignment.folders,
        given={**parameters_of(item), **(talk.session.examples.latest if talk else {})},
    )
    result = result_of(item_name(item), info, question, plan, grading.reading, course)
    taught = grading.settings.lessons and result.verdict is Verdict.FAILED and not course.untrained
    if talk is None or not taught:
        return result
    return with_lesson(result, _failed_check(grading, item, attempt, talk), error)


def _failed_check(grading: Grading, item: pytest.Item, attempt: Attempt, talk: Conversation) -> FailedCheck:
    question = _info_of(item).question
    is_shared = attempt.whole or grading.plan_of(question).background
    return FailedCheck(
        function=function_of(item),
        fixtures=fixtures_of(item),
        conversation=talk,
        source=grading.reading.source,  # whatever form was handed in: a zip's own bytes are none
        fresh=None if is_shared else lambda: grading.check(question, attempt),
    )


def _info_of(item: pytest.Item) -> CheckInfo:
    info = info_of(function_of(item))
    assert info is not None
    return info
