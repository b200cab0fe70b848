"""Edits that several mutants and variants share."""

from tests.meta.mutants import Edit
from tests.meta.mutants import anchors as at


def importing(statement: str) -> Edit:
    """Another import below those of the reference."""
    return at.IMPORTS, f"{at.IMPORTS}{statement}\n"
