"""`gradebook report`: the dashboard of a class."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader.errors import SettingsInvalid
from grader.gradebook.class_commands import HERE, BookFolder, reading


def report(
    book: BookFolder = HERE,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="A new folder.", show_default="DIR/report")
    ] = None,
    anonymous: Annotated[
        bool,
        typer.Option("--anonymous", help="Without names and pages of students: to show in class."),
    ] = False,
) -> None:
    """Write a dashboard for the browser: what needs attention, scores, questions, common mistakes, all students."""
    from grader.gradebook import dashboard, folder
    from grader.gradebook.overview import overview
    from grader.gradebook.standing import standings

    place = output or book / ("report-anonymous" if anonymous else "report")
    with reading(book) as opened:
        found = standings(opened)
        if place.exists() and not (place.is_dir() and folder.is_private(place)):
            raise SettingsInvalid(f"{place} holds something else; choose a new folder for --output")
        folder.make_private(place)
        (place / "index.html").write_text(dashboard.index(overview(found, book), anonymous=anonymous), encoding="utf-8")
        if not anonymous:
            (place / "students").mkdir(exist_ok=True)
            for name, page in dashboard.pages(found, lambda each: opened.page(each.result) if each.result else ""):
                (place / name).write_text(page, encoding="utf-8")
    typer.echo(f"{place / 'index.html'} is written, for {len(found)} students")
