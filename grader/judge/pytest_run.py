"""The suite, run by pytest in this process and apart from any configuration around."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.runner import runtestprotocol

from grader.judge.attempt import OWN, Attempt
from grader.judge.examples import configure_examples, same_examples_anywhere, settings_for
from grader.judge.results import line_of, verdict_of
from grader.judge.teaching import snippet
from grader.judge.teaching.causes import diagnosis, place_of
from grader.scorecard import CheckEnded, CheckResult, Verdict
from grader.suite.checks import info_of
from grader.suite.handles import Attachments, attachments_of

if TYPE_CHECKING:
    from grader.judge.grading import Conversation, Grading
    from grader.judge.listener import Listener
    from grader.suite.failures import CheckFailed, StudentError

RUN = pytest.StashKey["Run"]()


NAME = "grader-run"


MORE_EXAMPLES = 25  # of a check that failed, to tell likely mistakes apart


class Run:
    """The checks of one grading: order, attempts and results."""

    def __init__(self, grading: Grading, listener: Listener) -> None:
        self.grading = grading
        self.listener = listener
        self.results: dict[str, CheckResult] = {}
        self._attempt = OWN
        self.silent = False  # whether the present run is: see Session
        self._reports: dict[pytest.Item, list[pytest.TestReport]] = {}
        self.remote: Conversation | None = None
        self._started = 0.0

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep the chosen questions; those that execute in the background come last: they take longest."""
        assignment, settings = self.grading.assignment, self.grading.settings
        chosen = assignment.select(settings.only)
        order = sorted(chosen, key=lambda name: assignment.question(name).background)
        listed = {check for name in chosen for check in assignment.question(name).points}
        for item in items:
            info = _info(item)
            if info is not None and info.question in chosen and _check_name(item) not in listed:
                raise pytest.UsageError(f"{_check_name(item)} has no points in {assignment.folder / 'assignment.toml'}")
        checks = [item for item in items if (info := _info(item)) is not None and info.question in chosen]
        config.hook.pytest_deselected(items=[item for item in items if item not in checks])
        items[:] = sorted(checks, key=lambda item: order.index(_question_of(item)))
        for item in items:
            configure_examples(item.obj, _check_name(item), self.grading.draw_seed, settings.effort.examples)  # type: ignore[attr-defined]

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run each check; one that fails gets the further attempts that could save its points.

        The parts come first, then what executes in the background, then whatever the whole file may save: what is
        quick does not wait for what is slow.
        """
        if session.config.option.collectonly or session.testsfailed:
            return False
        try:
            self._run_all(session)
        finally:  # an interruption must not leave points that the rules take away
            for item in session.items:
                if _check_name(item) in self.results:
                    self._apply_rules(item)
        for item in session.items:
            _log(item, self._reports[item])
        return True

    def _run_all(self, session: pytest.Session) -> None:
        self.grading.start(dict.fromkeys(_question_of(item) for item in session.items))
        background = [item for item in session.items if self.grading.plan_of(_question_of(item)).background]
        for item in session.items:
            if item not in background:
                self._try(item, [OWN, *self._with_stand_ins(item)])
        for item in background:  # known by now: whether a needed part is wrong
            self._block_without_right_parts(item)
            for attempt in self._with_stand_ins(item)[:1]:
                self.grading.begin(_question_of(item), attempt)
        for item in background:
            self._try(item, [*self._with_stand_ins(item), OWN])
        for item in session.items:
            if not self._passed(item) and self.grading.may_differ_as_a_whole(_question_of(item)):
                stand_ins = [replace(attempt, whole=True) for attempt in self._with_stand_ins(item)]
                self._try(item, [Attempt(whole=True), *stand_ins])

    def _try(self, item: pytest.Item, attempts: Sequence[Attempt]) -> None:
        """Run the check until an attempt passes. If none does, what is told is the attempt with the own parts."""
        name, question = _check_name(item), _question_of(item)
        self.listener.started(question, name)
        told = self.results.get(name)
        for attempt in attempts:
            self._attempt = attempt
            try:
                reports = self._reports_of(item)
            except BaseException:  # interrupted: what counts is what was found before
                self.results.pop(name, None)
                self.results |= {name: told} if told else {}
                raise
            result = self.results[name]
            if result.verdict is Verdict.PASSED:
                self.results[name] = replace(result, carried_forward=attempt.stand_ins)
                self._reports[item] = reports
                break
            if told is None or (attempt == OWN and not self._wrong_needs(item)):
                told, self._reports[item] = result, reports
        else:
            assert told is not None
            self.results[name] = told
        self.listener.finished(question, self.results[name])

    def _reports_of(self, item: pytest.Item) -> list[pytest.TestReport]:
        """Run the check. If it has many examples, silently first: that they pass is seen sooner than why they don't."""
        if hasattr(getattr(item, "function", None), "hypothesis"):
            self.silent = True
            try:
                reports = runtestprotocol(item, log=False)
            finally:
                self.silent = False
            if self.results[_check_name(item)].verdict not in (Verdict.FAILED, Verdict.CRASHED, Verdict.BROKEN):
                return reports
        return runtestprotocol(item, log=False)

    def _apply_rules(self, item: pytest.Item) -> None:
        """What was found forbidden in one check of a question costs the checks that had passed before, too."""
        result = self.results[_check_name(item)]
        if result.verdict is Verdict.PASSED and (reason := self.grading.plan_of(_question_of(item)).forbidden):
            result = replace(result, verdict=Verdict.FORBIDDEN, message=reason, carried_forward=())
            self.results[result.name] = result
            for report in self._reports.get(item, ()):
                if report.when == "call":
                    report.outcome, report.longrepr = "failed", f"{result.verdict}: {reason}"
            self.listener.finished(_question_of(item), result)

    def _wrong_needs(self, item: pytest.Item) -> tuple[str, ...]:
        """The needed parts that have lost points, or were not graded."""
        assignment = self.grading.assignment
        needs = assignment.question(_question_of(item)).needs
        return tuple(name for name in needs if self._score(name) < sum(assignment.question(name).points.values()))

    def _with_stand_ins(self, item: pytest.Item) -> list[Attempt]:
        """The attempt with known-good parts in place of the wrong ones, if there is one to make."""
        wrong = self._wrong_needs(item)
        return [Attempt(stand_ins=wrong)] if wrong and self.grading.assignment.stand_ins else []

    def _block_without_right_parts(self, item: pytest.Item) -> None:
        """Stand-ins alone would do the work of a question whose needed parts are all hardly worth anything.

        Less than half of its points does not count: a function that only returns zeros passes some checks.
        """
        question = self.grading.assignment.question(_question_of(item))
        right = sum(self._is_half_right(name) or not self._was_graded(name) for name in question.needs)
        if right < question.min_right:
            needed = ", ".join(question.needs)
            reason = f"none of the parts it needs ({needed}) has earned half its points: mend them first"
            self.grading.block(question.name, reason)

    def _is_half_right(self, question: str) -> bool:
        return 2 * self._score(question) >= sum(self.grading.assignment.question(question).points.values())

    def _score(self, question: str) -> float:
        points = self.grading.assignment.question(question).points
        return sum(self.results[check].score for check in points if check in self.results)

    def _was_graded(self, question: str) -> bool:
        return any(check in self.results for check in self.grading.assignment.question(question).points)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Note that a check begins."""
        self._started = time.monotonic()
        self.remote = None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Iterator[None]:
        """A silent run may have examples left that nobody has waited for."""
        yield
        if self.remote:
            self.remote.session.finish()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Turn what ended a phase into a CheckResult, in place of pytest's own, slow, rendering of tracebacks."""
        error = call.excinfo.value if call.excinfo else None
        text = f"{type(error).__name__}: {error}" if error else None
        if call.when == "call" or (call.when == "setup" and error):
            result = self._result(item, error)
            self.results[result.name] = result
            text = f"{result.verdict}: {result.message}" if error else None
        return pytest.TestReport(
            nodeid=item.nodeid,
            location=item.location,
            keywords={},
            outcome="failed" if error else "passed",
            longrepr=text,
            when=call.when,  # type: ignore[arg-type]
            start=call.start,
            stop=call.stop,
            duration=call.duration,
        )

    @property
    def attempt(self) -> Attempt:
        """What the present check is run on."""
        return self._attempt

    def _passed(self, item: pytest.Item) -> bool:
        result = self.results.get(_check_name(item))
        return result is not None and result.verdict is Verdict.PASSED

    def _result(self, item: pytest.Item, error: BaseException | None) -> CheckResult:
        info, name = _info(item), _check_name(item)
        assert info is not None
        question = self.grading.assignment.question(info.question)
        verdict, message = verdict_of(error, self.grading.places)
        forbidden = self.grading.plan_of(info.question).forbidden  # seen, maybe, while this very check ran
        if forbidden and verdict not in (Verdict.BLOCKED, Verdict.BROKEN, Verdict.NOT_GRADED):
            verdict, message = Verdict.FORBIDDEN, forbidden
        attached = attachments_of(self.remote.submission) if self.remote else Attachments()
        result = CheckResult(
            name=name,
            title=info.title,
            verdict=verdict,
            max_score=question.points[name],
            message=message,
            hint=info.hint if verdict is Verdict.FAILED else "",
            notes=tuple(attached.notes),
            examples=self.remote.session.examples.count if self.remote else 0,
            duration_s=time.monotonic() - self._started,
            output=self.remote.session.output() if self.remote else "",
            line=self.grading.places.line_in_file(line_of(error) or self.grading.plan_of(info.question).line),
            visibility=question.visibility.get(name, "visible"),
            figures=tuple(attached.figures.values()),
            measurements=tuple(attached.measurements.values()),
        )
        if verdict is not Verdict.FAILED:
            return result
        snippet, mistake = self._teach(item, error)
        return replace(result, snippet=snippet, diagnosis=mistake)

    def _teach(self, item: pytest.Item, error: BaseException | None) -> tuple[str, str]:
        """Snippet and diagnosis of a failed check, from its last and smallest example."""
        from grader.suite.failures import CheckFailed, StudentError

        while isinstance(error, BaseExceptionGroup):  # Hypothesis: not at every try
            error = error.exceptions[0]
        if self.remote is None or not isinstance(error, CheckFailed | StudentError):
            return "", ""
        try:
            written = self._snippet(item, error)
        except Exception:  # a snippet is a help: values that it can't be written from must not cost the verdict
            written = ""
        causes, place = self.remote.session.examples.causes, place_of(error)
        if any(causes.get(place, ())):
            self._find_more_causes(item)
        return written, diagnosis(causes, place)

    def _snippet(self, item: pytest.Item, error: CheckFailed | StudentError) -> str:
        """The failing example as Python; nothing where it does not fail in a fresh worker, alone or after another."""
        from grader.judge.teaching import replay
        from grader.suite.failures import CheckFailed

        assert self.remote is not None
        question, attempt = _question_of(item), self._attempt
        examples, transcript = self.remote.session.examples, replay.transcript_of(self.remote)
        is_shared = attempt.whole or self.grading.plan_of(question).background
        if examples.count > 1 and not is_shared:
            test: Any = item.function.hypothesis.inner_test  # type: ignore[attr-defined]
            place = place_of(error)
            try:
                fresh = partial(self.grading.check, question, attempt)
                again = replay.reproduce(test, fresh, tuple(examples.given), place)
            except Exception:  # the arguments can't be used again: the example is told as it was
                again = replay.Failure(transcript=transcript, error=error)
            if again is None:
                return ""
            transcript, error = again.transcript, again.error
        failed = error.claim() if isinstance(error, CheckFailed) else error.claim or error.request
        return "" if failed is None else snippet.write(transcript, failed, error.__traceback__, self.grading.text)

    def _find_more_causes(self, item: pytest.Item) -> None:
        """Run some more examples, larger than the smallest that fails: that one may have many explanations."""
        function: Any = getattr(item, "function", None)
        if self.remote is None or not hasattr(function, "hypothesis"):
            return
        fixtures = {name: item.funcargs[name] for name in item._fixtureinfo.argnames}  # type: ignore[attr-defined]
        kept = function._hypothesis_internal_use_settings
        self.remote.session.examples.only_causes = True
        function._hypothesis_internal_use_settings = settings_for(MORE_EXAMPLES, shrink=False)
        try:
            function(**fixtures)
        except (Exception, CheckEnded):
            pass  # what was found until then counts
        finally:
            self.remote.session.examples.only_causes = False
            function._hypothesis_internal_use_settings = kept


