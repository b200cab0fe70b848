"""Reads who handed in what from the names of a class's files: pure functions over paths, one for each platform."""

from __future__ import annotations

import contextlib
import datetime
import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from grader.boundary.forms import SUFFIXES
from grader.errors import SubmissionUnreadable
from grader.gradebook import submission_metadata
from grader.gradebook.handed import ClassWork, HandedIn, Layout

METADATA: Final = "submission_metadata.yml"
_CANVAS: Final = re.compile(r"^(?P<name>.+?)(?P<late>_LATE)?_(?P<user>\d+)_(?P<attachment>\d+)_(?P<file>.+)$", re.S)
_ANONYMOUS: Final = re.compile(r"^(?P<late>LATE_)?anon_(?P<user>[A-Za-z0-9]+)_(?P<attachment>\d+)_(?P<file>.+)$", re.S)
_CANVAS_TEXT: Final = re.compile(r"^(?P<name>.+?)(?P<late>_LATE)?_(?P<user>\d+)_(?P<kind>text|link)\.html$", re.S)
_MOODLE: Final = re.compile(
    r"^(?P<name>.+?)_(?P<id>\d+)_assignsubmission_(?P<kind>file|onlinetext)_?(?P<file>.*)$", re.S
)
_BRIGHTSPACE: Final = re.compile(r"^(?P<user>\d+)-\d+ ?- ?(?P<name>.+?) ?- ?(?P<date>\w+\.? \d{1,2}, \d{4} .+)$", re.S)
_AGAIN: Final = re.compile(r"^(?P<stem>.+)-\d{1,2}(?P<suffix>\.\w+)$", re.S)
_CODE: Final = (*SUFFIXES, ".zip")
_IMPORT: Final = re.compile(r"""(?:^|"|\\n)[ \t]*(?:from|import)\b([^"\n\\]*)""", re.M)  # a cell's, too, in JSON


def read_layout(names: Sequence[str], text_of: Callable[[str], str]) -> ClassWork:
    """Who handed in what. names: paths in the folder or zip. text_of: reads one that describes the others."""
    for metadata in (name for name in names if PurePosixPath(name).name == METADATA):
        if _is_above_all(metadata.removesuffix(METADATA), names):
            return _gradescope(names, metadata, text_of)
    root = _root(names, text_of)
    inner = [name.removeprefix(root) for name in names]
    readings = [(layout, *read(inner)) for layout, read in _READERS.items()]
    # First what leaves out least: the names that one student gives files must not hide what others have handed in.
    for layout, handed, left in sorted(readings, key=lambda reading: len(_tops(reading[2]))):
        if handed and 2 * len(_tops(left)) <= len(_tops(inner)):  # one name that looks so makes no layout
            problems = [
                f"{name} is not named as {layout.capitalize()} names what students hand in, and is left out; "
                "put it into a student's folder"
                for name in left
                if name != "index.html" and PurePosixPath(name).suffix.lower() != ".csv"
            ]
            return ClassWork(layout=layout, handed=_below(handed, root), problems=tuple(problems))
    return _with_reading(_folders(inner, root), root)


def _is_above_all(place: str, names: Sequence[str]) -> bool:
    """Whether all code lies in folders of that one: metadata beside code, or in a student's folder, is a student's."""
    of_platform = any(_MOODLE.match(part) or _BRIGHTSPACE.match(part) for part in place.split("/"))
    return not of_platform and all(
        name.startswith(place) and "/" in name.removeprefix(place) for name in names if _is_code(name)
    )


def _tops(names: Iterable[str]) -> set[str]:
    return {name.partition("/")[0] for name in names}


