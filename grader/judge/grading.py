"""One grading: ties together what its questions need (plans), what runs beside what (executions), and the sessions.

It has no state outside itself, and imports no code of the student's.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from weakref import WeakKeyDictionary, WeakSet

from grader.assignment import Assignment
from grader.boundary.limits import Limit
from grader.boundary.messages import Inspect, Loaded, Sighting
from grader.boundary.places import Places
from grader.boundary.values import Raised
from grader.errors import IsolationMissing, SubmissionUnreadable
from grader.judge import ahead
from grader.judge.attempt import OWN, Attempt
from grader.judge.executions import WHOLE_FILE, Executions, TimeLeft
from grader.judge.plans import Plan, Plans, Reading, load_for, read_plans, unparsable
from grader.judge.session import ToldSession
from grader.judge.silent import SilentSession
from grader.machine import memory
from grader.machine.processors import cores, one_thread
from grader.processes.loops import Loops
from grader.processes.worker import Worker
from grader.processes.workers import Workers, open_workers
from grader.sandbox.tiers import Isolation, Tier
from grader.scorecard import CheckEnded, Untold
from grader.settings import Settings
from grader.submission import Submission, sendable, with_files
from grader.suite.handles import RemoteSubmission, Session, attachments_of

READING: Final = Limit("reading the file", 20.0)
MAX_WARNINGS: Final = 20
MAX_TOLD: Final = 300  # characters of an exception that a message begins with


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a check is given, and how it is talked about with the worker."""

    worker: Worker
    session: ToldSession | SilentSession
    submission: RemoteSubmission
    leave: Callable[[], object] = lambda: None  # all that it was asked was as expected: the next check may ask it


