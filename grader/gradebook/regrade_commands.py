"""`gradebook regrade`, `accept`, `set` and `comment`: a new run beside the old one, and what instructors decide."""

from __future__ import annotations

import getpass
import math
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.errors import SettingsInvalid
from grader.gradebook.class_commands import HERE, BookFolder, BookOption, StudentArgument, going_on, reading, writing
from grader.gradebook.saying import say
from grader.settings import Effort, Settings

if TYPE_CHECKING:
    from grader.gradebook.book import Book, ClassRun, Row
    from grader.gradebook.context import Context


def regrade(
    book: BookFolder = HERE,
    student: Annotated[
        list[str] | None,
        typer.Option("--student", metavar="STUDENT", help="This one alone; may be given again."),
    ] = None,
    check: Annotated[
        list[str] | None,
        typer.Option("--check", metavar="CHECK", help="Those who have lost points at this check."),
    ] = None,
    assignment: Annotated[
        str | None, typer.Option(metavar="NAME|FOLDER", help="With that suite.", show_default="as before")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of another exam.", show_default="as before")] = None,
    effort: Annotated[
        Effort | None, typer.Option(help="How many examples each check tries.", show_default="as before")
    ] = None,
    entry: Annotated[
        str | None, typer.Option(metavar="FILE", help="The file to grade in several.", show_default="as before")
    ] = None,
    jobs: Annotated[int, typer.Option(min=0, help="Judges at work at a time; 0: one for each processor.")] = 0,
    limit: Annotated[float, typer.Option(min=1, metavar="SECONDS", help="For one submission, in all.")] = 1800.0,
    scheduler: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Grade on the Dask cluster of that scheduler.", show_default=False)
    ] = "",
) -> None:
    """Grade again, beside what counts, and show whose score changes by what: after a change of suite or versions.

    Nothing counts until `gradebook accept`. Whom --student or --check name are graded again in any case, the others
    only where suite, settings or versions are not as they were. A regrade that was ended goes on where it was.
    """
    from rich.console import Console

    from grader.gradebook import class_run
    from grader.gradebook.class_progress import ClassProgress
    from grader.machine.processors import cores

    power = class_run.Power(jobs=jobs or cores(), limit_s=limit, scheduler=scheduler)
    chosen = [*(student or ()), *(check or ())]
    with going_on("the same command"), writing(book) as (opened, temporary):
        counts = accepted(opened)
        context = _context(counts.context, assignment, seed, effort, entry)
        rows = _chosen(opened, student or (), check or ())
        why = " ".join(["regrade", *chosen])
        run = _run(opened, context, why)
        others = {row.student.student for row in opened.rows()} - {row.student.student for row in rows}
        kept = {name: result.id for name, result in opened.present(counts).items() if name in others}
        opened.put_entries(run, kept)  # before it can be finished
        with ClassProgress(Console(highlight=False)) as tell:
            class_run.grade_rows(opened, run, rows, book, temporary, power, tell, anew=bool(chosen))
        _tell(opened, run, book)


def accept(book: BookFolder = HERE) -> None:
    """Let the latest regrade count. What was set by hand stays; earlier runs are kept."""
    with writing(book) as (opened, _):
        run = pending(opened)
        if run is None:
            raise SettingsInvalid(f"no finished regrade waits in {book}; grade again first: gradebook regrade {book}")
        regraded = opened.present(run)
        if lacking := [name for name in opened.present(accepted(opened)) if name not in regraded]:
            who = f"{', '.join(lacking[:4])}{' and others' if lacking[4:] else ''}"
            raise SettingsInvalid(
                f"{who} handed in after run {run.id} was graded, and would have no points in it; grade again first, "
                f"with the same options: gradebook regrade {book}"
            )
        opened.accept(run, me())
        typer.echo(f"run {run.id} of {run.created} counts now")


