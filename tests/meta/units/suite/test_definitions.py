"""Of a file of the assignment's: what some names need, and no more."""

import pytest

from grader.suite.definitions import defined_in, definitions

SOURCE = '''
"""Helpers."""
import torch
from torch import nn

LIMIT = 3
SMALL, LARGE = 1, 9
UNUSED: int = 4


class Base:
    limit = LIMIT


class Layer(Base):
    pass


def other():
    return SMALL
'''


def test_definition_comes_with_what_it_uses_and_the_imports() -> None:
    found = definitions(SOURCE, ["Layer"])
    assert found.startswith("import torch\nfrom torch import nn\nLIMIT = 3\n")
    assert defined_in(found) == ("LIMIT", "Base", "Layer")


@pytest.mark.parametrize("names", [[], ["Nothing"]])
def test_of_no_names_there_is_nothing(names: list[str]) -> None:
    assert definitions(SOURCE, names) == ""


def test_what_a_file_defines_are_its_own_names() -> None:
    assert defined_in(SOURCE) == ("LIMIT", "SMALL", "LARGE", "UNUSED", "Base", "Layer", "other")
    assert defined_in("") == ()
