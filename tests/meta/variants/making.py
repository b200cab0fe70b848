"""Variants, made of a name, what is different, and edits."""

from tests.meta.mutants import Edit
from tests.meta.mutants import anchors as at
from tests.meta.variants import Variant


def variant(name: str, what: str, *edits: Edit) -> Variant:
    return Variant(name=name, what=what, edits=edits)


def odd(name: str, what: str, *edits: Edit) -> Variant:
    return Variant(name=f"odd-{name}", what=what, edits=edits)


def ending(statements: str) -> Edit:
    """More statements at the end of the file."""
    return at.MULTI_LAYER_LAST, f"{at.MULTI_LAYER_LAST}\n\n\n{statements}"
