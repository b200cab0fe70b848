"""`gradebook merge`: the folders of several shards become one."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from grader.errors import SettingsInvalid
from grader.gradebook.class_commands import ATTENTION_NEEDED, tell_summary, writing
from grader.gradebook.saying import say


def merge(
    shards: Annotated[
        list[Path], typer.Argument(metavar="DIR...", help="What `gradebook run --shard` has made.", show_default=False)
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder of the whole class.")],
) -> None:
    """Make one folder of those that parts of a class were graded into. Doing it again changes nothing."""
    from grader.gradebook import database
    from grader.gradebook.book import Book
    from grader.gradebook.shards import merge as merge_books

    if any(path.resolve() == out.resolve() for path in shards):
        raise SettingsInvalid(f"{out} is one of the parts; choose a new folder for --out")
    with contextlib.ExitStack() as stack:
        sources = [
            (path, stack.enter_context(contextlib.closing(Book(database.open_existing(path))))) for path in shards
        ]
        book, _ = stack.enter_context(writing(out, is_new=True))
        left = merge_books(sources, out, book)
        for text in left:
            say(text, err=True)
        tell_summary(book)
    if left:
        raise typer.Exit(ATTENTION_NEEDED)
