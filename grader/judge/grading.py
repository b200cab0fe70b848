"""One grading: workers up, suite run by pytest, scorecard out. The trusted side; it imports no code of the student's.

A grading is a function from a submission, an assignment and settings to a scorecard. It has no state outside itself.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import math
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from grader.assignment import Assignment, Question
from grader.boundary.limits import Limit
from grader.boundary.messages import Found, Inspect, Inspected, Load, Loaded, Sighting
from grader.boundary.places import Places
from grader.errors import IsolationMissing, SubmissionUnreadable, WorkerStartFailed
from grader.judge.attempt import OWN, Attempt
from grader.judge.owners import Lines
from grader.judge.plans import MAX_NAME, Plan, listed
from grader.judge.session import ToldSession
from grader.judge.silent import SilentSession
from grader.machine import memory
from grader.machine.processors import cores, one_thread
from grader.processes.worker import Worker
from grader.processes.workers import Workers, open_workers
from grader.sandbox.tiers import Isolation, Tier
from grader.scorecard import CheckEnded, Verdict
from grader.settings import Settings
from grader.submission import Submission, sendable
from grader.suite.handles import RemoteSubmission

READING: Final = Limit("reading the file", 20.0)


MAX_WARNINGS: Final = 20


@dataclass(slots=True)
class _Shared:
    """A worker that several checks use: its execution is awaited once."""

    worker: Worker
    executed: bool = False
    ended: CheckEnded | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a check is given, and how it is talked about with the worker."""

    session: ToldSession | SilentSession
    submission: RemoteSubmission


def _conversation(worker: Worker, seed: int, start: Callable[[], object], *, silent: bool) -> Iterator[Conversation]:
    session = SilentSession(worker, seed, start) if silent else ToldSession(worker, seed, start)
    yield Conversation(session, RemoteSubmission(session))
    session.finish()


