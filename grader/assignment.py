"""assignment.toml -> Assignment: the one place for questions, points, needs, limits and thresholds."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path, PurePosixPath
from typing import Any, Final

from grader.boundary.forms import SUFFIXES
from grader.boundary.limits import Limits
from grader.boundary.rules import Rules
from grader.data.files import DataFile
from grader.data.registry import DATA_SETS, OTHER_NAMES
from grader.errors import AssignmentInvalid, SettingsInvalid
from grader.extending import read_table
from grader.installed import FILE_NAME, installed
from grader.toml_values import line_of_key, listed, number, typed

PARTS: Final = "parts.py"
VISIBILITIES: Final = ("visible", "hidden", "after_due_date", "after_published")
_IN_TITLE: Final = re.compile(r"\{([A-Za-z]\w*)(:[^{}]*)?\}")
TOLD_OF_HIDDEN: Final = ("title", "points")


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
    bonus: frozenset[str] = frozenset()  # checks whose points are outside of the maximum
    hidden: frozenset[str] = frozenset()  # checks of which no report tells what they found

    @property
    def max_score(self) -> float:
        """The points that can be earned without a bonus."""
        return sum(points for check, points in self.points.items() if check not in self.bonus)

    def titled(self, title: str) -> str:
        """A check's title with the settings in it: "an error below {max_error:.0%}" follows the threshold."""
        known = self.settings
        return _IN_TITLE.sub(lambda found: found[0].format(**known) if found[1] in known else found[0], title)

    def unknown_in(self, title: str) -> str:
        """The first name in braces that is none of its settings, where it has some; nothing where all are."""
        asked = [found[1] for found in _IN_TITLE.finditer(title)] if self.settings else []
        return next((name for name in asked if name not in self.settings), "")


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
    extended: tuple[Path, ...] = ()  # the folders of the suites that this one is built on, the nearest first
    dropped: frozenset[str] = frozenset()  # questions and checks of theirs that are not run
    tell_of_hidden: frozenset[str] = frozenset(TOLD_OF_HIDDEN)  # what reports tell of hidden checks
    points: float | None = None  # that its checks should have, without bonus ones; None: whatever they have
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
    def folders(self) -> tuple[Path, ...]:
        """The folders with its checks: its own, and those of the suites that it is built on."""
        return (self.folder, *self.extended)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the questions, in the order of the homework."""
        return tuple(question.name for question in self.questions)

    def named(self, text: str) -> str:
        """The question of that name, in any case, or the only one that begins so. Raises SettingsInvalid."""
        return _named(text, self.names, f"question {text!r} in {self.name}")

    def with_checks(self, asked: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The questions and the checks that are meant, as `named` reads names. Raises SettingsInvalid."""
        owners = {check: question.name for question in self.questions for check in question.points}
        shown = [check for question in self.questions for check in question.points if check not in question.hidden]
        chosen = {_named(text, [*owners], f"check {text!r} in {self.name}", shown) for text in asked}
        return self.select([owners[check] for check in chosen]), tuple(check for check in owners if check in chosen)

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


