"""`gradebook similar`: which submissions of a class are alike."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from grader.errors import SettingsInvalid
from grader.gradebook.class_commands import HERE, BookFolder, reading
from grader.gradebook.saying import say


def similar(
    book: BookFolder = HERE,
    template: Annotated[
        list[Path] | None, typer.Option("--template", metavar="PATH", help="What was handed out: it is not counted.")
    ] = None,
    earlier: Annotated[
        list[Path] | None, typer.Option("--earlier", metavar="DIR", help="An earlier class, or a folder of files.")
    ] = None,
    staff: Annotated[
        list[Path] | None, typer.Option("--staff", metavar="PATH", help="Solutions of staff, to be labelled so.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="A new folder.", show_default="DIR/similar")
    ] = None,
    dolos: Annotated[
        Path | None, typer.Option("--dolos", metavar="OUT.zip", help="Write a zip for Dolos, too.", show_default=False)
    ] = None,
) -> None:
    """Show which submissions are alike, side by side: renamed, moved, reformatted code is found. It is no verdict."""
    from grader.gradebook import alike_pages, database, folder, pieces
    from grader.gradebook.book import Book
    from grader.gradebook.fingerprints import all_grams, is_compared_whole
    from grader.gradebook.similarity import alike
    from grader.report import files

    place = output or book / "similar"
    with reading(book) as opened:
        found, problems = pieces.of_class(opened, book)
    for path in earlier or ():
        if (path / database.FILE).is_file():
            with contextlib.closing(Book(database.open_existing(path))) as before:
                more, told = pieces.of_class(before, path, "earlier")
                found, problems = found + more, problems + told
        else:
            found += pieces.of_path(path, "earlier")
    for path in staff or ():
        found += pieces.of_path(path, "staff")
    given = {value for path in template or () for piece in pieces.of_path(path, "") for value in all_grams(piece.text)}
    for text in problems:
        say(f"{text}; not compared", err=True)
    for piece in found:
        if not is_compared_whole(piece.text):
            say(f"{piece.name} has more code than is compared; look at the rest by hand", err=True)
    pairs = alike(found, given)
    if place.exists() and not (place.is_dir() and folder.is_private(place)):
        raise SettingsInvalid(f"{place} holds something else; choose a new folder for --output")
    folder.make_private(place)
    folder.sweep(place)
    folder.make_private(place)
    (place / "pairs").mkdir()
    (place / "index.html").write_text(alike_pages.index(pairs, len(found)), encoding="utf-8")
    for name, page in alike_pages.pages(pairs):
        (place / name).write_text(page, encoding="utf-8")
    if dolos:
        files.write_bytes(pieces.for_dolos(found), str(dolos))
        dolos.chmod(0o600)
    typer.echo(f"{len(pairs)} pairs of {len(found)} submissions are alike: {place / 'index.html'}")