def _root(names: Sequence[str], text_of: Callable[[str], str]) -> str:
    """The folders that all is in, as an unpacked or a zipped folder has: not that of the only student."""
    parents = [name.split("/")[:-1] for name in names]
    common = shared([*parents])
    there = [name for name, parent in zip(names, parents, strict=True) if parent == common]
    of_platform = [i for i, part in enumerate(common) if _MOODLE.match(part) or _BRIGHTSPACE.match(part)]
    if of_platform:
        common = common[: of_platform[0]]
    elif common and not any(_is_of_platform(PurePosixPath(name).name) for name in there):
        common = [] if _is_of_one(names, there, len(common), text_of) else common
    return "".join(f"{part}/" for part in common)


def _is_of_platform(file: str) -> bool:
    return any(named.match(file) for named in (_CANVAS, _ANONYMOUS, _MOODLE))


def _is_of_one(names: Sequence[str], there: Sequence[str], depth: int, text_of: Callable[[str], str]) -> bool:
    """Whether the folder that all is in is one student's: of one file, or of files that others of them import.

    All but one have to be imported: a student of a class must not make it one work by importing another's.
    """
    stems = {PurePosixPath(name).stem for name in there if _is_code(name)}
    if not stems:
        return bool(there) and len({name.split("/")[depth] for name in names if _is_code(name)}) < 2
    return len(stems) == 1 or len(stems - _imported(there, text_of)) < 2


def _imported(there: Iterable[str], text_of: Callable[[str], str]) -> set[str]:
    """What the files import, and other words of these statements. Hostile source is not parsed for that."""
    found = set[str]()
    for name in there:
        if PurePosixPath(name).suffix.lower() in SUFFIXES:
            with contextlib.suppress(SubmissionUnreadable):  # too large, broken: told when it is its turn
                words = {word for line in _IMPORT.findall(text_of(name)) for word in re.findall(r"\w+", line)}
                found |= words - {PurePosixPath(name).stem}
    return found