def _named(text: str, names: Sequence[str], what: str, shown: Sequence[str] | None = None) -> str:
    """That name, in any case, or the only one that begins so. shown: those that may be told. Raises SettingsInvalid."""
    asked, shown = text.casefold(), names if shown is None else shown
    same = [name for name in names if name.casefold() == asked]
    found = [text] if text in names else same or [n for n in names if asked and n.casefold().startswith(asked)]
    if len(found) == 1:
        return found[0]
    if found:
        raise SettingsInvalid(f"{text!r} is the beginning of {' and '.join(found)}; write more of it")
    by_case = {name.casefold(): name for name in shown}
    near = [by_case[name] for name in difflib.get_close_matches(asked, by_case, n=1)]
    meant = f"did you mean {near[0]}? " if near else ""
    raise SettingsInvalid(f"no {what}; {meant}it has {', '.join(shown)}")


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
    path, read = folder / FILE_NAME, read_table(folder)
    table = read.table
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
            "points",
            "tell_of_hidden",
        }
        if unknown := table.keys() - known:
            raise ValueError(f"unknown key {sorted(unknown)[0]!r}; known are {sorted(known)}")
        limit_s = number(table, "limit_s")
        reference = folder / typed(table, "reference", str)
        assignment = Assignment(
            name=name or folder.name,
            title=typed(table, "title", str),
            folder=folder,
            reference=_found(reference),
            extended=read.folders,
            dropped=read.dropped,
            points=number(table, "points") if "points" in table else None,
            tell_of_hidden=_told_of_hidden(table),
            template=_folder(folder, table, "template"),
            proof=_folder(folder, {"proof": ".", **table}, "proof"),
            stand_ins=_text_of(folder, table, "stand_ins"),
            parts=_parts((folder, *read.folders)),
            questions=tuple(_question(entry, limit_s) for entry in typed(table, "question", list)),
            answers=folder / typed(table, "answers", str) if "answers" in table else None,
            harmless_modules=listed(table, "harmless_modules"),
            files_beside=_files(table),
            data=_data((folder, *read.folders), table),
            needed_mib=number({"needed_mib": 0, **table}, "needed_mib"),
            rules=_rules(typed({"rules": {}, **table}, "rules", dict)),
            limits=_limits(typed({"limits": {}, **table}, "limits", dict)),
        )
    except KeyError as error:
        raise AssignmentInvalid(f"{path} lacks {error}; see the assignment that is shipped for an example") from None
    except (TypeError, ValueError, OSError) as error:
        raise AssignmentInvalid(f"{path}: {error}") from None
    _validate(path, assignment)
    return assignment


def _found(path: Path) -> Path | None:
    """The file, or None where it is not installed. Raises ValueError where its name seems to be a slip."""
    if path.is_file():
        return path.resolve()
    beside = [each.name for each in path.parent.glob("*") if each.is_file()] if path.parent.is_dir() else []
    if near := difflib.get_close_matches(path.name, beside, n=1, cutoff=0.8):
        raise ValueError(f"there is no {path}; did you mean {near[0]}?")
    return None


def _told_of_hidden(table: Mapping[str, Any]) -> frozenset[str]:
    """What reports tell of a hidden check."""
    told = listed(table, "tell_of_hidden") if "tell_of_hidden" in table else TOLD_OF_HIDDEN
    if unknown := [name for name in told if name not in TOLD_OF_HIDDEN]:
        raise ValueError(f"tell_of_hidden names {unknown[0]!r}; it may have {' and '.join(TOLD_OF_HIDDEN)}")
    return frozenset(told)


def _files(table: Mapping[str, Any]) -> tuple[str, ...]:
    """The paths that are listed under `files_beside`: none leads out of the folder or to code."""
    names = listed(table, "files_beside")
    for name in names:
        if not _is_inside(name):
            raise ValueError(f"files_beside names {name!r}; name files that are no code, as config.json or data/x.csv")
    return tuple(dict.fromkeys(names))


def _is_inside(name: str) -> bool:
    """Whether it is the path of a file in a folder, as TOML has it on every system, and of none with code."""
    path = PurePosixPath(name)
    is_inside = not path.is_absolute() and not {"..", "."} & set(name.split("/")) and not set("\\:\0") & set(name)
    return is_inside and str(path) == name and path.suffix.lower() not in SUFFIXES


def _data(folders: Sequence[Path], table: Mapping[str, Any]) -> tuple[str | DataFile, ...]:
    """What is listed under `data`, each once: data sets by name, files of the assignment's folder, folders in it."""
    found = [entry for name in listed(table, "data") for entry in _data_of(folders, OTHER_NAMES.get(name, name))]
    beside = {name.partition("/")[0] for name in listed(table, "files_beside")}
    if both := {entry.name.partition("/")[0] for entry in found if isinstance(entry, DataFile)} & beside:
        name = min(both)
        raise ValueError(f"{name!r} is in data and in files_beside: it is yours or the submission's, not both")
    return tuple(dict.fromkeys(found))


def _data_of(folders: Sequence[Path], name: str) -> Sequence[str | DataFile]:
    if name in DATA_SETS:
        return [name]
    folder = next((each for each in folders if (each / name).exists()), folders[0])
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
    values = {name: number(table, name) for name in table}
    if wrong := [name for name, value in values.items() if value <= 0]:
        raise ValueError(f"[limits] {wrong[0]} is not above zero")
    return Limits(**values)


def _text_of(folder: Path, table: Mapping[str, Any], key: str) -> str:
    """The text of the file that is named under that key, or nothing if none is."""
    return (folder / typed(table, key, str)).read_text(encoding="utf-8") if key in table else ""


