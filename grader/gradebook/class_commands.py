"""`gradebook run` and `gradebook show`: grade a class, and look at one student of it."""

from __future__ import annotations

import contextlib
import os
import shlex
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from grader.errors import SettingsInvalid
from grader.sandbox.tiers import Tier
from grader.settings import Effort, Settings

if TYPE_CHECKING:
    from grader.gradebook.book import Book

ATTENTION_NEEDED: Final = 1
BOOK_HELP: Final = "The folder that the class was graded into."
BookFolder = Annotated[Path, typer.Argument(metavar="DIR", help=BOOK_HELP, show_default=False)]
BookOption = Annotated[Path, typer.Option("--book", "-b", metavar="DIR", help=BOOK_HELP)]
StudentArgument = Annotated[
    str, typer.Argument(metavar="STUDENT", help="As the roster calls them; or a part of that or of a name.")
]
HERE: Final = Path("grades")


def run(
    submissions: Annotated[
        Path,
        typer.Argument(
            metavar="SUBMISSIONS",
            help="What the platform has downloaded (Canvas, Gradescope, Moodle, Brightspace), as a folder or .zip; or "
            "a folder with a folder, a clone or a file for each student.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="The folder of the class: results, and what was graded.")
    ] = HERE,
    roster: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="CSV of the class: a platform's gradebook or roster, or our own (student, name, email, canvas_id, "
            "sis_id, login, moodle_id, section, path).",
            show_default="everybody who handed something in",
        ),
    ] = None,
    assignment: Annotated[
        str | None,
        typer.Option(metavar="NAME|FOLDER", help="Grade for this assignment.", show_default="the one installed"),
    ] = None,
    entry: Annotated[
        str,
        typer.Option(metavar="FILE", help="The file to grade, where students hand in several.", show_default=False),
    ] = "",
    seed: Annotated[
        int | None, typer.Option(help="Of the exam that everybody sits.", show_default="drawn once, and kept in DIR")
    ] = None,
    effort: Annotated[Effort, typer.Option(help="How many examples each check tries.")] = Effort.STANDARD,
    require_isolation: Annotated[
        Tier, typer.Option(help="Refuse to grade where submissions would be held by less.")
    ] = Tier.PROCESS,
    jobs: Annotated[int, typer.Option(min=0, help="Judges at work at a time; 0: one for each processor.")] = 0,
    limit: Annotated[float, typer.Option(min=1, metavar="SECONDS", help="For one submission, in all.")] = 1800.0,
    scheduler: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Grade on the Dask cluster of that scheduler.", show_default=False)
    ] = "",
    shard: Annotated[
        str,
        typer.Option(metavar="I/N", help="Grade this part alone; see `gradebook merge`.", show_default=False),
    ] = "",
) -> None:
    """Grade a class. Run it again to go on after a crash or Ctrl-C, or with later submissions: nothing is graded twice.

    Exit status: 0 all is graded, 1 something needs attention (crashed, timed out, unreadable; a file or row that was
    left out or fits nobody), 2 the call can't be carried out, 3 no judge can be started, 130 or 143 interrupted.
    """
    from rich.console import Console

    from grader.choosing import open_assignment
    from grader.gradebook import class_run
    from grader.gradebook import roster as rosters
    from grader.gradebook.class_progress import ClassProgress
    from grader.gradebook.shards import Shard
    from grader.machine.processors import cores

    part = Shard.parse(shard) if shard else None
    if part and seed is None:
        raise SettingsInvalid("--shard needs --seed, the same for all parts: everybody sits the same exam")
    again = shlex.join(["gradebook", "run", *sys.argv[2:]]) if sys.argv[1:2] == ["run"] else "the same command"
    with going_on(again):
        loaded = open_assignment(assignment)
        listed = rosters.read_roster(roster.read_bytes(), roster.name) if roster else None
        settings = Settings(effort=effort, require_isolation=require_isolation)
        power = class_run.Power(jobs=jobs or cores(), limit_s=limit, scheduler=scheduler)
        with writing(out, is_new=True) as (book, temporary), ClassProgress(Console(highlight=False)) as tell:
            chosen = class_run.current(book, loaded, settings, entry, seed)
            left_out = class_run.take_in(submissions, listed, loaded, out, book, tell)
            rows = [row for row in book.rows() if part is None or part.has(row)]
            class_run.grade_rows(book, chosen, rows, out, temporary, power, tell)
        with reading(out) as book:
            counts = tell_summary(book)
        if left_out:
            typer.echo(f"{left_out} {'file or row needs' if left_out == 1 else 'files or rows need'} a look: see above")
        typer.echo(f"Look at one: gradebook show STUDENT --book {shlex.quote(str(out))}")
    if left_out or any(counts[outcome] for outcome in ("crashed", "timed_out", "unreadable")):
        raise typer.Exit(ATTENTION_NEEDED)


def tell_summary(book: Book) -> Counter[str]:
    """How many there are of each outcome, and the distribution of the scores in a line."""
    import statistics

    from grader.gradebook.standing import standings
    from grader.report.text import points

    found = standings(book)
    counts = Counter(each.outcome for each in found)
    told = ", ".join(f"{number} {outcome.replace('_', ' ')}" for outcome, number in sorted(counts.items()))
    scores = [each.score for each in found if each.has_score]
    if scores:
        most = max(each.max_score for each in found)
        told += f"; median {points(statistics.median(scores))} of {points(most)}"
    typer.echo(f"{len(found)} students: {told}")
    return counts


@contextlib.contextmanager
def going_on(command: str) -> Iterator[None]:
    """Ctrl-C and what else ends a run: says how to go on."""
    from grader.machine import interrupts

    with interrupts.raised():
        try:
            yield
        except interrupts.Interrupted as stop:
            typer.echo(f"gradebook: {stop}. What is graded is kept; to go on: {command}", err=True)
            raise typer.Exit(128 + stop.number) from None
        except (OSError, sqlite3.Error) as error:  # a full disk, above all
            raise OSError(f"{error}. What is graded is kept; mend that, and go on: {command}") from error


@contextlib.contextmanager
def writing(folder_of_class: Path, *, is_new: bool = False) -> Iterator[tuple[Book, Path]]:
    """The book and the folder for temporary files, for one run at a time."""
    from grader.gradebook import database, folder
    from grader.gradebook.book import Book

    if os.name == "nt":
        raise SettingsInvalid("a class is graded on Linux or macOS; on Windows, use WSL")
    if not is_new:
        database.open_existing(folder_of_class).close()
    folder.make(folder_of_class)
    with folder.alone(folder_of_class) as temporary, contextlib.closing(Book(database.create(folder_of_class))) as book:
        yield book, temporary


@contextlib.contextmanager
def reading(folder_of_class: Path) -> Iterator[Book]:
    """The book, to look at it or to add a line."""
    from grader.gradebook import database
    from grader.gradebook.book import Book

    with contextlib.closing(Book(database.open_existing(folder_of_class))) as book:
        yield book


def show(
    student: Annotated[
        str, typer.Argument(metavar="STUDENT", help="As the roster calls them; or a part of that, or of a name.")
    ],
    book: BookOption = HERE,
) -> None:
    """Show one student: outcome, points of each question, what was lost and why, what instructors have said."""
    from grader.gradebook.showing import find, lines_of
    from grader.gradebook.standing import standings

    with reading(book) as opened:
        for line in lines_of(find(standings(opened), student)):
            typer.echo(line)
