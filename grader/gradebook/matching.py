"""Finds whose work each is: by the first id that both sides have. Nothing is guessed; what does not fit is told.

A path in the roster is a person's word, and outweighs all. Several rows may have one path: a group's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from grader.gradebook.handed import HandedIn
from grader.gradebook.roster import Roster, Student, folded, name_forms, name_words

_IDS: Final = ("canvas_id", "sis_id", "email", "login", "moodle_id")
_AS_NAME: Final = "student, as a name"  # what some write into that column


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Who handed in what. students: with or without work, in the order of the roster, then those that it lacks."""

    students: tuple[tuple[Student, HandedIn | None], ...]
    problems: tuple[str, ...] = ()


def match(handed: Sequence[HandedIn], roster: Roster | None) -> Matched:
    """Each student with their work. Without a roster, everybody who handed something in is a student."""
    if roster is None:
        return _without_roster(handed)
    index = _index(roster.students)
    found: dict[str, list[HandedIn]] = defaultdict(list)
    others, problems = list[HandedIn](), [*roster.problems]
    for label, works in _by_label(handed).items():
        by_path = index.get(("path", folded(label)), [])
        unclear = list[tuple[HandedIn, str]]()
        for work in works:
            owner, told = (None, "") if by_path and len(works) == 1 else _owner(work, index)
            if owner is None:
                unclear.append((work, told))
            elif work.label not in {other.label for other in found[owner.student]}:
                found[owner.student].append(work)
        # All of whose rows name the path have that work. Whoever of a group is found otherwise keeps it, too.
        lacking = [student for student in by_path if label not in {other.label for other in found[student.student]}]
        for student in lacking:
            found[student.student].append(works[0])
        for work, told in unclear[len(lacking) :]:
            others.append(work)
            problems.append(f"{label} {told}; it is graded under its own name: write {label} into column path")
    students = list[tuple[Student, HandedIn | None]]()
    for student in roster.students:
        works = found[student.student]
        chosen = [work for work in works if folded(work.label) == folded(student.path)] or works
        if len(chosen) > 1:
            labels = ", ".join(work.label for work in works)
            problems.append(
                f"{student.student} has several: {labels}; each is graded under its own name: "
                "write the one that counts into column path"
            )
        if len(works) > 1:
            others += [work for work in works if [work] != chosen]
        students.append((student, chosen[0] if len(chosen) == 1 else None))
    more = _without_roster(others, taken={student.student for student in roster.students})
    return Matched(students=(*students, *more.students), problems=(*problems, *more.problems))


def _by_label(handed: Sequence[HandedIn]) -> Mapping[str, list[HandedIn]]:
    """Those of one label are one group's, one for each person."""
    found: dict[str, list[HandedIn]] = defaultdict(list)
    for work in handed:
        found[work.label].append(work)
    return found


def _owner(work: HandedIn, index: Mapping[tuple[str, str], list[Student]]) -> tuple[Student | None, str]:
    """Whose it is, or else why that can't be told."""
    candidates, by = _candidates(work, index)
    fitting = [student for student in candidates if not _contradiction(student, work)]
    if len(fitting) == 1:
        return fitting[0], ""
    if fitting:
        return None, f"may be of {' or '.join(student.student for student in fitting)} by {by}"
    if candidates:
        return None, f"is {candidates[0].student}'s by {by}, and not by {_contradiction(candidates[0], work)}"
    return None, "is nobody's in the roster"


def _without_roster(handed: Sequence[HandedIn], taken: Collection[str] = ()) -> Matched:
    """Students are called by the first of login, e-mail, id and label that nobody else has."""
    count: dict[str, int] = defaultdict(int)
    names = [tuple(dict.fromkeys(_names(work))) for work in handed]
    for own in names:
        for name in own:
            count[name] += 1
    students, used = list[tuple[Student, HandedIn | None]](), set(taken)
    for work, own in zip(handed, names, strict=True):
        name = next((name for name in own if count[name] == 1 and name not in used), "")
        number = 2
        while not name or name in used:
            name, number = f"{own[-1]} ({number})", number + 1
        used.add(name)
        ids = {key: work.ids[key] for key in _IDS if key in work.ids}
        students.append((Student(student=name, name=work.name, **ids), work))
    return Matched(students=tuple(students))


def _names(work: HandedIn) -> Iterator[str]:
    yield from (work.ids[key] for key in ("email", "sis_id") if work.ids.get(key))
    yield work.label


def _index(students: Sequence[Student]) -> Mapping[tuple[str, str], list[Student]]:
    """The students with each value of each field; names in all their forms."""
    found: dict[tuple[str, str], list[Student]] = defaultdict(list)
    for student in students:
        for field, value in student.as_dict().items():
            values = name_forms(value) if field == "name" else {folded(value)} if value else set()
            for each in values:
                found[field, each].append(student)
        for each in name_forms(student.student):
            found[_AS_NAME, each].append(student)
    return found


def _candidates(work: HandedIn, index: Mapping[tuple[str, str], list[Student]]) -> tuple[list[Student], str]:
    """The students with the first id of the work that anybody has, and the name of that id."""
    label = folded(work.label)
    asked = [(key, folded(work.ids[key])) for key in _IDS if work.ids.get(key)]
    if not work.name:
        asked += [(field, label) for field in ("student", "login", "email", *_IDS)]
    forms = sorted(name_forms(work.name or work.label))
    asked += [(field, form) for field in ("name", _AS_NAME) for form in forms]
    for field, value in asked:
        if students := index.get((field, value)):
            return students, field
    return [], ""


def _contradiction(student: Student, work: HandedIn) -> str:
    """What both have and differ in."""
    own = student.as_dict()
    for key in _IDS:
        if own[key] and work.ids.get(key) and folded(own[key]) != folded(work.ids[key]):
            return "another id"
    # Moodle's number may be a group's, and then is another person's. Elsewhere names differ: Canvas runs them together.
    ours, theirs = name_words(student.name), name_words(work.name)
    return "name" if "moodle_id" in work.ids and ours and theirs and ours.isdisjoint(theirs) else ""
