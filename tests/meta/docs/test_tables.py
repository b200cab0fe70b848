"""The tables of keys and options have what the code knows, all of it and nothing else."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any, Final

import pytest
import typer

from grader import cli
from grader.assignment import load_assignment
from grader.boundary.limits import Limits
from grader.errors import AssignmentInvalid
from grader.extending import OWN_KEYS
from tests.meta.tools.repository import ROOT
from tests.meta.tools.toy import TOY_SUITE, TOY_TABLE

# Where a key that nobody knows has to stand for the reader of the table to list those it knows.
PLACES: Final = {
    "At the top": f"unheard_of = 1\n{TOY_TABLE}",
    "[[question]]": TOY_TABLE.replace("[question.checks]", "unheard_of = 1\n[question.checks]"),
    "[rules]": f"{TOY_TABLE}\n[rules]\nunheard_of = 1\n",
    "[limits]": f"{TOY_TABLE}\n[limits]\nunheard_of = 1\n",
}


def section(page: str, heading: str) -> str:
    """The text below a heading, to the next one."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


def first_column(text: str) -> list[str]:
    """What stands in backticks in the first cells of the tables, without values."""
    cells = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"(?:^|, )`([^\s`]+)", cell)]


@pytest.mark.parametrize("heading", PLACES)
def test_page_has_every_key_that_is_read(heading: str, tmp_path: Path) -> None:
    (tmp_path / "assignment.toml").write_text(PLACES[heading])
    (tmp_path / "test_toy.py").write_text(TOY_SUITE)
    with pytest.raises(AssignmentInvalid, match="unknown key 'unheard_of'; known are") as refused:
        load_assignment(tmp_path)
    known = ast.literal_eval(str(refused.value).partition("known are ")[2])
    assert sorted(first_column(section("assignment.md", heading))) == known


def test_page_has_every_key_of_what_is_built_on_another() -> None:
    assert set(first_column(section("assignment.md", "What is built on another"))) == OWN_KEYS


def test_page_has_the_defaults_of_the_limits() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \|", section("assignment.md", "[limits]"), re.MULTILINE)
    defaults = Limits()
    assert {name: float(value) for name, value in rows} == {name: getattr(defaults, name) for name, _ in rows}
    assert len(rows) == 7


def test_students_page_has_every_option_of_grade() -> None:
    command: Any = typer.main.get_command(cli.app)
    known = {name for option in command.params for name in option.opts if name.startswith("--")}
    assert set(first_column(section("students.md", "The options"))) | {"--help"} == known | {"--help"}


def test_a_homework_fits_forty_lines() -> None:
    text = (ROOT / "docs" / "homework.md").read_text(encoding="utf-8")
    files = re.findall(r"^```(?:toml|python)\n# hw4/.*?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert len(files) == 3
    assert sum(bool(line.strip()) for file in files for line in file.splitlines()) <= 40
