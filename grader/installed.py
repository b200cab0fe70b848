"""Finds the assignments that are installed: their folders, by name. Nothing of them is read here.

An assignment stands in the package's own `assignments/`, in a checkout's `tests/`, or in another installed package that
names it as an entry point:

    [project.entry-points."grader.assignments"]
    hw4 = "our_course.hw4"            # a package: the folder that it is
    hw5 = "our_course:hw5_folder"     # or a function that returns the folder, as a Path
"""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.errors import AssignmentInvalid
from grader.machine.package import PACKAGE

FILE_NAME: Final = "assignment.toml"
GROUP: Final = "grader.assignments"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What was found, and what is wrong with the rest."""

    folders: Mapping[str, Path]
    problems: tuple[str, ...] = ()


@functools.cache
def installed() -> Installed:
    """All assignments that are installed. One that can't be used is a problem, and costs none of the others."""
    folders, problems = dict(_own()), list[str]()
    for entry in sorted(importlib.metadata.entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
        try:
            folder = _folder_of(entry)
        except AssignmentInvalid as error:
            problems.append(str(error))
            continue
        if folders.setdefault(entry.name, folder) != folder:
            problems.append(
                f"{entry.name} = {entry.value} is left out: {folders[entry.name]} has that name; "
                f"pass --assignment {folder} for it"
            )
    return Installed(folders=folders, problems=tuple(problems))


def hidden_folders() -> list[Path]:
    """The folders of suites that may lie among the libraries which a worker reads, and that it must not read."""
    own = PACKAGE / "assignments"
    others = [folder for folder in installed().folders.values() if not folder.is_relative_to(PACKAGE.resolve())]
    return [*([own] if own.is_dir() else []), *others]


def _own() -> Iterator[tuple[str, Path]]:
    """The assignments of the package, or of the checkout that it is in."""
    package = PACKAGE.resolve()
    parents = [package / "assignments"]
    if (package.parent / "pyproject.toml").is_file():  # and not where other packages are installed beside it
        parents.append(package.parent / "tests")
    for parent in parents:
        for path in sorted(parent.glob(f"*/{FILE_NAME}")):
            yield path.parent.name, path.parent


def _folder_of(entry: importlib.metadata.EntryPoint) -> Path:
    """The folder that an entry point names. Raises AssignmentInvalid."""
    told = f"the assignment {entry.name} = {entry.value} ({GROUP}) can't be used"
    try:
        if entry.attr:
            folder = Path(entry.load()())
        else:
            spec = importlib.util.find_spec(entry.module)
            if spec is None:
                raise ImportError(f"there is no module {entry.module}")
            places = spec.submodule_search_locations or [str(Path(spec.origin or "").parent)]
            folder = Path(next(iter(places)))
        folder = folder.resolve(strict=True)
    except Exception as error:  # of code that is not ours
        raise AssignmentInvalid(f"{told}: {type(error).__name__}: {error}") from None
    if not (folder / FILE_NAME).is_file():
        raise AssignmentInvalid(f"{told}: {folder} holds no {FILE_NAME}")
    return folder