def set_points(
    student: StudentArgument,
    question: Annotated[str, typer.Option("--question", "-q", metavar="QUESTION", help="The question.")],
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Shown beside the points, everywhere.")],
    number: Annotated[
        float | None, typer.Option("--points", "-n", metavar="N", help="What counts in place of what is computed.")
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Let the computed points count again.")] = False,
    book: BookOption = HERE,
) -> None:
    """Set a student's points for a question. They survive every regrade; the computed ones stand beside them."""
    from grader.gradebook.showing import find
    from grader.gradebook.standing import standings

    if (number is None) != clear:
        raise SettingsInvalid("pass --points N, or --clear to take earlier ones back")
    if number is not None and not (math.isfinite(number) and number >= 0):
        raise SettingsInvalid(f"--points {number} is no number of points; pass 0 or more")
    if not why.strip():
        raise SettingsInvalid("--why is empty; say why, for the student and for who asks later")
    with reading(book) as opened:
        found = standings(opened)
        chosen = find(found, student)
        names = dict.fromkeys(each.name for one in found for each in one.questions)
        name = next((name for name in names if name.casefold() == question.casefold()), None)
        if name is None:
            known = ", ".join(names) or "none yet"
            raise SettingsInvalid(f"no question {question!r} in this class; it has {known}")
        _put(opened, chosen.student, name, number, why)
        (after,) = (each for each in standings(opened) if each.student == chosen.student)
    most = next((each.max_score for each in after.questions if each.name == name), 0.0)
    if number is not None and number > most:
        say(f"{number:g} is more than the {most:g} points that {name} has", err=True)
    say(f"{after.student}: {after.score:g} of {after.max_score:g} points")


def comment(
    student: StudentArgument,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Shown to the student with your name.")],
    book: BookOption = HERE,
) -> None:
    """Say something to a student. It survives every regrade, and stands in every output."""
    from grader.gradebook.showing import find
    from grader.gradebook.standing import standings

    if not text.strip():
        raise SettingsInvalid("the comment is empty")
    with reading(book) as opened:
        chosen = find(standings(opened), student)
        _put(opened, chosen.student, "", None, text)
    say(f"{chosen.student}: noted")


def accepted(book: Book) -> ClassRun:
    """The run that counts. Raises SettingsInvalid."""
    run = book.accepted()
    if run is None:
        raise SettingsInvalid("nothing is graded yet; grade first: gradebook run SUBMISSIONS --out DIR")
    return run


def pending(book: Book) -> ClassRun | None:
    """The latest run, if it is finished and does not count yet."""
    counts, latest = accepted(book), book.runs()[-1]
    return latest if latest.id > counts.id and latest.is_done else None


def me() -> str:
    """Who calls, as the system knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container may have no name for its user
        return "instructor"


def _context(
    before: Context, chosen: str | None, seed: int | None, effort: Effort | None, entry: str | None
) -> Context:
    from grader.assignment import load_assignment
    from grader.choosing import open_assignment
    from grader.gradebook.context import Context as New
    from grader.sandbox.tiers import Tier

    folder = Path(before.folder)
    if chosen is None and (folder / "assignment.toml").is_file():
        assignment = load_assignment(folder, before.assignment)
    else:
        assignment = open_assignment(before.assignment if chosen is None else chosen)
    settings = Settings(
        seed=before.seed if seed is None else seed,
        effort=effort or Effort(before.effort),
        require_isolation=Tier(before.require_isolation),
    )
    return New.of(assignment, settings, before.entry if entry is None else entry)


def _chosen(book: Book, students: Sequence[str], checks: Sequence[str]) -> list[Row]:
    """Those who are named, or have lost points at the checks that are; everybody where nothing is said."""
    from grader.gradebook.overview import checks_of
    from grader.gradebook.showing import find
    from grader.gradebook.standing import standings

    found = standings(book)
    if not students and not checks:
        return [each.row for each in found]
    known = {check["name"] for each in found for _, check in checks_of(each)}
    if unknown := [name for name in checks if name not in known]:
        raise SettingsInvalid(f"no check {unknown[0]!r} in this class; it has {', '.join(sorted(known))}")
    named = {find(found, text).student for text in students}
    lost = {
        each.student
        for each in found
        for _, check in checks_of(each)
        if check["name"] in checks and check["verdict"] != "passed"
    }
    return [each.row for each in found if each.student in named | lost]


def _run(book: Book, context: Context, why: str) -> ClassRun:
    """The regrade that was ended and is the same, or a new one."""
    latest = book.runs()[-1]
    if not latest.is_done and latest.why == why and not latest.context.differences(context):
        return latest
    return book.begin(context, why)


def _tell(book: Book, run: ClassRun, place: Path) -> None:
    from grader.gradebook.differences import differences, told
    from grader.gradebook.standing import standings

    for line in accepted(book).context.differences(run.context):
        typer.echo(line)
    for line in told(differences(standings(book), standings(book, run))):
        typer.echo(line)
    typer.echo(f"Nothing counts yet. To let it count: gradebook accept {shlex.quote(str(place))}")


def _put(book: Book, student: str, question: str, number: float | None, text: str) -> None:
    from grader.gradebook.changes import InstructorChange
    from grader.provenance import now

    change = InstructorChange(student=student, question=question, points=number, text=text.strip(), who=me(), at=now())
    book.changes.put(change)
