"""assignment.toml -> Assignment: the one place for questions, points, needs, limits and thresholds."""

from __future__ import annotations

import ast
import difflib
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path, PurePosixPath
from typing import Any, Final, TypeVar

from grader.boundary.forms import SUFFIXES
from grader.boundary.limits import Limits
from grader.boundary.rules import Rules
from grader.data.files import DataFile
from grader.data.registry import DATA_SETS, OTHER_NAMES
from grader.errors import AssignmentInvalid, SettingsInvalid
from grader.installed import FILE_NAME, installed

T = TypeVar("T")
PARTS: Final = "parts.py"
VISIBILITIES: Final = ("visible", "hidden", "after_due_date", "after_published")
_KINDS: Final[Mapping[type, str]] = {str: "text", list: "a list", dict: "a table", bool: "true or false"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One item of the homework."""

    name: str
    points: Mapping[str, float]  # by check
    needs: tuple[str, ...]  # questions without which this one can't be graded
    min_right: int  # how many of them must have half their points; stand-ins may take the place of the others
    limit_s: float  # seconds that one check may wait for the worker
    background: bool  # executed beside the checks before it, as cores are free; all its checks share that worker
    settings: Mapping[str, float]  # thresholds and the like, for the checks
    methods: tuple[str, ...] = ()  # that the homework asks for; a part that lacks one is never replaced by a stand-in
    records: tuple[str, ...] = ()  # functions whose results are kept while it executes, for figures
    visibility: Mapping[str, str] = field(default_factory=dict)  # by check; on Gradescope, where it is not "visible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Suite, reference and settings of one homework."""

    name: str
    title: str
    folder: Path
    reference: Path | None  # None where the package is installed without it
    stand_ins: str  # source of known-good parts, under the names of their questions; empty if there are none
    questions: tuple[Question, ...]
    parts: str = ""  # source of the author's helpers that live in the worker
    template: Path | None = None  # the folder of the hand-out, with one for each of its forms
    proof: Path | None = None  # the folder of mutants/, variants/ and equivalents.toml, for `gradebook check`
    answers: Path | None = None  # the file with what is sent to MuGrade
    harmless_modules: tuple[str, ...] = ()  # that a submission may import, and that do nothing
    files_beside: tuple[str, ...] = ()  # beside a submission's code, by name, that it may read
    data: tuple[str | DataFile, ...] = ()  # data sets by name, and files, that a submission may read
    needed_mib: float = 0.0  # of memory, for what takes most; a grading that has less is warned
    rules: Rules = field(default_factory=Rules)
    limits: Limits = field(default_factory=Limits)

    def question(self, name: str) -> Question:
        """The question of that name. Raises KeyError."""
        for question in self.questions:
            if question.name == name:
                return question
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the questions, in the order of the homework."""
        return tuple(question.name for question in self.questions)

    def named(self, text: str) -> str:
        """The question of that name, in any case, or the only one that begins so. Raises SettingsInvalid."""
        asked = text.casefold()
        same = [name for name in self.names if name.casefold() == asked]
        found = (
            [text]
            if text in self.names
            else same or [n for n in self.names if asked and n.casefold().startswith(asked)]
        )
        if len(found) == 1:
            return found[0]
        if found:
            raise SettingsInvalid(f"{text!r} is the beginning of {' and '.join(found)}; write more of it")
        by_case = {name.casefold(): name for name in self.names}
        near = [by_case[name] for name in difflib.get_close_matches(asked, by_case, n=1)]
        meant = f"did you mean {near[0]}? " if near else ""
        raise SettingsInvalid(f"no question {text!r} in {self.name}; {meant}it has {', '.join(self.names)}")

    def select(self, names: Sequence[str]) -> tuple[str, ...]:
        """`names` in the homework's order, or all if there are none. Raises SettingsInvalid for an unknown one."""
        chosen = {self.named(name) for name in names}
        return tuple(name for name in self.names if not names or name in chosen)

    def select_with_needs(self, names: Sequence[str]) -> tuple[str, ...]:
        """The same with all that they need, and what that needs. Raises SettingsInvalid for an unknown one."""
        chosen: set[str] = set()
        fresh = {*self.select(names)}
        while fresh:
            chosen |= fresh
            fresh = {needed for name in fresh for needed in self.question(name).needs} - chosen
        return self.select([*chosen])


def find_assignment(name_or_folder: str | None) -> Path:
    """The folder of an assignment: one that is installed, one that is given, or the only one that is installed.

        folder = find_assignment("hw3")

    Raises AssignmentInvalid where there is none, or several are installed and none is named.
    A name that is installed is no folder's: a submission may have one of that name beside it, with a suite of its own.
    """
    found = installed()
    if name_or_folder is not None and name_or_folder in found.folders:
        return found.folders[name_or_folder]
    if name_or_folder is not None and (Path(name_or_folder) / FILE_NAME).is_file():
        return Path(name_or_folder).resolve()
    if name_or_folder is None and len(found.folders) == 1:
        return next(iter(found.folders.values()))
    names = ", ".join(found.folders)
    if name_or_folder is None and names:
        raise AssignmentInvalid(f"several assignments are installed; pass --assignment with one of {names}")
    known = f"one of {names} or a folder" if names else "a folder"
    wanted = "no assignment is installed" if name_or_folder is None else f"no assignment {name_or_folder!r}"
    raise AssignmentInvalid("; ".join([f"{wanted}; pass {known} that holds an {FILE_NAME}", *found.problems]))


def load_assignment(folder: Path, name: str = "") -> Assignment:
    """Read and check `folder`/assignment.toml. name: that it is installed under, where it is not the folder's.

        names = load_assignment(find_assignment("hw3")).names  # of the questions

    Raises AssignmentInvalid, which names the file and the key.
    """
    path = folder / FILE_NAME
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        raise AssignmentInvalid(f"{path} can't be read: {error}") from None
    try:
        known = {
            "title",
            "reference",
            "template",
            "proof",
            "stand_ins",
            "limit_s",
            "question",
            "rules",
            "limits",
            "harmless_modules",
            "files_beside",
            "answers",
            "data",
            "needed_mib",
        }
        if unknown := table.keys() - known:
            raise ValueError(f"unknown key {sorted(unknown)[0]!r}; known are {sorted(known)}")
        limit_s = _number(table, "limit_s")
        reference = folder / _typed(table, "reference", str)
        assignment = Assignment(
            name=name or folder.name,
            title=_typed(table, "title", str),
            folder=folder,
            reference=reference.resolve() if reference.is_file() else None,
            template=_folder(folder, table, "template"),
            proof=_folder(folder, {"proof": ".", **table}, "proof"),
            stand_ins=_text_of(folder, table, "stand_ins"),
            parts=_parts(folder),
            questions=tuple(_question(entry, limit_s) for entry in _typed(table, "question", list)),
            answers=folder / _typed(table, "answers", str) if "answers" in table else None,
            harmless_modules=_names(table, "harmless_modules"),
            files_beside=_files(table),
            data=_data(folder, table),
            needed_mib=_number({"needed_mib": 0, **table}, "needed_mib"),
            rules=_rules(_typed({"rules": {}, **table}, "rules", dict)),
            limits=_limits(_typed({"limits": {}, **table}, "limits", dict)),
        )
    except KeyError as error:
        raise AssignmentInvalid(f"{path} lacks {error}; see the assignment that is shipped for an example") from None
    except (TypeError, ValueError, OSError) as error:
        raise AssignmentInvalid(f"{path}: {error}") from None
    _validate(path, assignment)
    return assignment


def _names(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """The names that are listed under that key, or none."""
    values = _typed({key: [], **table}, key, list)
    if any(type(value) is not str for value in values):
        raise TypeError(f"{key} lists something that is no name")
    return tuple(values)


def _files(table: Mapping[str, Any]) -> tuple[str, ...]:
    """The paths that are listed under `files_beside`: none leads out of the folder or to code."""
    names = _names(table, "files_beside")
    for name in names:
        if not _is_inside(name):
            raise ValueError(f"files_beside names {name!r}; name files that are no code, as config.json or data/x.csv")
    return tuple(dict.fromkeys(names))


def _is_inside(name: str) -> bool:
    """Whether it is the path of a file in a folder, as TOML has it on every system, and of none with code."""
    path = PurePosixPath(name)
    is_inside = not path.is_absolute() and not {"..", "."} & set(name.split("/")) and not set("\\:\0") & set(name)
    return is_inside and str(path) == name and path.suffix.lower() not in SUFFIXES


def _data(folder: Path, table: Mapping[str, Any]) -> tuple[str | DataFile, ...]:
    """What is listed under `data`, each once: data sets by name, files of the assignment's folder, folders in it."""
    found = [entry for name in _names(table, "data") for entry in _data_of(folder, OTHER_NAMES.get(name, name))]
    for entry in found:
        if isinstance(entry, DataFile) and entry.name in table.get("files_beside", ()):
            raise ValueError(
                f"{entry.name!r} is in data and in files_beside: it is yours or the submission's, not both"
            )
    return tuple(dict.fromkeys(found))


def _data_of(folder: Path, name: str) -> Sequence[str | DataFile]:
    if name in DATA_SETS:
        return [name]
    place, root = folder / name, folder.resolve()
    paths = sorted(path for path in place.rglob("*") if path.is_file()) if place.is_dir() else [place]
    if not _is_inside(name) or not place.exists():
        known = ", ".join(DATA_SETS)
        raise ValueError(f"data names {name!r}, which is no file in {folder}, and no data set; those are {known}")
    files = [DataFile(name=path.relative_to(folder).as_posix(), path=path.resolve()) for path in paths]
    for file in files:
        is_ours = file.name == FILE_NAME or not file.path.is_relative_to(root)
        if is_ours or not file.path.is_file() or not _is_inside(file.name):
            raise ValueError(f"data names {file.name!r}; name data files that lie in {folder} and are no code")
    return files


def _rules(table: Mapping[str, Any]) -> Rules:
    """The table [rules]; without one, everything is allowed."""
    known = {field.name for field in fields(Rules)}
    if unknown := table.keys() - known:
        raise ValueError(f"[rules] has an unknown key {sorted(unknown)[0]!r}; known are {sorted(known)}")
    return Rules.from_dict(table) if table else Rules()


def _limits(table: Mapping[str, Any]) -> Limits:
    """The table [limits]; what it does not name has its default."""
    known = {field.name for field in fields(Limits)}
    if unknown := table.keys() - known:
        raise ValueError(f"[limits] has an unknown key {sorted(unknown)[0]!r}; known are {sorted(known)}")
    values = {name: _number(table, name) for name in table}
    if wrong := [name for name, value in values.items() if value <= 0]:
        raise ValueError(f"[limits] {wrong[0]} is not above zero")
    return Limits(**values)


def _text_of(folder: Path, table: Mapping[str, Any], key: str) -> str:
    """The text of the file that is named under that key, or nothing if none is."""
    return (folder / _typed(table, key, str)).read_text(encoding="utf-8") if key in table else ""


def _parts(folder: Path) -> str:
    """The text of parts.py, if there is one beside the checks. Raises ValueError for one that Python can't read."""
    path = folder / PARTS
    source = path.read_text(encoding="utf-8") if path.is_file() else ""
    try:
        ast.parse(source)
    except SyntaxError as error:
        raise ValueError(f"{path}:{error.lineno}: {error.msg}") from None
    return source


def _folder(folder: Path, table: Mapping[str, Any], key: str) -> Path | None:
    """The folder that is named under that key, if there is one: not everything is installed everywhere."""
    found = folder / _typed(table, key, str) if key in table else None
    return found.resolve() if found and found.is_dir() else None


def _typed(table: Mapping[str, Any], key: str, kind: type[T]) -> T:
    """The value of that key. Raises KeyError, or TypeError for a value of another kind (a truth value is no number)."""
    value = table[key]
    if type(value) is not kind:
        raise TypeError(f"{key} = {value!r} is not {_KINDS[kind]}")
    return value


def _number(table: Mapping[str, Any], key: str) -> float:
    value = table[key]
    if type(value) not in (int, float) or not math.isfinite(value):
        raise TypeError(f"{key} = {value!r} is not a number")
    return float(value)


def _question(entry: Any, limit_s: float) -> Question:
    if type(entry) is not dict:
        raise TypeError("question is not a list of tables: write [[question]]")
    name = _typed(entry, "name", str)
    known = {field.name for field in fields(Question)} - {"points"} | {"checks"}
    if unknown := entry.keys() - known:
        raise ValueError(f"question {name!r} has an unknown key {sorted(unknown)[0]!r}; known are {sorted(known)}")
    checks, settings = _typed(entry, "checks", dict), _typed({"settings": {}, **entry}, "settings", dict)
    return Question(
        name=name,
        points={check: _number(checks, check) for check in checks},
        needs=tuple(_typed({"needs": []} | entry, "needs", list)),
        min_right=_typed({"min_right": 0, **entry}, "min_right", int),
        limit_s=_number({"limit_s": limit_s, **entry}, "limit_s"),
        background=_typed({"background": False, **entry}, "background", bool),
        settings={key: _number(settings, key) for key in settings},
        methods=_names(entry, "methods"),
        records=_names(entry, "records"),
        visibility=_visibility(name, checks, _typed({"visibility": {}, **entry}, "visibility", dict)),
    )


def _visibility(question: str, checks: Mapping[str, Any], table: Mapping[str, Any]) -> Mapping[str, str]:
    for check, value in table.items():
        if check not in checks:
            raise ValueError(f"[question.visibility] of {question} names {check!r}, which has no points there")
        if value not in VISIBILITIES:
            raise ValueError(f"visibility of {check} = {value!r} is none of {', '.join(VISIBILITIES)}")
    return dict(table)


def _validate(path: Path, assignment: Assignment) -> None:
    names = assignment.names
    if not names:
        raise AssignmentInvalid(f"{path} has no [[question]]")
    if assignment.needed_mib < 0:
        raise AssignmentInvalid(f"{path}: needed_mib is below zero")
    checks = [check for question in assignment.questions for check in question.points]
    for kind, values in (("question", list(names)), ("check", checks)):
        if len(set(values)) < len(values):
            raise AssignmentInvalid(f"{path}: a {kind} is listed twice among {', '.join(values)}")
    for question in assignment.questions:
        for needed in question.needs:
            if needed not in names or needed == question.name:
                raise AssignmentInvalid(f"{path}: {question.name} needs {needed!r}, which is no other question")
        if question.limit_s <= 0 or any(points < 0 for points in question.points.values()):
            raise AssignmentInvalid(f"{path}: {question.name} has a limit or points below zero")
