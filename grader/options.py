"""How the commands read their options: what is wrong with one is told in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import typer
from typer.core import TyperCommand

from grader.boundary.forms import SUFFIXES

DEFAULT_PAGE: Final = "grade-report.html"
_PLAIN: Final = (
    ("Value error, ", ""),
    ("Input should be a valid integer, unable to parse string as an integer", "it is no whole number"),
    ("Input should be a valid number, unable to parse string as a number", "it is no number"),
)


class Command(TyperCommand):
    """A command whose errors do not speak of how it is made."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Raises BadParameter."""
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            error.message = plain(error.message)
            raise


def plain(message: str) -> str:
    """The message without the words of the library that found it."""
    for technical, told in _PLAIN:
        message = message.replace(technical, told)
    return message


def with_default_page(arguments: Sequence[str]) -> list[str]:
    """The arguments, with a file for an --html that names none: nobody wants a page in place of the solution."""
    found, page = list(arguments), f"--html={DEFAULT_PAGE}"
    for i, argument in enumerate(arguments):
        if argument == "--":
            break
        following = arguments[i + 1] if i + 1 < len(arguments) else "--"
        is_path = Path(following).suffix.lower() in (*SUFFIXES, ".zip") or Path(following).is_dir()
        if argument == "--html" and (is_path or (following.startswith("-") and following != "-")):
            found[i] = page
    return found