class Grading:
    """The workers and plans of one grading; a context manager that leaves nothing behind."""

    def __init__(
        self, submission: Submission, assignment: Assignment, settings: Settings, workers: Workers | None = None
    ) -> None:
        self.submission = with_files(submission, assignment.files_beside)
        self.assignment = assignment
        self.settings = settings
        self._workers = workers
        self._warnings = dict.fromkeys(filter(None, [memory.warning(assignment.needed_mib)]))
        self._reading = Reading(plans={}, places=Places(file=submission.sendable_name))
        self._plans = Plans(self._reading, assignment)
        self._time_left = TimeLeft(assignment.limits.grading_s)
        self.executions: Executions[Worker]
        self._raised: WeakKeyDictionary[Worker, str] = WeakKeyDictionary()  # the first statement that did, and what
        self._checked = ""  # the question that is checked at present
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Grading:
        with contextlib.ExitStack() as stack:
            self._workers = workers = self._workers or stack.enter_context(open_workers(self.assignment.data))
            workers.require(self.assignment.data)
            workers.prepare(self.assignment.rules, self.assignment.limits)
            stack.enter_context(one_thread())
            require(self.settings.require_isolation, workers.isolation)
            ahead.import_for(workers.isolation.tier)  # nothing of the student's has run
            self._reading = read(self.submission, self.assignment, workers)
            self._warnings |= dict.fromkeys(self._reading.warnings)
            self._plans = Plans(self._reading, self.assignment)
            starter = WorkerStarter(
                workers=workers,
                file=self.submission.sendable_name,
                assignment=self.assignment,
                reading=self._reading,
                time_left=self._time_left,
                seed=self.worker_seed,
                saw=self.forbid,
                loops=Loops(self._reading.places, self._reading.lines.statement_of, self._reading.source),
                warn=lambda text: self._warnings.setdefault(text),
                raised=self._raised,
            )
            most = memory.most_workers(self.assignment.limits.memory_mib)
            self.executions = Executions(
                starter, self._time_left, self._is_graded, cores=cores(), one_at_a_time=memory.is_little(), most=most
            )
            stack.callback(self.executions.end)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    # --- what it knows of the submission -----------------------------------------------------------------------------

    def draw_seed(self, *questions: str) -> int:
        """What examples are drawn with for these questions, by default for all."""
        names = () if self.settings.exam else questions or self.assignment.names
        return draw_seed(self.settings.seed, *(self._reading.plans[name].code for name in names))

    @property
    def worker_seed(self) -> int:
        """The seed of the worker's random numbers, which tell nothing of the judge's."""
        return worker_seed(self.settings.seed)

    @property
    def isolation(self) -> Isolation:
        """What holds the workers of a grading that has begun."""
        assert self._workers is not None
        return self._workers.isolation

    @property
    def warnings(self) -> tuple[str, ...]:
        """Problems of the submission that are not tied to one check."""
        shown, more = [*self._warnings][:MAX_WARNINGS], len(self._warnings) - MAX_WARNINGS
        return (*shown, *([f"and {more} more"] if more > 0 else []))

    @property
    def reading(self) -> Reading:
        """What the source says, of a grading that has begun."""
        return self._reading

    def plan_of(self, question: str) -> Plan:
        """How that question is graded."""
        return self._plans[question]

    def may_differ_as_a_whole(self, question: str) -> bool:
        """Whether a statement that the slice leaves out could change the result of a check that failed on it."""
        return not self._plans[question].certain and self._is_graded(question) and not self.executions.has_ended

    def raised_in(self, worker: Worker) -> str:
        """Which statement has raised first that this worker was to execute, and what; nothing where all were."""
        return self._raised.get(worker, "")

    # --- its course --------------------------------------------------------------------------------------------------

    def start(self, questions: Iterable[str]) -> None:
        """Begin to execute what takes long of these questions. From now on, the time for all checks counts."""
        self._time_left.begin()
        self.executions.start(name for name in questions if self._plans[name].background)

    def begin(self, question: str, attempt: Attempt) -> None:
        """Execute for a background question, beside what comes next; another attempt at it that runs is given up."""
        self.executions.begin(question, attempt)

    def release(self, question: str, wanted: Collection[Attempt] = ()) -> None:
        """All checks of that question are done, but for the wanted attempts: its other workers end."""
        self.executions.release(question, wanted)

    def block(self, question: str, reason: str) -> None:
        """Don't grade that question, unless there is already a reason not to."""
        self._plans.block(question, reason)

    def forbid(self, sightings: Sequence[Sighting], loading: bool) -> None:
        """Note what a worker saw of banned code while the present question was checked."""
        self._plans.forbid(sightings, self._checked, loading=loading)

    @contextlib.contextmanager
    def check(self, question: str, attempt: Attempt, *, silent: bool = False) -> Iterator[Conversation]:
        """A worker that executes what the question needs. Raises CheckEnded where there can't be one.

        So does the first wait for it, where the execution hangs or ends the process. silent: see grader.judge.silent;
        where not all examples pass, Untold is raised, at the end of the block at the latest.
        """
        plan = self._plans[question]
        plan.require_gradable()
        self._checked = question
        limit, submission = _limit(self.assignment, question), _submission_for(self.assignment, question)
        if attempt.whole or plan.background:
            worker = self.executions.await_shared(WHOLE_FILE if attempt.whole else question, attempt)
            worker.allow(self._time_left.at_most(limit))
            yield from _conversation(worker, self.worker_seed, lambda: None, self._time_left, submission, silent=silent)
            self._warnings |= dict.fromkeys(self._plans.to_look_at(question) if attempt.whole else ())
            return
        limit = self._time_left.at_most(limit)
        self.executions.begin_queued()
        parts, again = self.executions.parts, silent and self.settings.exam
        with parts.one(question, plan.indices, attempt, again=again) as part:

            def start() -> None:
                parts.wait(part)
                part.worker.allow(limit)

            talk = (part.worker, self.worker_seed, start, self._time_left, submission)
            yield from _conversation(*talk, silent=silent, leave=part.leave)

    def _is_graded(self, question: str) -> bool:
        return not self._plans[question].blocked and not self._plans[question].forbidden


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerStarter:
    """Starts workers that execute this submission."""

    workers: Workers
    file: str  # the submission's name, for messages
    assignment: Assignment
    reading: Reading
    time_left: TimeLeft
    seed: int
    saw: Callable[[Sequence[Sighting], bool], None]  # what a worker saw of forbidden code, and whether in loading
    warn: Callable[[str], object]
    loops: Loops
    raised: MutableMapping[Worker, str]  # what the first statement that failed in a worker raised
    went_on: WeakSet[Worker] = field(default_factory=WeakSet)  # executed for more than one question

    def start_part(self, question: str, attempt: Attempt) -> Worker:
        """A worker that executes what one check of the question needs. Raises CheckEnded."""
        return self._start(question, attempt, self._part_limit, shared=False)

    def start_shared(self, question: str, attempt: Attempt) -> Worker:
        """A worker that executes for all checks of the question, or of all of them (WHOLE_FILE). Raises CheckEnded."""
        return self._start(question, attempt, Limit("load_s", self.assignment.limits.load_s), shared=True)

    def may_go_on(self, worker: Worker) -> bool:
        """Whether it may execute for another question: not where it has more than the statements of one file."""
        return not (self.reading.siblings or self.assignment.parts or worker in self.raised)

    def ask_again(self, worker: Worker) -> None:
        """The next check of the question is going to ask it: what it has printed for the last one is not told of it."""
        worker.started.output.renew()

    def go_on(self, worker: Worker, question: str) -> None:
        """Have it execute what one check of another question needs. Raises CheckEnded."""
        self.went_on.add(worker)
        worker.started.output.renew(wholly=True)
        self._execute(worker, question, OWN, self._part_limit, shared=False)

    def await_executed(self, worker: Worker, attempt: Attempt) -> None:
        """Wait until it has executed. Raises CheckEnded where it hangs or dies."""
        loaded = worker.receive()
        assert isinstance(loaded, Loaded)
        worker.started.output.keep()
        if loaded.problems and worker in self.went_on:
            raise Untold  # maybe for what it has executed before: a worker of its own finds out
        for problem in loaded.problems[:1]:
            what = " ".join(problem.text.split())[:MAX_TOLD]
            self.raised[worker] = f"{self._place(problem)} raised {problem.type_name}{f': {what}' if what else ''}"
        if attempt == OWN:
            for problem in loaded.problems:
                self.warn(f"{self._place(problem)}: {problem.type_name}: {problem.text}")

    def _place(self, problem: Raised) -> str:
        return self.reading.places.at(problem.frames[0].line if problem.frames else 0)

    def make_room(self) -> None:
        """Wait until workers that were ended are gone, and give back what the last check was sent and got back."""
        self.workers.settle()
        memory.give_back()

    def _start(self, question: str, attempt: Attempt, limit: Limit, *, shared: bool) -> Worker:
        self.time_left.require()
        worker = self.workers.take(self.file)
        worker.report_to(self.saw)
        worker.loops = self.loops
        self._execute(worker, question, attempt, limit, shared=shared)
        return worker

    def _execute(self, worker: Worker, question: str, attempt: Attempt, limit: Limit, *, shared: bool) -> None:
        worker.allow(self.time_left.at_most(limit))
        worker.send(load_for(self.assignment, self.reading, question, attempt, seed=self.seed, shared=shared))

    @property
    def _part_limit(self) -> Limit:
        return Limit("part_s", self.assignment.limits.part_s)


