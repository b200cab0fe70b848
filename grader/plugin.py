"""The pytest plugin: the `submission` fixture, and a result for each check.

`pytest tests/hw3 --submission PATH` and `grade PATH` run the same checks through it. Tests that are not marked with
`@check` are left alone.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
import traceback
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.runner import runtestprotocol

from grader.attempt import OWN, Attempt
from grader.check import diagnosis, info_of, place_of
from grader.scorecard import CheckEnded, CheckResult, Verdict

if TYPE_CHECKING:
    from grader.assignment import Question
    from grader.expect import CheckFailed
    from grader.judge import Grading, Listener
    from grader.places import Places
    from grader.worker.handles import RemoteSubmission, StudentError

_RUN = pytest.StashKey["_Run"]()
_NAME = "grader-run"


MORE_EXAMPLES = 25  # of a check that failed, to tell likely mistakes apart


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of a suite that is run by pytest itself."""
    group = parser.getgroup("grader", "grading a submission")
    group.addoption("--submission", type=Path, help="grade this file (default: the assignment's reference)")
    group.addoption("--seed", type=int, default=0, help="draw other examples (default: 0)")
    group.addoption("--effort", choices=["quick", "standard", "thorough"], default="standard", help="how many examples")


@pytest.fixture
def submission(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The submission, in a fresh worker: its names as attributes (see grader.worker.handles.RemoteSubmission)."""
    run = request.config.stash[_RUN]
    info = info_of(request.function)
    if info is None:
        raise pytest.UsageError(f"{request.node.nodeid} uses `submission` but is not marked with @check")
    with contextlib.ExitStack() as stack:
        try:
            run.remote = stack.enter_context(run.grading.check(info.question, run.attempt, silent=run.silent))
        except CheckEnded as ended:
            raise _NotStarted(ended) from None
        yield run.remote


@pytest.fixture
def question(request: pytest.FixtureRequest) -> Question:
    """The question that the check belongs to: its thresholds are in `question.settings`."""
    info = info_of(request.function)
    if info is None:
        raise pytest.UsageError(f"{request.node.nodeid} uses `question` but is not marked with @check")
    return request.config.stash[_RUN].grading.assignment.question(info.question)


class _NotStarted(Exception):
    """Carries a CheckEnded out of the fixture: pytest expects an Exception from there."""

    def __init__(self, ended: CheckEnded) -> None:
        super().__init__(ended.message)
        self.ended = ended


class _Run:
    """The checks of one grading: order, attempts and results."""

    def __init__(self, grading: Grading, listener: Listener) -> None:
        self.grading = grading
        self.listener = listener
        self.results: dict[str, CheckResult] = {}
        self._attempt = OWN
        self.silent = False  # whether the present run is: see Session
        self._reports: dict[pytest.Item, list[pytest.TestReport]] = {}
        self.remote: RemoteSubmission | None = None
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

        Less than half of its points does not count: an `epoch` that only returns (0.0, 0.0) gets 3 of 16.
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
            self.remote._session.finish()

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
        verdict, message = _judge(error, self.grading.places)
        forbidden = self.grading.plan_of(info.question).forbidden  # seen, maybe, while this very check ran
        if forbidden and verdict not in (Verdict.BLOCKED, Verdict.BROKEN, Verdict.NOT_GRADED):
            verdict, message = Verdict.FORBIDDEN, forbidden
        result = CheckResult(
            name=name,
            title=info.title,
            verdict=verdict,
            max_score=question.points[name],
            message=message,
            hint=info.hint if verdict is Verdict.FAILED else "",
            notes=tuple(self.remote._notes) if self.remote else (),
            examples=self.remote._session.examples if self.remote else 0,
            duration_s=time.monotonic() - self._started,
            output=self.remote._session.output() if self.remote else "",
            line=self.grading.places.line_in_file(_line_of(error) or self.grading.plan_of(info.question).line),
            visibility=question.visibility.get(name, "visible"),
            figures=tuple(self.remote._figures.values()) if self.remote else (),
            measurements=tuple(self.remote._measurements.values()) if self.remote else (),
        )
        if verdict is not Verdict.FAILED:
            return result
        snippet, mistake = self._teach(item, error)
        return replace(result, snippet=snippet, diagnosis=mistake)

    def _teach(self, item: pytest.Item, error: BaseException | None) -> tuple[str, str]:
        """Snippet and diagnosis of a failed check, from its last and smallest example."""
        from grader.expect import CheckFailed
        from grader.worker.handles import StudentError

        while isinstance(error, BaseExceptionGroup):  # Hypothesis: not at every try
            error = error.exceptions[0]
        if self.remote is None or not isinstance(error, CheckFailed | StudentError):
            return "", ""
        try:
            written = self._snippet(item, error)
        except Exception:  # a snippet is a help: values that it can't be written from must not cost the verdict
            written = ""
        session, place = self.remote._session, place_of(error)
        if any(session.causes.get(place, ())):
            self._find_more_causes(item)
        return written, diagnosis(session.causes, place)

    def _snippet(self, item: pytest.Item, error: CheckFailed | StudentError) -> str:
        """The failing example as Python; nothing where it does not fail in a fresh worker, alone or after another."""
        from grader import replay, snippet
        from grader.expect import CheckFailed

        assert self.remote is not None
        session, question, attempt = self.remote._session, _question_of(item), self._attempt
        is_shared = attempt.whole or self.grading.plan_of(question).background
        if session.examples > 1 and not is_shared:
            test: Any = item.function.hypothesis.inner_test  # type: ignore[attr-defined]
            examples, place = tuple(session.given), place_of(error)
            try:
                again = replay.reproduce(test, lambda: self.grading.check(question, attempt), examples, place)
            except Exception:  # the arguments can't be used again: the example is told as it was
                again = replay.Failure(session=session, error=error)
            if again is None:
                return ""
            session, error = again.session, again.error
        failed = error.claim() if isinstance(error, CheckFailed) else error.claim or error.request
        return "" if failed is None else snippet.write(session, failed, error.__traceback__, self.grading.text)

    def _find_more_causes(self, item: pytest.Item) -> None:
        """Run some more examples, larger than the smallest that fails: that one may have many explanations."""
        function: Any = getattr(item, "function", None)
        if self.remote is None or not hasattr(function, "hypothesis"):
            return
        fixtures = {name: item.funcargs[name] for name in item._fixtureinfo.argnames}  # type: ignore[attr-defined]
        kept = function._hypothesis_internal_use_settings
        self.remote._session.only_causes = True
        function._hypothesis_internal_use_settings = settings_for(MORE_EXAMPLES, shrink=False)
        try:
            function(**fixtures)
        except (Exception, CheckEnded):
            pass  # what was found until then counts
        finally:
            self.remote._session.only_causes = False
            function._hypothesis_internal_use_settings = kept


def run_suite(grading: Grading, listener: Listener, results: dict[str, CheckResult]) -> None:
    """Run the assignment's suite in this process, apart from any configuration around.

    `results`, by check name, are filled as they come: what is there when KeyboardInterrupt is raised counts.
    """
    from grader.errors import AssignmentInvalid

    run = _Run(grading, listener)
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
    with _apart_from_this_process(), same_examples_anywhere():
        status = pytest.main(arguments, plugins=[_Carrier(run), errors])
    if status == pytest.ExitCode.INTERRUPTED:
        raise errors.interrupt or KeyboardInterrupt()
    if errors.ours:
        raise errors.ours
    if errors.texts or status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        reason = errors.texts[0] if errors.texts else f"pytest ended with {status!r}"
        raise AssignmentInvalid(f"the suite in {folder} can't be run: {reason}")


@contextlib.contextmanager
def _apart_from_this_process() -> Iterator[None]:
    """Without options for pytest from the environment, and without a trace of the suite: another may have its names.

    Hypothesis keeps nothing: it would read and write in the working directory, which may be the submission's own.
    """
    from hypothesis.configuration import set_hypothesis_home_dir

    set_hypothesis_home_dir(Path(os.devnull) / "hypothesis")  # where nothing can be
    options = {name: os.environ.pop(name) for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS") if name in os.environ}
    before = set(sys.modules)
    try:
        yield
    finally:
        set_hypothesis_home_dir(None)
        os.environ.update(options)
        for name in set(sys.modules) - before:
            if getattr(sys.modules[name], "__spec__", None) is None or name.split(".")[0].startswith(
                ("test_", "conftest")
            ):
                del sys.modules[name]


class _Carrier:
    """Brings a run that already exists into pytest's configuration."""

    def __init__(self, run: _Run) -> None:
        self._run = run

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[_RUN] = self._run
        config.pluginmanager.register(self._run, _NAME)


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


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Where pytest was called on a suite by hand, begin a grading for it."""
    config = session.config
    folder = _suite_folder(config)
    if _RUN in config.stash or folder is None:
        return
    from grader.assignment import load_assignment
    from grader.errors import GraderError
    from grader.judge import Effort, Grading, Settings, Silent
    from grader.submission import read_submission

    try:
        assignment = load_assignment(folder)
        path = config.option.submission or assignment.reference
        if path is None:
            raise pytest.UsageError("the reference is not installed; pass --submission PATH")
        grading = Grading(
            read_submission(path), assignment, Settings(seed=config.option.seed, effort=Effort(config.option.effort))
        )
    except GraderError as error:
        raise pytest.UsageError(str(error)) from None
    grading.__enter__()
    config.option.seed = grading.draw_seed  # what fixtures of the suite draw with
    config.add_cleanup(lambda: grading.__exit__(None, None, None))
    run = _Run(grading, Silent())
    config.stash[_RUN] = run
    config.pluginmanager.register(run, _NAME)


def _suite_folder(config: pytest.Config) -> Path | None:
    """The folder with an assignment.toml that pytest was pointed at, if it was."""
    for argument in config.args:
        path = Path(config.invocation_params.dir, argument.split("::")[0])
        for folder in (path, path.parent):
            if (folder / "assignment.toml").is_file():
                return folder
    return None


def _judge(error: BaseException | None, places: Places) -> tuple[Verdict, str]:
    """The verdict and message for what ended a check."""
    from grader.expect import CheckFailed
    from grader.worker.handles import StudentError

    match error:
        case None:
            return Verdict.PASSED, ""
        case _NotStarted():
            return error.ended.verdict, error.ended.message
        case CheckEnded():
            return error.verdict, error.message
        case StudentError():
            verdict = Verdict.CRASHED if error.limit else Verdict.FAILED
            return verdict, describe_student_error(error, places)
        case CheckFailed():
            return Verdict.FAILED, str(error)
        case BaseExceptionGroup():  # Hypothesis: the example failed once and passed when it was tried again
            for inner in error.exceptions:
                verdict, message = _judge(inner, places)
                if verdict is Verdict.FAILED:
                    return verdict, f"{message} (not at every try: the result depends on earlier calls)"
            return _judge(error.exceptions[0], places)
        case AssertionError():  # a plain assert in an instructor's own check
            return Verdict.FAILED, str(error).splitlines()[0] if str(
                error
            ) else "an assertion of the check does not hold"
        case _:
            place = traceback.extract_tb(error.__traceback__)[-1]
            return Verdict.BROKEN, f"{type(error).__name__}: {error} ({Path(place.filename).name}, line {place.lineno})"


def _line_of(error: BaseException | None) -> int:
    """The line of the submission that raised, or 0."""
    from grader.worker.handles import StudentError

    if isinstance(error, BaseExceptionGroup):
        return next(filter(None, map(_line_of, error.exceptions)), 0)
    return error.frames[-1].line if isinstance(error, StudentError) and error.frames else 0


def describe_student_error(error: Any, places: Places) -> str:
    """Call, exception, and the student's own lines that led to it."""
    lines = [f"{error.call} raised {error.type_name}" + (f": {error.text}" if error.text else "")]
    lines[0] += f" (the limit {error.limit})" if error.limit else ""
    lines += [f"  {places.at(f.line)}{f', in {f.function}' if f.function else ''}: {f.code}" for f in error.frames]
    return "\n".join(lines)


def configure_examples(function: Callable[..., Any], name: str, seed: int, examples: int) -> None:
    """The same examples for the same seed, always: no database, no deadline, no clock."""
    from hypothesis import seed as set_seed

    if not hasattr(function, "hypothesis"):
        return
    function._hypothesis_internal_use_settings = settings_for(examples)  # type: ignore[attr-defined]
    set_seed(zlib.crc32(f"{seed}:{name}".encode()))(function)


@contextlib.contextmanager
def same_examples_anywhere() -> Iterator[None]:
    """Draw no constants of modules outside of site-packages, which Hypothesis prefers to other values.

    Which there are depends on how the grader is installed, and on what has been imported by then: the seed alone would
    not decide. There is no setting for it.
    """
    from hypothesis.internal.conjecture import providers
    from hypothesis.internal.constants_ast import Constants

    kept, none = providers._get_local_constants, Constants()
    providers._get_local_constants = lambda: none
    providers.CONSTANTS_CACHE.cache.clear()
    try:
        yield
    finally:
        providers._get_local_constants = kept
        providers.CONSTANTS_CACHE.cache.clear()


def settings_for(examples: int, *, shrink: bool = True) -> Any:
    """Hypothesis' settings for that many examples."""
    from hypothesis import HealthCheck, Phase, settings

    return settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=False,  # the seed decides; Hypothesis' own would depend on the suite's source
        report_multiple_bugs=False,
        print_blob=False,
        phases=(Phase.explicit, Phase.generate, *([Phase.shrink] if shrink else [])),
        suppress_health_check=list(HealthCheck),
    )


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
