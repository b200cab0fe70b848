"""How the commands read their options: what is wrong with one is told in plain words."""

from __future__ import annotations

from typing import Any, Final

import typer
from typer.core import TyperCommand

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
