"""`gradebook`: what instructors do beyond grading one submission."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from grader.gradebook import (
    check_command,
    class_commands,
    export_commands,
    merge_commands,
    regrade_commands,
    report_commands,
    similar_commands,
)
from grader.gradebook.saying import say
from grader.options import Command
from grader.sandbox.tiers import Tier
from grader.settings import Effort, Settings

UNREADABLE: Final = 2
BROKEN: Final = 3

app: Final = typer.Typer(
    add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True
)


@app.callback()
def _gradebook() -> None:
    """What instructors do beyond grading one submission."""
    from grader.namesake import refuse_namesake

    refuse_namesake()


app.add_typer(export_commands.app, name="export")
for _command in (
    class_commands.run,
    class_commands.show,
    report_commands.report,
    export_commands.feedback,
    regrade_commands.regrade,
    regrade_commands.accept,
    regrade_commands.comment,
    similar_commands.similar,
    merge_commands.merge,
    check_command.check,
):
    app.command(cls=Command)(_command)
app.command("set", cls=Command)(regrade_commands.set_points)


@app.command(cls=Command)
def gradescope(
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")] = Path("autograder.zip"),
    assignment: Annotated[
        str | None,
        typer.Option(metavar="NAME|FOLDER", help="Grade for this assignment.", show_default="the one installed"),
    ] = None,
    minutes: Annotated[
        float, typer.Option(min=3, help="Gradescope's time limit. What is graded a minute before it counts.")
    ] = 10,
    entry: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The file to grade, where students hand in several.",
            show_default="the one with most written questions",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Draw other examples than students do with `grade`.")] = 0,
    effort: Annotated[Effort, typer.Option(help="How many examples each check tries.")] = Effort.STANDARD,
    require_isolation: Annotated[
        Tier, typer.Option(help="Refuse to grade where the submission would be held by less.")
    ] = Tier.PROCESS,
) -> None:
    """Write autograder.zip for Gradescope: upload it as the autograder of a programming assignment."""
    from grader.choosing import open_assignment
    from grader.gradebook import gradescope as package

    loaded = open_assignment(assignment)
    settings = Settings(seed=seed, effort=effort, require_isolation=require_isolation)
    options = package.AutograderOptions(limit_s=round(60 * minutes) - 60, settings=settings, entry=entry or "")
    package.write(loaded, options, output)
    typer.echo(f"{output} is written, for {loaded.title}. Upload it to Gradescope as the autograder.")


@app.command(cls=Command)
def template(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.", show_default=False)],
    repository: Annotated[
        str,
        typer.Option(
            metavar="URL|OWNER/NAME", help="Your copy of this grader on GitHub: students install it from there."
        ),
    ],
    form: Annotated[
        str | None, typer.Option(help="One form alone: script, notebook or marimo.", show_default="a folder for each")
    ] = None,
    assignment: Annotated[
        str | None,
        typer.Option(metavar="NAME|FOLDER", help="The hand-out of this assignment.", show_default="the one installed"),
    ] = None,
) -> None:
    """Write the hand-out for students, with all addresses filled in."""
    from grader.choosing import open_assignment
    from grader.gradebook import template as package

    loaded = open_assignment(assignment)
    for path in package.write(loaded, folder, repository, form):
        typer.echo(path)


@app.command(cls=Command)
def suite(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.", show_default=False)],
    assignment: Annotated[
        str | None,
        typer.Option(metavar="NAME|FOLDER", help="The suite of this assignment.", show_default="the one installed"),
    ] = None,
) -> None:
    """Write the suite for students: without hidden checks, reference, mutants and variants."""
    from grader.choosing import open_assignment
    from grader.gradebook import open_suite

    for path in open_suite.write(open_assignment(assignment), folder):
        typer.echo(path)


@app.command(cls=Command)
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called.", show_default=False)],
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="The folder to make.", show_default="the name")
    ] = None,
) -> None:
    """Write a homework of your own that works at once: checks, reference, a mutant, a variant."""
    from grader.gradebook import new as package

    target = folder or Path(name)
    for path in package.write(name, target):
        typer.echo(path)
    typer.echo(f"Try it: grade {target / 'reference.py'} --assignment {target}; then: gradebook check {target}")


def main() -> None:
    """The command. Each error of the caller is one line."""
    from grader.errors import GraderError, WorkerStartFailed

    try:
        app()
    except WorkerStartFailed as error:
        say(f"gradebook: {error}", err=True)
        sys.exit(BROKEN)
    except (GraderError, OSError, sqlite3.Error) as error:
        say(f"gradebook: {error}", err=True)
        sys.exit(UNREADABLE)
