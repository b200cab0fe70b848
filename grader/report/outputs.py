"""Several formats of one scorecard in one call. One that can't be written is told; the others still come."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.boundary.forms import SUFFIXES
from grader.errors import SettingsInvalid
from grader.report import files
from grader.report.text import provisional
from grader.scorecard import Scorecard


@dataclass(frozen=True, slots=True)
class Destination:
    """One format, named as its module and its option are, and the file that it goes to; `-` is standard output."""

    format: str
    target: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a format was not written."""

    text: str
    is_ours: bool  # the grader's own fault
    format: str = ""  # of the report that is missing


def refuse_clashes(outputs: Sequence[Destination]) -> None:
    """Raises SettingsInvalid where two formats would go to one file."""
    seen: dict[str, str] = {}
    for output in outputs:
        place = output.target if output.target == "-" else str(Path(output.target).resolve())
        if place in seen and Path(output.target) != Path("/dev/null"):
            where = "standard output" if place == "-" else output.target
            raise SettingsInvalid(
                f"--{seen[place]} and --{output.format} both go to {where}; choose another place for one"
            )
        seen[place] = output.format


def refuse_unwritable(outputs: Sequence[Destination], submission: Path) -> None:
    """Raises SettingsInvalid where a report can't be written, or would take the place of code: before it is graded."""
    for output in outputs:
        path = Path(output.target)
        if output.target == "-":
            continue
        if path.suffix.lower() in SUFFIXES or _is_same(path, submission):
            raise SettingsInvalid(f"--{output.format} {output.target} would overwrite code; choose another name")
        try:
            files.try_to_write(output.target)
        except (OSError, ValueError) as error:
            raise SettingsInvalid(_not_written(output, error)) from None


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except (OSError, ValueError):
        return False


def _not_written(output: Destination, error: Exception) -> str:
    reason = (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
    return f"{output.target} can't be written ({reason}); choose another place for --{output.format}"


# Formats whose score goes into a book: there is none while it is provisional, so that nobody gets a wrong one.
# PrairieLearn's has a word for that, and is written.
_RECORDED: Final = frozenset({"csv", "gradescope"})


def write_all(scorecard: Scorecard, outputs: Sequence[Destination]) -> list[Problem]:
    """Write each format, but no result while it is provisional. What went wrong, if anything did."""
    problems = []
    for output in outputs:
        if scorecard.is_provisional and output.format in _RECORDED:
            problems.append(Problem(f"--{output.format} is not written: {provisional(scorecard)}", True, output.format))
            continue
        try:
            render = importlib.import_module(f"grader.report.formats.{output.format}").render
            files.write(render(scorecard), output.target)
        except OSError as error:
            problems.append(Problem(_not_written(output, error), False, output.format))
        except Exception as error:
            text = f"--{output.format} can't be made ({type(error).__name__}: {error})"
            problems.append(Problem(text, True, output.format))
    return problems


def paths_written(outputs: Sequence[Destination], problems: Sequence[Problem]) -> list[str]:
    """The files that hold a report now."""
    missing = {problem.format for problem in problems}
    return [output.target for output in outputs if output.format not in missing and output.target != "-"]
