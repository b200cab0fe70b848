"""`nox -s mutants`: grade every mutant and variant, and print which check kills which mutant.

Each mutant must lose points on exactly the questions that it names, each variant must lose none, and each check must be
the only one that kills some mutant: a check that others can stand in for is of no use. What would be executed a second
time, to the letter, is not graded a second time: a question whose statements are the reference's, and a training in
which the wrong part is replaced by its stand-in.

`nox -s mutants -- --made` grades instead what operators make of the reference (tests/meta/mutants/made.py): each of
those is killed on exactly its question, or is in the list of equivalents, which has no other.
"""

from __future__ import annotations

import argparse
import ast
import concurrent.futures
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.assignment import Assignment, find_assignment, load_assignment
from grader.judge.grade import grade
from grader.processes.workers import open_workers
from grader.scorecard import CheckResult, Verdict
from grader.settings import Effort, Settings
from grader.submission import read_submission
from grader.worker.reading.slices import slice_for
from grader.worker.reading.statements import statements
from tests.meta import mutants, variants
from tests.meta.measures import run_snippets
from tests.meta.mutants import anchors
from tests.meta.mutants.made import Equivalent, MadeMutant, made_mutants, read_equivalents

PROCESSES = 2
EQUIVALENTS = Path(mutants.__file__).with_name("equivalents.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One submission to grade, and the questions that must lose points."""

    name: str
    source: str
    loses: frozenset[str]
    verdict: str  # that the lost checks must have; empty: any
    effort: Effort
    train: bool  # also grade the questions that train


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a case."""

    case: Case
    lost: Mapping[str, str]  # message by check
    snippets: Mapping[str, str]  # by check, of those that lost points
    diagnoses: Mapping[str, str]
    problem: str  # why it is not as it must be, or nothing


def cases(assignment: Assignment, *, train: bool) -> Iterator[Case]:
    """All mutants, then all variants; those that only concern a training are left out where there is none."""
    assert assignment.reference is not None
    reference = assignment.reference.read_text(encoding="utf-8")
    for mutant in mutants.all_mutants():
        source = mutants.apply(reference, mutant)
        verdict = "forbidden" if mutant.verdict == "forbidden" else ""
        loses = frozenset(mutant.questions)
        if train or not any(assignment.question(name).background for name in loses):
            yield Case(name=mutant.name, source=source, loses=loses, verdict=verdict, effort=Effort.QUICK, train=train)
    for variant in variants.all_variants():
        source = variants.apply(reference, variant)
        yield Case(name=variant.name, source=source, loses=frozenset(), verdict="", effort=Effort.STANDARD, train=train)


def made_case(made: MadeMutant, assignment: Assignment, equivalents: Sequence[Equivalent]) -> Case:
    """What is graded of a made mutant: its training only where that is what was changed."""
    right = any(made.key in equivalent.keys for equivalent in equivalents)
    return Case(
        name=made.name,
        source=made.source,
        loses=frozenset() if right else made.questions,
        verdict="",
        effort=Effort.QUICK,
        train=any(assignment.question(question).background for question in made.questions),
    )


def smaller(source: str) -> str:
    """The same with a smaller network, where it is trained as in the reference: in half the time, below 3 %, too."""
    return source.replace(
        anchors.TWO_LAYER_TRAINED, "two_layer_model = train(TwoLayerNN(784, 150, 10), learning_rate=0.5, epochs=6)"
    )


def question_texts(source: str, assignment: Assignment) -> dict[str, str]:
    """The statements of each question's slice, as text; nothing where the slice of a part is not certain.

    Of a training the slice is taken as it is: where it passes, as the reference's does, nothing else is executed.
    """
    program = statements(ast.parse(source))
    texts = {}
    for question in assignment.questions:
        part = slice_for(question.name, program, question.needs)
        text = "\n".join(ast.unparse(program[i].node) for i in part.indices)
        texts[question.name] = text if part.certain or question.background else ""
    return texts


class Grader:
    """Grades cases with workers that it keeps, and knows what it has graded before."""

    def __init__(self) -> None:
        self._assignment = load_assignment(find_assignment("hw3"))
        assert self._assignment.reference is not None
        reference = smaller(self._assignment.reference.read_text(encoding="utf-8"))
        self._reference = question_texts(reference, self._assignment)
        self._opened = open_workers(["mnist"])  # until this process ends
        self._workers = self._opened.__enter__()
        self._seen: dict[object, Sequence[CheckResult]] = {}

    def run(self, case: Case) -> Outcome:
        """Grade what can differ from the reference: the parts first, then the trainings that were not seen yet."""
        case = replace(case, source=smaller(case.source))
        texts = question_texts(case.source, self._assignment)
        differing = [name for name in self._assignment.names if not texts[name] or texts[name] != self._reference[name]]
        trained = [name for name in differing if self._assignment.question(name).background]
        parts = [name for name in differing if name not in trained]
        results = self._grade(case, parts)
        wrong = {name for name, checks in results.items() if any(c.verdict is not Verdict.PASSED for c in checks)}
        keys = {name: self._key(name, case, wrong) for name in trained if case.train}
        if unseen := [name for name, key in keys.items() if key not in self._seen]:
            results = self._grade(case, [*parts, *unseen])
            self._seen.update({keys[name]: results[name] for name in unseen if wrong & set(self._needs(name))})
        results.update({name: self._seen[key] for name, key in keys.items() if key in self._seen})
        failed = {name: [c for c in checks if c.verdict is not Verdict.PASSED] for name, checks in results.items()}
        lost = {check.name: f"{check.verdict}: {check.message}" for checks in failed.values() for check in checks}
        every = [check for checks in failed.values() for check in checks]
        return Outcome(
            case=case,
            lost=lost,
            snippets={check.name: check.snippet for check in every},
            diagnoses={check.name: check.diagnosis for check in every},
            problem=_problem(case, failed),
        )

    def _needs(self, question: str) -> tuple[str, ...]:
        return self._assignment.question(question).needs

    def _key(self, question: str, case: Case, wrong: set[str]) -> object:
        """What is executed for a question whose wrong needed parts are replaced: their definitions are not."""
        replaced = wrong & set(self._needs(question))
        if not replaced:
            return (question, case.name)
        program = statements(ast.parse(case.source))
        indices = slice_for(question, program, self._needs(question)).indices
        nodes = [program[i].node for i in indices]
        executed = [node for node in nodes if getattr(node, "name", None) not in replaced]
        return (question, frozenset(replaced), "\n".join(map(ast.unparse, executed)))

    def _grade(self, case: Case, only: Sequence[str]) -> dict[str, Sequence[CheckResult]]:
        if not only:
            return {}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "hw3.py"
            path.write_bytes(case.source.encode())
            settings = Settings(effort=case.effort, only=tuple(only))
            read = read_submission(path)
            return {q.name: q.checks for q in grade(read, self._assignment, settings, workers=self._workers).questions}


_graders: list[Grader] = []  # of this process


def run(case: Case) -> Outcome:
    """Grade one case in a process of the pool."""
    if not _graders:
        _graders.append(Grader())
    return _graders[0].run(case)


def _problem(case: Case, failed: Mapping[str, Sequence[CheckResult]]) -> str:
    losing = {question for question, checks in failed.items() if checks}
    told = "; ".join(f"{c.name} {c.verdict}: {c.message[:200]!r}" for checks in failed.values() for c in checks)
    if losing != case.loses:
        return f"loses points on {sorted(losing) or 'nothing'}, expected {sorted(case.loses) or 'nothing'} ({told})"
    verdicts = {check.verdict for checks in failed.values() for check in checks}
    if Verdict.BROKEN in verdicts:
        return f"broke the grader ({told})"
    if case.verdict and case.verdict not in verdicts:
        return f"has verdicts {sorted(verdicts)}, expected {case.verdict}"
    return ""


def killed_alone(outcomes: Iterable[Outcome]) -> Counter[str]:
    """For each check the mutants that it alone kills. Those that break the rules prove nothing: any call finds them."""
    wrong = [outcome for outcome in outcomes if outcome.case.loses and outcome.case.verdict != "forbidden"]
    return Counter(next(iter(outcome.lost)) for outcome in wrong if len(outcome.lost) == 1)


def report(assignment: Assignment, outcomes: Sequence[Outcome], *, every: bool) -> bool:
    """Print the matrix and the summary; whether all is as it must be. every: nothing was left out by its name."""
    train = any(outcome.case.train for outcome in outcomes)
    graded = [question for question in assignment.questions if train or not question.background]
    checks = [(question.name, check) for question in graded for check in question.points]
    killers = Counter(check for outcome in outcomes for check in outcome.lost)
    alone = killed_alone(outcomes)
    print("\nMutants x checks (one column a check, in the order below; x: killed by it)\n")
    for outcome in outcomes:
        if outcome.case.loses:
            row = "".join("x" if check in outcome.lost else "." for _, check in checks)
            print(f"  {row}  {outcome.case.name}")
    print("\nKills of each check, and mutants that it alone kills\n")
    for question, check in checks:
        print(f"  {question:18} {check:36} {killers[check]:4} {alone[check]:4}")
    print("\nKilled per question\n")
    for question in [q.name for q in graded]:
        mine = [outcome for outcome in outcomes if question in outcome.case.loses]
        print(f"  {question:18} {sum(not outcome.problem for outcome in mine)}/{len(mine)}")
    variants_ = [outcome for outcome in outcomes if not outcome.case.loses]
    print(f"\n  variants with full marks: {sum(not o.problem for o in variants_)}/{len(variants_)}\n")
    idle = [check for _, check in checks if every and not alone[check]]
    bad = [outcome for outcome in outcomes if outcome.problem]
    for outcome in bad:
        print(f"WRONG {outcome.case.name}: {outcome.problem}")
    for check in idle:
        print(f"WRONG no mutant is killed by {check} alone, so that nothing proves it needed")
    return not bad and not idle


def report_made(reference: str, found: Sequence[tuple[MadeMutant, Outcome]]) -> bool:
    """Print each made mutant that is not as it must be, as the line that differs; whether there is none."""
    for made, outcome in found:
        if outcome.problem:
            listed = "" if outcome.case.loses else "is in the list of equivalents, and "
            print(f"WRONG {made.name}\n{made.diff(reference)}\n  {listed}{outcome.problem}\n")
    print("Killed of each question\n")
    for questions in dict.fromkeys(made.questions for made, _ in found):
        mine = [outcome for made, outcome in found if made.questions == questions]
        wrong = [outcome for outcome in mine if outcome.case.loses]
        killed = sum(not outcome.problem for outcome in wrong)
        right = len(mine) - len(wrong)
        print(f"  {', '.join(sorted(questions)):36} {killed:4}/{len(wrong):<4} and {right} equivalents")
    return not any(outcome.problem for _, outcome in found)


def stale(equivalents: Sequence[Equivalent], made: Iterable[MadeMutant]) -> list[str]:
    """Of the list, what no operator makes any more: the reference was reworded."""
    known = {mutant.key for mutant in made}
    return [
        f"{equivalent.inside or 'top level'}: {equivalent.before!r} -> {after!r}"
        for equivalent in equivalents
        for after in equivalent.after
        if (equivalent.questions, equivalent.inside, equivalent.before, after) not in known
    ]


def grade_made(assignment: Assignment, words: Sequence[str], *, train: bool) -> bool:
    """Grade the made mutants whose name contains a word, or all; whether each is as it must be."""
    assert assignment.reference is not None
    reference = assignment.reference.read_text(encoding="utf-8")
    every, equivalents = made_mutants(reference, assignment.names), read_equivalents(EQUIVALENTS)
    of_no_use = stale(equivalents, every)
    for entry in of_no_use:
        print(f"WRONG the list of equivalents has what is not made any more: {entry}")
    pairs = [(made, made_case(made, assignment, equivalents)) for made in every]
    chosen = [pair for pair in pairs if is_chosen(pair[1].name, words) and (train or not pair[1].train)]
    outcomes = graded([case for _, case in chosen])
    good = report_made(reference, [(made, outcome) for (made, _), outcome in zip(chosen, outcomes, strict=True)])
    return good and not of_no_use


def is_chosen(name: str, words: Sequence[str]) -> bool:
    """Whether the command line asks for it: by one of the words, or by none at all."""
    return not words or any(word in name for word in words)


def graded(chosen: Sequence[Case]) -> list[Outcome]:
    """Grade the cases in several processes, and print each as it ends."""
    started = time.monotonic()
    outcomes = []
    with concurrent.futures.ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        for number, outcome in enumerate(pool.map(run, chosen), 1):
            outcomes.append(outcome)
            took = f"{time.monotonic() - started:.0f} s"
            print(f"[{number}/{len(chosen)} {took}] {outcome.case.name} {outcome.problem}", flush=True)
    return outcomes


def try_snippets(assignment: Assignment, outcomes: Sequence[Outcome], *, show: bool) -> bool:
    """Run each snippet below the mutant, where it must fail, and below the reference, where it must not.

    Whether all do, and each mutant with wrong values has one: of what breaks the rules, the line is told.
    """
    assert assignment.reference is not None
    reference = assignment.reference.read_text(encoding="utf-8")
    found = [(o, check, snippet) for o in outcomes if o.case.loses for check, snippet in o.snippets.items() if snippet]
    programs = []
    for outcome, check, snippet in found:
        (question,) = [q.name for q in assignment.questions if check in q.points]
        for source in (outcome.case.source, reference):
            programs.append(f"{run_snippets.without_training(source, question)}\n\n{snippet}")
    with open_workers(["mnist"]) as workers:
        ends = run_snippets.endings(programs, workers.data["mnist"])
    good: set[str] = set()
    bad: list[str] = []
    for (outcome, check, snippet), mutant, right in zip(found, ends[::2], ends[1::2], strict=True):
        if mutant and not right:
            good.add(outcome.case.name)
        else:
            bad.append(f"SNIPPET {outcome.case.name} {check}: {mutant or 'passes'} / {right or 'passes'}\n{snippet}")
        if show:
            said = outcome.diagnoses[check] or "-"
            print(f"\n{outcome.case.name} {check}: {outcome.lost[check]}\n  diagnosis: {said}\n{snippet}")
    print("\n".join(bad))
    mutants_ = [o for o in outcomes if o.case.loses and o.case.verdict != "forbidden"]
    without = [o.case.name for o in mutants_ if not any(o.snippets.values())]
    named = [o for o in mutants_ if any(o.diagnoses.values())]
    print(f"{len(mutants_)} mutants with wrong values: {len(good)} with a snippet that holds, {len(named)} diagnosed")
    print(f"{len(found)} snippets, {len(found) - len(bad)} hold; none for: {', '.join(without) or 'no mutant'}")
    return not bad and not without


def main() -> None:
    """Grade all, or those whose name contains a word of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="only mutants and variants whose name contains one of these")
    parser.add_argument("--parts", action="store_true", help="leave out the questions that train (a tenth of the time)")
    parser.add_argument("--made", action="store_true", help="grade what operators make of the reference instead")
    parser.add_argument("--snippets", action="store_true", help="also run each snippet below mutant and reference")
    parser.add_argument("--show", action="store_true", help="print each snippet and diagnosis")
    arguments = parser.parse_args()
    assignment = load_assignment(find_assignment("hw3"))
    started = time.monotonic()
    if arguments.made:
        good = grade_made(assignment, arguments.words, train=not arguments.parts)
        print(f"\ngraded in {time.monotonic() - started:.0f} s")
        sys.exit(0 if good else 1)
    every = cases(assignment, train=not arguments.parts)
    outcomes = graded([case for case in every if is_chosen(case.name, arguments.words)])
    good = report(assignment, outcomes, every=not arguments.words)
    if arguments.snippets or arguments.show:
        good &= try_snippets(assignment, outcomes, show=arguments.show)
    total = sum(bool(outcome.case.loses) for outcome in outcomes)
    killed = sum(not outcome.problem for outcome in outcomes if outcome.case.loses)
    print(f"{killed} of {total} mutants killed as named, in {time.monotonic() - started:.0f} s")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