def _limit(assignment: Assignment, question: str) -> Limit:
    return Limit("limit_s", assignment.question(question).limit_s)


def _submission_for(assignment: Assignment, question: str) -> Callable[[Session], RemoteSubmission]:
    """What makes the submission that a check of that question is given."""
    names = (question, *assignment.question(question).needs)
    return lambda session: RemoteSubmission(session, assignment.parts, names)


def _conversation(
    worker: Worker,
    seed: int,
    start: Callable[[], object],
    time_left: TimeLeft,
    made: Callable[[Session], RemoteSubmission],
    *,
    silent: bool,
    leave: Callable[[], object] = lambda: None,
) -> Iterator[Conversation]:
    kind = SilentSession if silent else ToldSession
    session = kind(worker, seed, start, time_left.require)  # the judge's own seconds count between examples
    submission = made(session)
    session.examples.at_begin = attachments_of(submission).figures.clear  # a picture is of the example that is told
    yield Conversation(worker, session, submission, leave)
    session.finish()


def read(submission: Submission, assignment: Assignment, workers: Workers) -> Reading:
    """What the source says, from a worker that executes nothing of the student's. Raises SubmissionUnreadable."""
    worker = workers.take(submission.sendable_name)
    worker.allow(READING)
    try:
        inspect = Inspect(
            form=str(submission.form),
            files=tuple((sendable(name), content) for name, content in submission.files),
            entry=submission.entry,
            questions=assignment.names,
            needs={question.name: question.needs for question in assignment.questions},
            asked={question.name: question.methods for question in assignment.questions},
            rules=assignment.rules,
            files_beside=assignment.files_beside,
        )
        inspected = worker.ask(inspect)
    except CheckEnded as ended:
        return unparsable(assignment, submission.sendable_name, ended.message)
    finally:
        worker.end()
    if inspected.unreadable:
        raise SubmissionUnreadable(f"{submission.path} {inspected.unreadable}")
    return read_plans(inspected, assignment, submission.sendable_name)


def require(wanted: Tier, isolation: Isolation) -> None:
    """Raises IsolationMissing where the workers are held by less."""
    if list(Tier).index(isolation.tier) < list(Tier).index(wanted):
        where = "where bubblewrap works" if wanted is Tier.NAMESPACES else "on Linux 5.13 or later"
        raise IsolationMissing(
            f"this machine gives {isolation}, not the {wanted} that --require-isolation asks for; "
            f"grade {where}, or ask for less"
        )


def draw_seed(seed: int, *code: str) -> int:
    """What examples are drawn with. code: hashes of the statements that are executed.

    Of the code, too: a table of answers that is part of it has other examples than it was made for. Nothing else of
    what was handed in counts: one class draws the same in a file, a notebook and an archive, whatever stands around it.
    """
    return _derived_seed(f"examples {seed} {' '.join(code)}")


def worker_seed(seed: int) -> int:
    """The seed of the worker's random numbers, which tell nothing of the judge's."""
    return _derived_seed(f"worker {seed}")


def _derived_seed(text: str) -> int:
    """A seed that torch, numpy and Hypothesis take."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1
