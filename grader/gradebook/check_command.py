"""`gradebook check [DIR]`: the doctor of a suite."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Final

import typer

LINE_EACH: Final = 50  # gradings, where nobody watches


def check(
    folder: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME|DIR", help="The assignment, or its folder.", show_default="this folder, or the one installed"
        ),
    ] = None,
    question: Annotated[
        list[str] | None, typer.Option("--question", "-q", help="This question alone; may be given several times.")
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(min=1, help="How many seeds right and wrong code is graded with.", show_default="20")
    ] = None,
    every: Annotated[
        int | None,
        typer.Option(min=0, help="Each N-th of the mutants that are made of the reference; 0: none.", show_default="1"),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="3 seeds, each 10th made mutant, few examples, nothing that trains.")
    ] = False,
    train: Annotated[
        str | None,
        typer.Option(
            metavar="none|own|all",
            help="What is graded of questions that train: nothing; the reference and mutants of a training; all.",
            show_default="all",
        ),
    ] = None,
    case: Annotated[
        list[str] | None,
        typer.Option("--case", help="Only mutants and variants with this in their name; may be given several times."),
    ] = None,
    slow: Annotated[float, typer.Option(min=0, help="Seconds that a check may take with the reference.")] = 5,
    jobs: Annotated[int | None, typer.Option(min=1, help="Gradings at a time.", show_default="one a core")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the result there, for programs; - for the screen.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page there.")] = None,
) -> None:
    """Show whether the checks of a suite are any good.

    Right code must keep all points with every seed, the hand-out and two empty submissions must get none, and each
    wrong one must lose what it names. Exit status: 0 clean, 1 findings, 2 the call or the suite can't be read.
    """
    from rich.console import Console

    from grader.choosing import open_assignment
    from grader.doctor import formats
    from grader.doctor.examination import SEEDS, Extent, Training, examine
    from grader.errors import SettingsInvalid
    from grader.installed import FILE_NAME
    from grader.machine.processors import cores
    from grader.report import files
    from grader.settings import Effort

    here = "." if folder is None and Path(FILE_NAME).is_file() else folder
    assignment = open_assignment(here)
    if train is not None and train not in [*Training]:
        raise SettingsInvalid(f"--train {train!r}; write {', '.join(Training)}")
    extent = Extent(
        questions=assignment.select(question or ()),
        seeds=seeds or (3 if quick else SEEDS),
        every=every if every is not None else (10 if quick else 1),
        train=Training(train) if train else Training.NONE if quick else Training.ALL,
        cases=tuple(case or ()),
        effort=Effort.QUICK if quick else Effort.STANDARD,
        slow_s=slow,
        processes=jobs or cores(),
    )
    with shown_progress() as told:
        examination = examine(assignment, extent, told)
    if html:
        files.write(formats.as_html(examination), str(html))
    if json:
        files.write(formats.as_json(examination), str(json))
    if str(json) != "-":
        formats.show(examination, Console())
    raise typer.Exit(0 if examination.is_clean else 1)


@contextlib.contextmanager
def shown_progress() -> Iterator[Callable[[str, int, int], None]]:
    """What is told what is graded, how many of it are, and of how many: it shows a bar, and in a log some lines."""
    from rich.console import Console
    from rich.progress import Progress, TaskID

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda label, number, total: _log(label, number, total)
        return
    with Progress(console=console, transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def told(label: str, number: int, total: int) -> None:
            if label not in tasks:
                tasks[label] = progress.add_task(label, total=total)
            progress.update(tasks[label], completed=number)

        yield told


def _log(label: str, number: int, total: int) -> None:
    if number == total or number % LINE_EACH == 0:
        typer.echo(f"{label}: {number} of {total}", err=True)