def _is_code(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in _CODE


def shared(lists: Sequence[Sequence[str]]) -> list[str]:
    """What all of the lists begin with."""
    together = zip(*lists, strict=False)
    return [same[0] for same in itertools.takewhile(lambda each: len({*each}) == 1, together)]


def _below(handed: Iterable[HandedIn], root: str) -> tuple[HandedIn, ...]:
    return tuple(replace(h, files={own: root + path for own, path in h.files.items()}) for h in handed)


# --- Canvas -----------------------------------------------------------------------------------------------------------


def _canvas(names: Sequence[str]) -> tuple[list[HandedIn], list[str]]:
    """`name_LATE_user_attachment_file`, all in one folder; without a name where grading is anonymous."""
    found: dict[str, list[re.Match[str]]] = defaultdict(list)
    texts: dict[str, re.Match[str]] = {}
    left = list[str]()
    for name in names:
        match = None if "/" in name else _ANONYMOUS.match(name) or _CANVAS.match(name)
        if match:
            found[match["user"]].append(match)
        elif "/" not in name and (text := _CANVAS_TEXT.match(name)):
            texts[text["user"]] = text
        else:
            left.append(name)
    handed = [_of_canvas(user, matches) for user, matches in found.items()]
    for user, text in texts.items():
        if user not in found:
            problem = f"handed in as a {text['kind']}, which is not code; have a file handed in"
            handed.append(
                HandedIn(label=f"{text['name']}_{user}", name=text["name"], ids={"canvas_id": user}, problem=problem)
            )
    return sorted(handed, key=lambda h: h.label), left


def _of_canvas(user: str, matches: Sequence[re.Match[str]]) -> HandedIn:
    by_file: dict[str, re.Match[str]] = {}
    notes = list[str]()
    for match in sorted(matches, key=lambda match: int(match["attachment"])):
        by_file[match["file"]] = match  # the same name twice: the attachment that came last
    for file, match in list(by_file.items()):
        again = _AGAIN.match(file)
        first = by_file.get(f"{again['stem']}{again['suffix']}") if again else None
        if first is not None and first["file"] in by_file and PurePosixPath(file).suffix.lower() in _CODE:
            older, newer = sorted([first, match], key=lambda match: int(match["attachment"]))
            by_file.pop(older["file"], None)
            notes.append(f"{older['file']} does not count: {newer['file']} was handed in after it")
    name = matches[0].groupdict().get("name") or ""
    label = f"{name}_{user}" if name else f"anon_{user}"
    return HandedIn(
        label=label,
        name=name,
        ids={"canvas_id": user} if name else {"anonymous_id": user},
        files={file: match.string for file, match in sorted(by_file.items())},
        is_late=any(match["late"] for match in matches),
        notes=tuple(notes),
    )


# --- Moodle -----------------------------------------------------------------------------------------------------------


def _moodle(names: Sequence[str]) -> tuple[list[HandedIn], list[str]]:
    """`Full Name_12345_assignsubmission_file/...`, or the same before each file's name."""
    found: dict[str, HandedIn] = {}
    left = list[str]()
    for path in names:
        top, _, rest = path.partition("/")
        match = _MOODLE.match(top)
        if not match:
            left.append(path)
            continue
        number, name, file = match["id"], match["name"], "/".join(filter(None, [match["file"], rest]))
        blank = HandedIn(
            label=top.removesuffix(match["file"]) if match["file"] else top,
            name="" if name.startswith("Participant") else name,
            ids={"moodle_id": number},
            problem="handed in as text on the page, which is not code; have a file handed in",
        )
        before = found.get(number, blank)
        if match["kind"] == "file" and file:
            label = blank.label if before.problem else before.label
            before = replace(before, files={**before.files, file: path}, problem="", label=label)
        found[number] = before
    return sorted(found.values(), key=lambda h: h.label), left


# --- Brightspace ------------------------------------------------------------------------------------------------------


def _brightspace(names: Sequence[str]) -> tuple[list[HandedIn], list[str]]:
    """`152711-351765 - John Doe - May 18, 2025 1224 PM/...`: the latest folder of each student counts."""
    attempts: dict[tuple[str, str], dict[str, dict[str, str]]] = defaultdict(dict)
    left = list[str]()
    for path in names:
        top, _, rest = path.partition("/")
        match = _BRIGHTSPACE.match(top)
        if not match or not rest:
            left.append(path)
            continue
        attempts[match["user"], match["name"]].setdefault(top, {})[rest] = path
    handed = []
    for (_, name), folders in attempts.items():
        dates = {top: _date(top) for top in folders}
        if len(folders) > 1 and None in dates.values():
            told = " and ".join(folders)
            handed.append(
                HandedIn(
                    label=min(folders), name=name, problem=f"which of {told} came last can't be read; delete the others"
                )
            )
            continue
        latest = max(folders, key=lambda top: (dates[top] or datetime.datetime.min, top))
        notes = tuple(f"{top} does not count: {latest} came after it" for top in sorted(folders) if top != latest)
        handed.append(HandedIn(label=latest, name=name, files=folders[latest], notes=notes))
    return sorted(handed, key=lambda h: h.label), left


def _date(folder: str) -> datetime.datetime | None:
    match = _BRIGHTSPACE.match(folder)
    text = re.sub(r"(\d{1,2}):?(\d{2}) ?([AP]M)$", r"\1:\2 \3", match["date"].strip() if match else "")
    for form in ("%b %d, %Y %I:%M %p", "%B %d, %Y %I:%M %p", "%b %d, %Y %H:%M", "%B %d, %Y %H:%M"):
        try:
            return datetime.datetime.strptime(text, form)
        except ValueError:
            continue
    return None


# --- Gradescope -------------------------------------------------------------------------------------------------------


def _gradescope(names: Sequence[str], metadata: str, text_of: Callable[[str], str]) -> ClassWork:
    """`submission_270154987/...` and the file that says whose each is; a group's work is everybody's of it."""
    root = metadata.removesuffix(METADATA)
    people = submission_metadata.submitters(text_of(metadata))
    files: dict[str, dict[str, str]] = defaultdict(dict)
    problems, handed = list[str](), list[HandedIn]()
    for path in names:
        if path == metadata:
            continue
        top, _, rest = path.removeprefix(root).partition("/")
        if path.startswith(root):
            files[top][rest or top] = path
        else:
            problems.append(f"{path} is not beside {METADATA} and is left out")
    for folder, own in sorted(files.items()):
        if not people.get(folder):
            problems.append(f"{METADATA} does not say whose {folder} is; it is graded under that name")
            handed.append(HandedIn(label=folder, files=own))
        for person in people.get(folder, ()):
            ids = {key: value for key, value in person.items() if key != "name" and value}
            handed.append(HandedIn(label=folder, files=own, name=person.get("name", ""), ids=ids))
    for folder in sorted(people.keys() - files.keys()):
        told = f"{METADATA} lists {folder}, which is not there; download it again"
        for person in people[folder]:
            ids = {key: value for key, value in person.items() if key != "name" and value}
            handed.append(HandedIn(label=folder, name=person.get("name", ""), ids=ids, problem=told))
    return ClassWork(layout=Layout.GRADESCOPE, handed=tuple(handed), problems=tuple(problems))


# --- a folder, a clone or a file for each student ---------------------------------------------------------------------


def _folders(names: Sequence[str], root: str) -> ClassWork:
    """Each folder, and each file of code that is in none, is one student's work."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    problems = list[str]()
    for path in names:
        top, _, rest = path.partition("/")
        suffix = PurePosixPath(path).suffix.lower()
        if rest:
            found[top][rest] = path
        elif suffix in _CODE:
            found[top.removesuffix(PurePosixPath(top).suffix)][top] = path
        elif suffix != ".csv":
            problems.append(f"{path} is no .py, .ipynb or .zip file and is left out; put it into a student's folder")
    handed = [
        HandedIn(label=label, files=files, ids=_clone_of(label, found), problem=_two(files))
        for label, files in sorted(found.items())
    ]
    return ClassWork(layout=Layout.FOLDERS, handed=_below(handed, root), problems=tuple(problems))


def _with_reading(work: ClassWork, root: str) -> ClassWork:
    """The same, and told which of two readings was taken where all is in one folder."""
    if root:
        note = (
            f"{root} holds all, and each folder and file in it is taken for a student's; "
            "if all is one student's, zip it and pass the folder that the .zip is in"
        )
        return replace(work, notes=(note,))
    if len(work.handed) != 1:
        return work
    (only,) = work.handed
    several = len([name for name in only.files if _is_code(name)]) > 1
    if several and all(path.startswith(f"{only.label}/") for path in only.files.values()):
        note = (
            f"{only.label}/ holds all, and is taken for one student's; "
            f"if its folders and files are students', pass {only.label}/ itself, unpacked"
        )
        return replace(work, notes=(note,))
    return work


def _two(files: Mapping[str, str]) -> str:
    """Files of one stem beside each other, as ada.py and ada.ipynb, are one student's: the written one is graded."""
    zips = [name for name in files if name.lower().endswith(".zip")]
    alone = [name for name, path in files.items() if "/" not in path]
    return f"{' and '.join(sorted(alone))} have one name; delete those that don't count" if zips and alone[1:] else ""


def _clone_of(label: str, labels: Mapping[str, object]) -> Mapping[str, str]:
    """The login in `<assignment>-<login>`, where all folders begin with the same assignment."""
    start = "".join(shared([[*label] for label in labels]))
    start = start[: start.rfind("-") + 1]
    return {"login": label.removeprefix(start)} if len(labels) > 1 and start and label != start else {}


_READERS: Final[Mapping[Layout, Callable[[Sequence[str]], tuple[list[HandedIn], list[str]]]]] = {
    Layout.MOODLE: _moodle,
    Layout.BRIGHTSPACE: _brightspace,
    Layout.CANVAS: _canvas,
}