def run_suite(grading: Grading, listener: Listener, results: dict[str, CheckResult]) -> None:
    """Run the assignment's suite in this process, apart from any configuration around.

    `results`, by check name, are filled as they come: what is there when KeyboardInterrupt is raised counts.
    """
    from grader.errors import AssignmentInvalid

    run = Run(grading, listener)
    run.results = results
    errors = _CollectionErrors()
    folder = str(grading.assignment.folder)
    arguments = [
        folder,
        "--config-file=/dev/null" if Path("/dev/null").exists() else "--config-file=nul",
        f"--rootdir={folder}",
        f"--seed={grading.draw_seed}",
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
    with _apart_from_this_process(grading.assignment.folder), same_examples_anywhere():
        status = pytest.main(arguments, plugins=[_Carrier(run), errors])
    if status == pytest.ExitCode.INTERRUPTED:
        raise errors.interrupt or KeyboardInterrupt()
    if errors.ours:
        raise errors.ours
    if errors.texts or status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        reason = errors.texts[0] if errors.texts else f"pytest ended with {status!r}"
        raise AssignmentInvalid(f"the suite in {folder} can't be run: {reason}")


@contextlib.contextmanager
def _apart_from_this_process(folder: Path) -> Iterator[None]:
    """Without options for pytest from the environment, and without a trace of the suite: another may have its names.

    Hypothesis keeps nothing: it would read and write in the working directory, which may be the submission's own.
    """
    from hypothesis.configuration import set_hypothesis_home_dir

    set_hypothesis_home_dir(Path(os.devnull) / "hypothesis")  # where nothing can be
    sys.path.insert(0, str(folder))  # what stands beside the checks is imported by its name
    options = {name: os.environ.pop(name) for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS") if name in os.environ}
    before = set(sys.modules)
    try:
        yield
    finally:
        set_hypothesis_home_dir(None)
        os.environ.update(options)
        with contextlib.suppress(ValueError):
            sys.path.remove(str(folder))
        for name in set(sys.modules) - before:
            file = getattr(sys.modules[name], "__file__", None)
            if getattr(sys.modules[name], "__spec__", None) is None or (file and Path(file).is_relative_to(folder)):
                del sys.modules[name]


class _Carrier:
    """Brings a run that already exists into pytest's configuration."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[RUN] = self._run
        config.pluginmanager.register(self._run, NAME)


class _CollectionErrors:
    def __init__(self) -> None:
        self.texts: list[str] = []
        self.interrupt: KeyboardInterrupt | None = None
        self.ours: BaseException | None = None  # no fault of the suite

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        if isinstance(excinfo.value, KeyboardInterrupt):
            self.interrupt = excinfo.value

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.texts.append(str(report.longrepr).strip().splitlines()[-1])

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        if isinstance(excinfo.value, pytest.UsageError):
            self.texts.append(f"{excinfo.typename}: {excinfo.value}")
        else:
            self.ours = excinfo.value
        return True  # pytest need not print it


def _info(item: pytest.Item) -> Any:
    return info_of(getattr(item, "function", None))


def _question_of(item: pytest.Item) -> str:
    return str(_info(item).question)


def _check_name(item: pytest.Item) -> str:
    return str(getattr(item, "originalname", None) or item.name)


def _log(item: pytest.Item, reports: list[pytest.TestReport]) -> None:
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
