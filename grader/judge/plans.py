"""What each question needs, from what a worker has read in the source. When it is executed is not known here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from grader.assignment import Assignment, Question
from grader.boundary.messages import Inspected, Load, Sighting
from grader.boundary.owners import Lines
from grader.boundary.places import Places
from grader.boundary.source import Found
from grader.judge import unparsed
from grader.judge.attempt import Attempt
from grader.scorecard import CheckEnded, Verdict
from grader.suite.definitions import definitions

MAX_NAME: Final = 200  # characters of the student's names in a message


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one question is graded."""

    blocked: str = ""  # why it can't be graded
    indices: tuple[int, ...] = ()  # of the statements that it needs
    certain: bool = True  # no statement left out can change what it sees
    forbidden: str = ""  # what the question uses against the rules, by its source or seen at run time
    background: bool = False  # executed once, beside the other checks, and shared by the question's own
    line: int = 0  # where the question's definition begins
    code: str = ""  # a hash of the statements that it needs, whatever their layout
    unwritten: str = ""  # what of it has no code yet; the rest may be right

    def require_gradable(self) -> None:
        """Raises CheckEnded where there is a reason not to grade it."""
        if self.blocked:
            raise CheckEnded(Verdict.BLOCKED, self.blocked)
        if self.forbidden:
            raise CheckEnded(Verdict.FORBIDDEN, self.forbidden)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the source of a submission says, for all questions."""

    plans: Mapping[str, Plan]
    places: Places  # where the lines of the executed text stand
    warnings: tuple[str, ...] = ()
    source: str = ""  # the text that is executed
    siblings: Mapping[str, str] = field(default_factory=dict)  # the Python files beside it
    beside: Mapping[str, bytes] = field(default_factory=dict)  # other files beside it, that the assignment names
    lines: Lines = field(default_factory=Lines)
    choice: str = ""  # why it is that file of a folder or archive


def read_plans(inspected: Inspected, assignment: Assignment, file: str) -> Reading:
    """A plan for each question. file: the submission's name, for messages."""
    if problem := inspected.syntax_problem:
        return _nothing_to_grade(
            assignment, file, blocked=unparsed.told(problem), line=problem.line, choice=inspected.choice
        )
    found = inspected.questions
    if inspected.too_large or found.keys() != set(assignment.names):
        return unparsable(assignment, file, "its structure is too large")
    places, lost = inspected.places, dict[str, str]()
    for cell in inspected.lost:
        for name in cell.questions:
            lost.setdefault(name, unparsed.with_code(f"{places.at(cell.line)}: {cell.text}", cell.code, "cell"))
    untold = [cell for cell in inspected.lost if all(found[name].present for name in cell.questions if name in found)]
    return Reading(
        plans={question.name: _plan(question, found, lost, assignment, places) for question in assignment.questions},
        places=places,
        warnings=tuple(
            unparsed.with_code(f"{places.at(cell.line)}: {cell.text}", cell.code, "cell") for cell in untold
        ),
        source=inspected.source,
        siblings=inspected.siblings,
        beside={name: inspected.beside[name] for name in assignment.files_beside if name in inspected.beside},
        lines=Lines(
            own={name: found[name].own for name in found},
            dynamic=inspected.dynamic,
            last=inspected.source.count("\n") + 1 if inspected.source else 0,
        ),
        choice=inspected.choice,
    )


def unparsable(assignment: Assignment, file: str, reason: str) -> Reading:
    """What is left of a submission whose source ends whoever reads it."""
    warning, blocked = f"{file} can't be parsed: {reason}", f"{file} can't be parsed; make it a normal Python file"
    return _nothing_to_grade(assignment, file, warning=warning, blocked=blocked)


def load_for(
    assignment: Assignment,
    reading: Reading,
    question: str,
    attempt: Attempt,
    *,
    seed: int,
    shared: bool,
) -> Load:
    """What a worker is told to execute for that question. shared: it is kept for all checks that can use it."""
    # The whole file is executed once, for whichever questions need it.
    questions = assignment.questions if attempt.whole else [assignment.question(question)]
    records = dict.fromkeys(name for each in questions for name in each.records) if shared else ()
    return Load(
        file=reading.places.file,
        source=reading.source,
        siblings=reading.siblings,
        beside=reading.beside,
        indices=None if attempt.whole else reading.plans[question].indices,
        stand_ins=attempt.stand_ins,
        stand_in_source=definitions(assignment.stand_ins, attempt.stand_ins),
        records=tuple(records),
        harmless_modules=assignment.harmless_modules,
        rules=assignment.rules,
        seed=seed,
        lines=reading.lines,
    )