def _parts(folders: Sequence[Path]) -> str:
    """The text of parts.py, where there are some beside the checks. Raises ValueError for one Python can't read."""
    sources = []
    for path in (folder / PARTS for folder in reversed(folders) if (folder / PARTS).is_file()):
        sources.append(path.read_text(encoding="utf-8"))
        try:
            ast.parse(sources[-1])
        except SyntaxError as error:
            raise ValueError(f"{path}:{error.lineno}: {error.msg}") from None
    return "\n".join(sources)


def _folder(folder: Path, table: Mapping[str, Any], key: str) -> Path | None:
    """The folder that is named under that key, if there is one: not everything is installed everywhere."""
    found = folder / typed(table, key, str) if key in table else None
    return found.resolve() if found and found.is_dir() else None


def _question(entry: Any, limit_s: float) -> Question:
    if type(entry) is not dict:
        raise TypeError("question is not a list of tables: write [[question]]")
    name = typed(entry, "name", str)
    known = {field.name for field in fields(Question)} - {"points", "bonus", "hidden"} | {"checks"}
    if unknown := entry.keys() - known:
        raise ValueError(f"question {name!r} has an unknown key {sorted(unknown)[0]!r}; known are {sorted(known)}")
    checks, settings = typed(entry, "checks", dict), typed({"settings": {}, **entry}, "settings", dict)
    worth = {check: _check(check, checks) for check in checks}
    return Question(
        name=name,
        points={check: number(each, "points") for check, each in worth.items()},
        bonus=frozenset(check for check, each in worth.items() if typed({"bonus": False, **each}, "bonus", bool)),
        hidden=frozenset(check for check, each in worth.items() if typed({"hidden": False, **each}, "hidden", bool)),
        needs=tuple(typed({"needs": []} | entry, "needs", list)),
        min_right=typed({"min_right": 0, **entry}, "min_right", int),
        limit_s=number({"limit_s": limit_s, **entry}, "limit_s"),
        background=typed({"background": False, **entry}, "background", bool),
        settings={key: number(settings, key) for key in settings},
        methods=listed(entry, "methods"),
        records=listed(entry, "records"),
        visibility=_visibility(name, checks, typed({"visibility": {}, **entry}, "visibility", dict)),
    )


def _check(name: str, checks: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is written of a check: its points, or a table with them. Raises KeyError, TypeError or ValueError."""
    if type(checks[name]) is not dict:
        return {"points": number(checks, name)}
    if unknown := checks[name].keys() - {"points", "bonus", "hidden"}:
        raise ValueError(f"{name} has an unknown key {sorted(unknown)[0]!r}; known are points, bonus and hidden")
    return typed(checks, name, dict)


def _visibility(question: str, checks: Mapping[str, Any], table: Mapping[str, Any]) -> Mapping[str, str]:
    for check, value in table.items():
        if check not in checks:
            raise ValueError(f"[question.visibility] of {question} names {check!r}, which has no points there")
        if value not in VISIBILITIES:
            raise ValueError(f"visibility of {check} = {value!r} is none of {', '.join(VISIBILITIES)}")
    return dict(table)


def _validate(path: Path, assignment: Assignment) -> None:
    known = assignment.names
    if not known:
        raise AssignmentInvalid(f"{path} has no [[question]]")
    if assignment.needed_mib < 0:
        raise AssignmentInvalid(f"{path}: needed_mib is below zero")
    checks = [check for question in assignment.questions for check in question.points]
    for kind, values in (("question", list(known)), ("check", checks)):
        if twice := [value for n, value in enumerate(values) if value in values[:n]]:
            last = [question.name for question in assignment.questions if twice[0] in question.points][-1:]
            line = line_of_key(path, twice[0], *last)
            raise AssignmentInvalid(
                f"{path}{f':{line}' if line else ''}: a {kind} is listed twice among {', '.join(values)}"
            )
    for question in assignment.questions:
        for needed in question.needs:
            if needed not in known or needed == question.name:
                raise AssignmentInvalid(f"{path}: {question.name} needs {needed!r}, which is no other question")
        if question.limit_s <= 0 or any(points < 0 for points in question.points.values()):
            raise AssignmentInvalid(f"{path}: {question.name} has a limit or points below zero")
