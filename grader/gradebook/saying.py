"""What `gradebook` says in the terminal: names of students and files are theirs, and stay in their line."""

from __future__ import annotations

import typer


def say(text: str, *, err: bool = False) -> None:
    """One line, cleaned as those of reports are. err: on standard error."""
    from grader.report.text import in_a_line

    typer.echo(in_a_line(text), err=err)