class Plans:
    """The plans of one grading as they stand: a reason to grade a question no further may be found on the way."""

    def __init__(self, reading: Reading, assignment: Assignment) -> None:
        self._reading = reading
        self._rules = assignment.rules
        self._plans = dict(reading.plans)
        self._needs = {name: {*assignment.select_with_needs([name])} for name in assignment.names}
        self._aside = ""  # what nobody's line was seen to use while the file was executed

    def __getitem__(self, question: str) -> Plan:
        return self._plans[question]

    def block(self, question: str, reason: str) -> None:
        """Don't grade that question, unless there is already a reason not to."""
        if not self._plans[question].blocked:
            self._plans[question] = replace(self._plans[question], blocked=reason)

    def forbid(self, sightings: Sequence[Sighting], question: str, *, loading: bool) -> None:
        """Note what a worker saw of banned code being used while that question was checked.

        It is taken at its word: its word costs only its own points. loading: nothing was asked of it yet. What is asked
        of a question is charged to it wherever the line stands, but in a part that the homework has it use.
        """
        for line, name, functions in sightings:
            if not self._rules.bans(name):
                continue
            place, name = self._reading.places.at(line), name[:MAX_NAME]
            reason = self._rules.explain(place, name)
            owners = self._reading.lines.owners(line, functions, question, loading=loading)
            if not owners:
                self._aside = self._aside or f"{name} ({place})"
            elif not loading and question in self._needs and self._needs[question].isdisjoint(owners):
                owners = [*owners, question]
            for owner in owners:
                if not self._plans[owner].forbidden:
                    self._plans[owner] = replace(self._plans[owner], forbidden=reason)

    def to_look_at(self, question: str) -> tuple[str, ...]:
        """What a person should look at where a training is right with the whole file alone: who has trained it?"""
        if not self._aside or not self._plans[question].background:
            return ()
        return (f"{question} is right with the whole file alone, in which code of no question uses {self._aside}",)


def _plan(
    question: Question, found: Mapping[str, Found], lost: Mapping[str, str], assignment: Assignment, places: Places
) -> Plan:
    if blocked := _what_is_missing(question, found, lost, places):
        return Plan(blocked=blocked)
    entry, explain = found[question.name], assignment.rules.explain
    banned = [explain(places.at(line), name[:MAX_NAME]) for line, name in entry.banned]
    unwritten = entry.unwritten if entry.written or not entry.present else entry.empty
    # Code that uses parts which the question does not need is there to train: its state is tied to the training.
    trains = bool(set(entry.uses) - {question.name, *question.needs})
    return Plan(
        indices=entry.indices,
        certain=entry.certain,
        forbidden=banned[0] if banned else "",
        background=question.background or trains,
        line=entry.line,
        code=entry.code,
        unwritten=_not_written(question.name, unwritten, entry, places) if unwritten else "",
    )


def _what_is_missing(question: Question, found: Mapping[str, Found], lost: Mapping[str, str], places: Places) -> str:
    """Which part the question can't be graded without, and the next step."""
    for name in (question.name, *question.needs):
        entry = found[name]
        needed = "" if name == question.name else f"{question.name} needs {name}. "
        if not entry.present and name in lost:
            return f"{needed}{lost[name]}"
        if not entry.present and found[question.name].certain:
            return f"{needed}{name} is not in {places.file}: define it first"
        if entry.present and not entry.written and found[name].certain:
            return f"{needed}{_not_written(name, entry.empty, entry, places)}"
    return ""


def _not_written(name: str, functions: Sequence[str], entry: Found, places: Places) -> str:
    return f"{name} is not written yet: fill in {_some_of(functions)} ({places.at(entry.line)})"


def _nothing_to_grade(
    assignment: Assignment, file: str, *, blocked: str, warning: str = "", line: int = 0, choice: str = ""
) -> Reading:
    plans = dict.fromkeys(assignment.names, Plan(blocked=blocked, line=line))
    return Reading(plans=plans, places=Places(file=file), warnings=(warning,) if warning else (), choice=choice)


def _some_of(names: Sequence[str]) -> str:
    """Names in a message: "a, b and c", or some of many."""
    shown = [name[:MAX_NAME] for name in names[:8]]
    *first, last = [*shown, f"{len(names) - 8} more"] if len(names) > 8 else shown
    return f"{', '.join(first)} and {last}" if first else last