class Grading:
    """The workers and plans of one grading; a context manager that leaves nothing behind."""

    def __init__(
        self, submission: Submission, assignment: Assignment, settings: Settings, workers: Workers | None = None
    ) -> None:
        self._given_workers = workers
        self.submission = submission
        self.assignment = assignment
        self.settings = settings
        self._warnings = [text] if (text := memory.warning(assignment.needed_mib)) else []
        self._shared: dict[tuple[str, Attempt], _Shared] = {}
        self._one_at_a_time = memory.is_little()
        self._cores = cores()
        self._queued: list[tuple[str, Attempt]] = []  # what waits for a core to be executed on
        self._plans: dict[str, Plan] = {}
        self._lines = Lines(own={})
        self._places = Places(file=submission.sendable_name)
        self._source = ""  # the text that is executed
        self._siblings: Mapping[str, str] = {}  # the files beside it
        self._lost: dict[str, str] = {}  # questions in cells that can't be parsed, and where
        self._checked = ""  # the question that is checked at present
        # Of the bytes, too: a table of answers that is part of the file has other examples than it was made for. The
        # worker's random numbers tell nothing of the judge's.
        self.draw_seed = _derived_seed(f"examples {settings.seed} {submission.sha256}")
        self.worker_seed = _derived_seed(f"worker {settings.seed}")
        self.file = submission.sendable_name
        self._ends = math.inf  # when all checks must be done
        self._hung: dict[tuple[tuple[int, ...] | None, Attempt], CheckEnded] = {}
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Grading:
        with contextlib.ExitStack() as stack:
            self._workers = self._given_workers or stack.enter_context(open_workers(self.assignment.data))
            self._workers.require(self.assignment.data)
            self._workers.prepare(self.assignment.rules, self.assignment.limits)
            stack.enter_context(one_thread())
            if list(Tier).index(self.isolation.tier) < list(Tier).index(self.settings.require_isolation):
                wanted = self.settings.require_isolation
                where = "where bubblewrap works" if wanted is Tier.NAMESPACES else "on Linux 5.13 or later"
                raise IsolationMissing(
                    f"this machine gives {self.isolation}, not the {wanted} that --require-isolation asks for; "
                    f"grade {where}, or ask for less"
                )
            self._plans = self._inspect()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        for shared in self._shared.values():
            shared.worker.end()
        self._stack.close()

    @property
    def places(self) -> Places:
        """Where the lines of the executed text stand."""
        return self._places

    @property
    def text(self) -> str:
        """The Python text that workers execute, whatever form was handed in: a zip's own bytes are none."""
        return self._source

    @property
    def isolation(self) -> Isolation:
        """What holds the workers."""
        return self._workers.isolation

    @property
    def warnings(self) -> tuple[str, ...]:
        """Problems of the submission that are not tied to one check."""
        more = len(self._warnings) - MAX_WARNINGS
        return (*self._warnings[:MAX_WARNINGS], *([f"and {more} more"] if more > 0 else []))

    @property
    def is_over(self) -> bool:
        """Whether the time for the whole grading is used up."""
        return time.monotonic() >= self._ends

    def start(self, questions: Iterable[str]) -> None:
        """Begin to execute what takes long. Homework gets harder from question to question: the last takes longest."""
        self._ends = time.monotonic() + self.assignment.limits.grading_s
        if not self._one_at_a_time:
            self._queued = [(name, OWN) for name in reversed([*questions]) if self._plans[name].background]
            self._begin_queued(self._cores - 1)

    def begin(self, name: str, attempt: Attempt) -> None:
        """Execute for a background question, beside what comes next; another attempt at it that runs is given up.

        It begins when a core is free for it. Where memory is little, nothing runs beside anything: it is executed when
        its checks come.
        """
        if self._one_at_a_time or (name, attempt) in self._shared:
            return
        self._give_up_others(name, attempt)
        self._queued.append((name, attempt))
        self._begin_queued(self._cores - 1)

    def _give_up_others(self, name: str, attempt: Attempt) -> None:
        """What else is queued or executed for that question, and was not waited for."""
        self._queued = [key for key in self._queued if key[0] != name]
        for key, shared in [*self._shared.items()]:
            if key[0] == name and key[1] != attempt and not shared.executed and not shared.ended:
                self._shared.pop(key).worker.end()

    def _begin_queued(self, cores: int) -> None:
        """Begin what is queued, as long as less than that many cores (one at least) execute for later checks.

        With more at a time than there are cores, the checks get less than one, and all that trains is done later.
        """
        at_work = sum(not shared.executed and not shared.worker.has_answered for shared in self._shared.values())
        while self._queued and at_work < max(cores, 1) and not self.is_over:
            name, attempt = self._queued.pop(0)
            if not self._plans[name].blocked and not self._plans[name].forbidden:
                with contextlib.suppress(CheckEnded, WorkerStartFailed):  # tried again when its own checks come
                    self._shared[name, attempt] = self._executing_shared(self.assignment.question(name), attempt)
                    at_work += 1

    def block(self, question: str, reason: str) -> None:
        """Don't grade that question, unless there is already a reason not to."""
        if not self._plans[question].blocked:
            self._plans[question] = replace(self._plans[question], blocked=reason)

    def plan_of(self, question: str) -> Plan:
        """How that question is graded."""
        return self._plans[question]

    def may_differ_as_a_whole(self, question: str) -> bool:
        """Whether a statement that the slice leaves out could change the result of a check that failed on it."""
        hung = any(shared.ended for shared in self._shared.values())
        plan = self._plans[question]
        return not plan.certain and not plan.blocked and not plan.forbidden and not hung

    @contextlib.contextmanager
    def check(self, question_name: str, attempt: Attempt, *, silent: bool = False) -> Iterator[Conversation]:
        """A worker that executes what the question needs. Raises CheckEnded where there can't be one.

        So does the first wait for it, where the execution hangs or ends the process. silent: see Session; where not
        all examples pass, Untold is raised, at the end of the block at the latest.
        """
        question, plan = self.assignment.question(question_name), self._plans[question_name]
        if plan.blocked:
            raise CheckEnded(Verdict.BLOCKED, plan.blocked)
        if plan.forbidden:
            raise CheckEnded(Verdict.FORBIDDEN, plan.forbidden)
        self._checked = question_name
        limit = Limit("limit_s", question.limit_s)
        if attempt.whole or plan.background:
            worker = self._await_shared(question, attempt)
            worker.allow(self._at_most(limit))
            yield from _conversation(worker, self.worker_seed, lambda: None, silent=silent)
            return
        limit = self._at_most(limit)
        self._begin_queued(self._cores - 1)
        worker = self._executing_part(plan.indices, attempt)

        def start() -> None:
            self._await_part(worker, plan.indices, attempt)
            worker.allow(limit)

        try:
            yield from _conversation(worker, self.worker_seed, start, silent=silent)
        finally:
            worker.end()

    # --- executing ---------------------------------------------------------------------------------------------------

    def _executing_part(self, indices: tuple[int, ...], attempt: Attempt) -> Worker:
        """A worker of its own for one check, which executes while the check begins."""
        if known := self._hung.get((indices, attempt)):
            raise known
        return self._executing(indices, attempt, Limit("part_s", self.assignment.limits.part_s))

    def _await_part(self, worker: Worker, indices: tuple[int, ...], attempt: Attempt) -> None:
        """What has hung once is not tried again for the next check."""
        try:
            self._await_execution(worker, attempt)
        except CheckEnded as ended:
            if ended.verdict is Verdict.TIMED_OUT:
                self._hung[indices, attempt] = ended
            raise

    def _at_most(self, limit: Limit) -> Limit:
        """The limit, or what is left for the whole grading. Raises CheckEnded where nothing is."""
        left, most = self._ends - time.monotonic(), self.assignment.limits.grading_s
        if left <= 0:
            raise CheckEnded(Verdict.NOT_GRADED, f"all checks together took more than {most:g} s (grading_s)")
        return limit if limit.seconds <= left else Limit(f"what was left of grading_s = {most:g}", left)

    def _executing(
        self, indices: tuple[int, ...] | None, attempt: Attempt, limit: Limit, records: Iterable[str] = ()
    ) -> Worker:
        limit = self._at_most(limit)
        worker = self._workers.take(self.file)
        worker.allow(limit)
        worker.report_to(self._note_sightings)
        load = Load(
            file=self._places.file,
            source=self._source,
            siblings=self._siblings,
            indices=indices,
            stand_ins=attempt.stand_ins,
            stand_in_source=_definitions(self.assignment.stand_ins, attempt.stand_ins),
            records=tuple(records),
            harmless_modules=self.assignment.harmless_modules,
            rules=self.assignment.rules,
            seed=self.worker_seed,
        )
        worker.send(load)
        return worker

    def _await_execution(self, worker: Worker, attempt: Attempt) -> None:
        loaded = worker.receive()
        assert isinstance(loaded, Loaded)
        if attempt == OWN:
            for problem in loaded.problems:
                place = self._places.at(problem.frames[0].line if problem.frames else 0)
                self._warn(f"{place}: {problem.type_name}: {problem.text}")

    def _executing_shared(self, question: Question, attempt: Attempt) -> _Shared:
        indices = None if attempt.whole else self._plans[question.name].indices
        # The whole file is executed once, for whichever questions need it.
        questions = self.assignment.questions if attempt.whole else [question]
        records = dict.fromkeys(name for each in questions for name in each.records)
        limit = Limit("load_s", self.assignment.limits.load_s)
        return _Shared(self._executing(indices, attempt, limit, records))

    def _await_shared(self, question: Question, attempt: Attempt) -> Worker:
        """The worker that several checks share. Executing is not tried twice where it ended."""
        key = ("" if attempt.whole else question.name, attempt)  # the whole file is the same for every question
        self._give_up_others(*key)
        shared = self._shared.get(key)
        if shared is None or (shared.executed and not shared.worker.is_alive):
            if self._one_at_a_time:
                for other in self._shared.values():
                    other.worker.end()
                self._workers.settle()
                memory.give_back()  # what the last check was sent, and got back
            shared = self._shared[key] = self._executing_shared(question, attempt)
        if shared.ended:
            raise shared.ended
        if not shared.executed:
            self._begin_queued(self._cores)  # the core that checks run on is free until this one answers
            try:
                self._await_execution(shared.worker, attempt)
            except CheckEnded as ended:
                shared.ended = ended
                raise
            shared.executed = True
        return shared.worker

    # --- the rules ---------------------------------------------------------------------------------------------------

    def _note_sightings(self, sightings: Sequence[Sighting]) -> None:
        """The worker saw banned code being used. It is taken at its word: its word costs only its own points."""
        for line, name, functions in sightings:
            if self.assignment.rules.bans(name):
                for owner in self._lines.owners(line, functions, self._checked):
                    self._forbid(owner, line, name)

    def _forbid(self, question: str, line: int, name: str) -> None:
        plan = self._plans[question]
        if not plan.forbidden:
            reason = self.assignment.rules.explain(self._places.at(line), name[:MAX_NAME])
            self._plans[question] = replace(plan, forbidden=reason)

    # --- the source --------------------------------------------------------------------------------------------------

    def _inspect(self) -> dict[str, Plan]:
        """A plan for each question, from a worker that executes nothing of the student's."""
        names = self.assignment.names
        worker = self._workers.take(self.file)
        worker.allow(READING)
        try:
            inspect = Inspect(
                form=str(self.submission.form),
                files=tuple((sendable(name), content) for name, content in self.submission.files),
                entry=self.submission.entry,
                questions=names,
                needs={question.name: question.needs for question in self.assignment.questions},
                rules=self.assignment.rules,
            )
            return self._plans_from(worker.ask(inspect))
        except CheckEnded as ended:
            self._warn(f"{self.file} can't be parsed: {ended.message}")
            return dict.fromkeys(names, Plan(blocked=f"{self.file} can't be parsed; make it a normal Python file"))
        finally:
            worker.end()

    def _plans_from(self, inspected: Inspected) -> dict[str, Plan]:
        if inspected.unreadable:
            raise SubmissionUnreadable(f"{self.submission.path} {inspected.unreadable}")
        if problem := inspected.syntax_problem:
            text = f"{Places(file=problem.file).at(problem.line)}: {problem.text}"
            self._warn(f"{text}: {problem.code.strip()}" if problem.code.strip() else text)
            return dict.fromkeys(
                self.assignment.names, Plan(blocked=f"{text}; Python can't read the file until this is mended")
            )
        if inspected.too_large or inspected.questions.keys() != set(self.assignment.names):
            raise CheckEnded(Verdict.CRASHED, "its structure is too large")
        self._source, self._places, self._siblings = inspected.source, inspected.places, inspected.siblings
        for cell in inspected.lost:
            text = f"{self._places.at(cell.line)}: {cell.text}"
            self._warn(f"{text}: {cell.code}" if cell.code else text)
            self._lost |= {name: text for name in cell.questions if name not in self._lost}
        found = inspected.questions
        self._lines = Lines(own={name: found[name].own for name in found}, dynamic=inspected.dynamic)
        return {question.name: self._plan(question, found) for question in self.assignment.questions}

    def _plan(self, question: Question, found: Mapping[str, Found]) -> Plan:
        for name in (question.name, *question.needs):
            entry = found[name]
            needed = "" if name == question.name else f"{question.name} needs {name}. "
            if not entry.present and name in self._lost:
                return Plan(blocked=f"{needed}{self._lost[name]}; Python can't read the cell until this is mended")
            if not entry.present and found[question.name].certain:
                return Plan(blocked=f"{needed}{name} is not in {self._places.file}: define it first")
            if entry.present and not entry.written and found[name].certain:
                where = self._places.at(entry.line)
                return Plan(blocked=f"{needed}{name} is not written yet: fill in {listed(entry.empty)} ({where})")
        entry = found[question.name]
        # Code that uses parts which the question does not need is there to train: its state is tied to the training.
        trains = bool(set(entry.uses) - {question.name, *question.needs})
        explain, place = self.assignment.rules.explain, self._places.at
        banned = [explain(place(line), name[:MAX_NAME]) for line, name in entry.banned]
        return Plan(
            indices=entry.indices,
            certain=entry.certain,
            forbidden=banned[0] if banned else "",
            background=question.background or trains,
            line=entry.line,
        )

    def _warn(self, text: str) -> None:
        if text not in self._warnings:
            self._warnings.append(text)


def _definitions(source: str, names: Collection[str]) -> str:
    """The definitions of these names in the assignment's own file, with those that they use, and its imports."""
    if not names:
        return ""
    tree = ast.parse(source)
    own = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    wanted, fresh = set[str](), set(names) & own.keys()
    while fresh:
        wanted |= fresh
        used = {n.id for name in fresh for n in ast.walk(own[name]) if isinstance(n, ast.Name)}
        fresh = (used & own.keys()) - wanted
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    kept = [node for name, node in own.items() if name in wanted]
    return ast.unparse(ast.Module([*imports, *kept], [])) if kept else ""


def _derived_seed(text: str) -> int:
    """A seed that torch, numpy and Hypothesis take."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1
