"""How a hand-out is made of a solved homework: its bodies emptied, as a script, a Jupyter and a marimo notebook."""

from __future__ import annotations

import re
from typing import Final

from grader.assignment import Assignment
from grader.errors import AssignmentInvalid

BEGIN: Final = "### BEGIN YOUR CODE"
END: Final = "### END YOUR CODE"
_MARKED: Final = re.compile(
    rf"^(?P<begin>(?P<indent>[ \t]*){BEGIN}[^\n]*\n)(?P<body>.*?)^(?P<end>(?P=indent){END})", re.MULTILINE | re.DOTALL
)


def emptied(source: str) -> str:
    """The source with `pass` between each pair of markers. Raises AssignmentInvalid where a marker has no other."""
    found = _MARKED.sub(r"\g<begin>\g<indent>pass\n\g<end>", source)
    pairs = len(_MARKED.findall(source))
    if pairs != source.count(BEGIN) or pairs != source.count(END):
        raise AssignmentInvalid(f"{BEGIN} and {END} do not stand in pairs, at one indentation each")
    return found


def forms_of(assignment: Assignment) -> dict[str, str]:
    """The text of each form by its path: what stands in the folder of the hand-out, else what the reference gives."""
    if assignment.template is not None:
        paths = sorted(path for path in assignment.template.rglob("*") if path.suffix in (".py", ".ipynb"))
        return {path.relative_to(assignment.template).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    return {}
