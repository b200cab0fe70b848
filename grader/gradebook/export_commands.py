"""`gradebook export ...` and `gradebook feedback`: scores for a platform's own sheet, as CSV, as JSON, and pages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.errors import SettingsInvalid
from grader.gradebook.class_commands import ATTENTION_NEEDED, HERE, BookFolder, BookOption, reading
from grader.gradebook.saying import say
from grader.options import Command

if TYPE_CHECKING:
    from collections.abc import Callable

    from grader.gradebook.exports.filling import FillingPlan
    from grader.gradebook.exports.sheet import Sheet
    from grader.gradebook.standing import Standing

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Write the scores for a platform, or as a table.")

Gradebook = Annotated[
    Path,
    typer.Option(
        "--gradebook", "-g", metavar="FILE", help="The sheet that you have exported there.", show_default=False
    ),
]
Column = Annotated[str, typer.Option(metavar="NAME", help="The column to fill.", show_default="the one that fits")]
Scale = Annotated[bool, typer.Option("--scale", help="Scale the scores to the maximum of the sheet.")]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="The file to write; - is standard output.",
        show_default="NAME-graded.csv",
    ),
]
Table = Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The file to write; - is standard output.")]


@app.command(cls=Command)
def canvas(
    gradebook: Gradebook, book: BookOption = HERE, column: Column = "", scale: Scale = False, output: Output = None
) -> None:
    """Fill a gradebook that Canvas has exported: the cells of graded students in one column, and nothing else.

    Exit status: 0 scores are filled, 1 not one is, 2 the call can't be carried out.
    """
    from grader.gradebook.exports import canvas as platform

    def plan(sheet: Sheet, found: list[Standing]) -> FillingPlan:
        return platform.plan(sheet, column, next((each.card["title"] for each in found if each.card), ""))

    _fill(gradebook, book, plan, scale, output)


@app.command(cls=Command)
def moodle(
    gradebook: Gradebook, book: BookOption = HERE, column: Column = "", scale: Scale = False, output: Output = None
) -> None:
    """Fill a grading worksheet that Moodle has made: grades, and feedback where there is none.

    Exit status: 0 scores are filled, 1 not one is, 2 the call can't be carried out.
    """
    from grader.gradebook.exports import moodle as platform

    _fill(gradebook, book, lambda sheet, _: platform.plan(sheet, column), scale, output, platform.feedback)


@app.command(cls=Command)
def brightspace(
    gradebook: Gradebook, book: BookOption = HERE, column: Column = "", scale: Scale = False, output: Output = None
) -> None:
    """Fill the grades that Brightspace has exported.

    Exit status: 0 scores are filled, 1 not one is, 2 the call can't be carried out.
    """
    from grader.gradebook.exports import brightspace as platform

    _fill(gradebook, book, lambda sheet, _: platform.plan(sheet, column), scale, output)


@app.command(cls=Command)
def csv(book: BookOption = HERE, output: Table = Path("-")) -> None:
    """Write a row for each student, with the points of every question and check."""
    from grader.gradebook.exports import tables

    _write(tables.as_csv(_standings(book)).encode("utf-8"), output)


@app.command(cls=Command)
def json(book: BookOption = HERE, output: Table = Path("-")) -> None:
    """Write all there is of every student, with the scorecards."""
    from grader.gradebook.exports import tables

    _write(tables.as_json(_standings(book)).encode("utf-8"), output)


def feedback(
    book: BookFolder = HERE,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="The folder to write.")] = Path(
        "feedback"
    ),
) -> None:
    """Write a page for each student to send back, under the names that the platform takes them by."""
    from grader.gradebook import folder
    from grader.gradebook.exports import feedback as pages
    from grader.gradebook.standing import standings

    count = 0
    with reading(book) as opened:
        found = standings(opened)
        if output.exists() and not (output.is_dir() and folder.is_private(output)):
            raise SettingsInvalid(f"{output} holds something else; choose a new folder for --output")
        folder.make_private(output)
        for place, page in pages.pages(found, lambda each: opened.page(each.result) if each.result else ""):
            (output / place).parent.mkdir(exist_ok=True)
            (output / place).write_text(page, encoding="utf-8")
            count += 1
    typer.echo(f"{count} pages are written to {output}")


def _standings(book: Path) -> list[Standing]:
    from grader.gradebook.standing import standings

    with reading(book) as opened:
        return [*standings(opened)]


def _fill(
    gradebook: Path,
    book: Path,
    plan: Callable[[Sheet, list[Standing]], FillingPlan],
    scales: bool,
    output: Path | None,
    feedback: Callable[[Standing], str] | None = None,
) -> None:
    from grader.gradebook.exports.filling import fill
    from grader.gradebook.exports.sheet import Sheet

    found = _standings(book)
    try:
        sheet = Sheet.read(gradebook.read_bytes())
    except OSError as error:
        raise SettingsInvalid(
            f"{gradebook} can't be read ({error.strerror}); pass the sheet that you have exported there as --gradebook"
        ) from error
    filled = fill(sheet, plan(sheet, found), found, scales=scales, feedback=feedback)
    for text in filled.told:
        say(text, err=True)
    if not filled.students:
        typer.echo("no score is filled, and nothing is written: is that the sheet of this class?", err=True)
        raise typer.Exit(ATTENTION_NEEDED)
    target = output or Path(f"{gradebook.stem}-graded.csv")
    _write(filled.data, target)
    typer.echo(f"{filled.students} scores are in {target}; import it there", err=True)


def _write(data: bytes, target: Path) -> None:
    """Whole or not at all, and for its owner alone: it is about students. Raises SettingsInvalid."""
    from grader.report import files

    if str(target) == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    if target.suffix.lower() in (".py", ".ipynb"):
        raise SettingsInvalid(f"{target} would overwrite code; choose another name")
    if not target.parent.is_dir():
        raise SettingsInvalid(f"there is no folder {target.parent}; make it, or choose another --output")
    try:
        files.write_bytes(data, str(target))
    except OSError as error:  # it may name the temporary file, which tells nobody anything
        raise SettingsInvalid(f"{target} can't be written ({error.strerror}); choose another --output") from error
    if target.is_file():
        target.chmod(0o600)
