"""The author's own wrong and right submissions: `mutants/` and `variants/` of a homework, as docs/checks.md has them.

They are data: edits of the reference, or whole files. Nothing of them is executed but by the worker that grades them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from grader.assignment import Assignment
from grader.boundary.forms import decode
from grader.errors import AssignmentInvalid
from grader.provenance import MUTANTS, VARIANTS

Edit = tuple[str, str]  # (old, new): `old` stands in the reference exactly once

_NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_COMMENT: Final = re.compile(r"^# (mistake|loses|verdict): *(.*?) *$", re.MULTILINE)
_EDITING: Final = frozenset({"old", "new", "edits"})


class EditError(AssignmentInvalid):
    """An edit does not fit the reference. The message names the mutant or variant and the text it looks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """A submission with one mistake, and what it must cost."""

    name: str
    mistake: str
    source: str
    loses: tuple[str, ...]  # checks, or questions of which one or more checks are lost
    forbidden: bool = False  # right values, but by what the rules ban


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """A submission that is written differently, and loses nothing."""

    name: str
    what: str
    source: str
    suffix: str = ".py"


_T = TypeVar("_T", Wrong, Right)


def edited(source: str, edits: Iterable[Edit], *, name: str) -> str:
    """`source` with all edits made. Their order is of no importance: each is looked up in `source` as it was given.

    Raises EditError where an old text is not there exactly once, where two of them overlap, or where nothing changes.
    """
    places: list[tuple[int, int, str]] = []
    for old, new in edits:
        count = source.count(old) if old else 0
        if count != 1:
            raise EditError(f"{name}: the reference has this text {count} times, expected once:\n{old}")
        start = source.index(old)
        places.append((start, start + len(old), new))
    pieces, end = [], 0
    for start, stop, new in sorted(places):
        if start < end:
            raise EditError(f"{name}: two edits overlap at:\n{source[start:stop]}")
        pieces += [source[end:start], new]
        end = stop
    changed = "".join([*pieces, source[end:]])
    if changed == source:
        raise EditError(f"{name}: the edits change nothing")
    return changed


def wrong_ones(folder: Path, assignment: Assignment, reference: str) -> tuple[Wrong, ...]:
    """All mutants of that folder. Raises AssignmentInvalid, which names file and table."""
    found = []
    for path, name, table in _tables(folder / MUTANTS, {"mistake", "loses", "verdict"} | _EDITING):
        is_forbidden = _is_forbidden(f"{path} [{name}]", table)
        loses = table.get("loses")
        if not isinstance(loses, list) or not loses or not all(isinstance(lost, str) for lost in loses):
            raise AssignmentInvalid(f"{path} [{name}] lacks `loses`: a list of checks or questions")
        found.append(
            Wrong(
                name=name,
                mistake=_sentence(path, name, table, "mistake"),
                source=_made(path, name, table, reference),
                loses=_known(path, name, loses, assignment),
                forbidden=is_forbidden,
            )
        )
    for path in _files(folder / MUTANTS, (".py",)):
        source = decode(path.read_bytes())
        said = dict(_COMMENT.findall(source))
        loses = [lost.strip() for lost in said.get("loses", "").split(",") if lost.strip()]
        if not said.get("mistake") or not loses:
            raise AssignmentInvalid(f"{path} lacks a line `# mistake: ...` or `# loses: CHECK or QUESTION, ...`")
        found.append(
            Wrong(
                name=_named(path, path.stem),
                mistake=said["mistake"],
                source=source,
                loses=_known(path, path.stem, loses, assignment),
                forbidden=_is_forbidden(str(path), said),
            )
        )
    return _each_once(folder / MUTANTS, found)


def right_ones(folder: Path, reference: str) -> tuple[Right, ...]:
    """All variants of that folder. Raises AssignmentInvalid, which names file and table."""
    found = [
        Right(name=name, what=_sentence(path, name, table, "what"), source=_made(path, name, table, reference))
        for path, name, table in _tables(folder / VARIANTS, {"what"} | _EDITING)
    ]
    for path in _files(folder / VARIANTS, (".py", ".ipynb")):
        source = decode(path.read_bytes())
        found.append(Right(name=_named(path, path.stem), what="a file of its own", source=source, suffix=path.suffix))
    return _each_once(folder / VARIANTS, found)


def _each_once(folder: Path, found: Sequence[_T]) -> tuple[_T, ...]:
    names = [one.name for one in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise AssignmentInvalid(f"{folder} has {twice[0]} twice; each has a name of its own")
    return tuple(found)


def _is_forbidden(place: str, said: Mapping[str, Any]) -> bool:
    verdict = said.get("verdict", "failed")
    if verdict not in ("failed", "forbidden"):
        raise AssignmentInvalid(f"{place}: verdict = {verdict!r} is neither failed nor forbidden")
    return bool(verdict == "forbidden")


def _files(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.suffix in suffixes and path.is_file())


def _tables(folder: Path, known: set[str] | frozenset[str]) -> Iterator[tuple[Path, str, Mapping[str, Any]]]:
    for path in _files(folder, (".toml",)):
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
            raise AssignmentInvalid(f"{path} can't be read: {error}") from None
        for name, table in content.items():
            if not isinstance(table, dict):
                raise AssignmentInvalid(f"{path}: {name} is no table; write [{name}] above what it says")
            if unknown := table.keys() - known:
                raise AssignmentInvalid(
                    f"{path} [{name}] has an unknown key {min(unknown)!r}; known are {sorted(known)}"
                )
            yield path, _named(path, name), table


def _named(path: Path, name: str) -> str:
    if not _NAME.fullmatch(name):
        raise AssignmentInvalid(f"{path}: {name!r} is no name; write lower case, digits and hyphens")
    return name


def _sentence(path: Path, name: str, table: Mapping[str, Any], key: str) -> str:
    text = table.get(key)
    if not isinstance(text, str) or not text.strip():
        raise AssignmentInvalid(f"{path} [{name}] lacks `{key}`: a sentence")
    return text


def _made(path: Path, name: str, table: Mapping[str, Any], reference: str) -> str:
    """The reference with the table's edits."""
    edits = table.get("edits", [[table.get("old"), table.get("new")]])
    pairs = [tuple(edit) if isinstance(edit, list) else () for edit in edits] if isinstance(edits, list) else []
    if not pairs or any(len(pair) != 2 or not all(isinstance(text, str) for text in pair) for pair in pairs):
        raise AssignmentInvalid(f'{path} [{name}] lacks `old` and `new`, or `edits = [["old", "new"], ...]`')
    if "edits" in table and {"old", "new"} & table.keys():
        raise AssignmentInvalid(f"{path} [{name}] has both `edits` and `old` or `new`; write all as `edits`")
    return edited(reference, [(old, new) for old, new in pairs], name=f"{path} [{name}]")


def _known(path: Path, name: str, loses: Iterable[str], assignment: Assignment) -> tuple[str, ...]:
    known = {*assignment.names, *(check for question in assignment.questions for check in question.points)}
    if unknown := [lost for lost in loses if lost not in known]:
        raise AssignmentInvalid(f"{path} [{name}] loses {unknown[0]!r}, which is neither a question nor a check")
    return tuple(dict.fromkeys(loses))
