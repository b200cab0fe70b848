"""One student of a class as text, and how a student is found by what somebody types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.errors import SettingsInvalid
from grader.gradebook.changes import InstructorChange
from grader.gradebook.roster import folded, name_forms
from grader.gradebook.standing import Standing
from grader.report.text import in_a_line, points


def find(found: Sequence[Standing], text: str) -> Standing:
    """The student of that name, id or e-mail, or the only one that it is a part of. Raises SettingsInvalid."""
    asked = folded(text)
    exact = [each for each in found if each.student == text]
    same = [
        each for each in found if asked and asked in {folded(value) for value in each.row.student.as_dict().values()}
    ]
    named = [each for each in found if name_forms(text) & name_forms(each.row.student.name)]
    part = [
        each
        for each in found
        if asked and asked in folded(f"{each.student}\n{each.row.student.name}\n{each.row.label}")
    ]
    hits = exact or same or named or part
    if len(hits) == 1:
        return hits[0]
    if hits:
        names = ", ".join(each.student for each in hits[:8])
        raise SettingsInvalid(f"{text!r} may be {names}{' or another' if hits[8:] else ''}; write more of it")
    raise SettingsInvalid(f"nobody in this class is {text!r}; `gradebook export csv` lists all")


def lines_of(standing: Standing) -> Iterator[str]:
    """What is to say of a student. All text of theirs is cleaned."""
    student = standing.row.student
    yield in_a_line(" ".join(dict.fromkeys(filter(None, [standing.student, student.name]))))
    if standing.row.label:
        yield in_a_line(
            f"handed in: {standing.row.label} ({', '.join(standing.row.files)}){', late' * standing.row.is_late}"
        )
    for note in standing.row.notes:
        yield in_a_line(note)
    if standing.outcome != "graded":
        yield in_a_line(f"{standing.outcome.replace('_', ' ')}: {standing.reason}")
    if standing.questions:
        yield f"{points(standing.score)} of {points(standing.max_score)} points{_provisional(standing)}"
    cards = {question["name"]: question for question in standing.card.get("questions", ())}
    for question in standing.questions:
        value = f"{points(question.score)}/{points(question.max_score)}"
        yield f"  {question.name}  {value}{told(question.change, question.computed)}"
        for check in cards.get(question.name, {}).get("checks", ()):
            if check["verdict"] != "passed":
                message = in_a_line(check["message"], most=300)
                yield f"    {check['name']}  {check['verdict'].replace('_', ' ')}: {message}"
                if check["diagnosis"]:
                    yield f"      likely mistake: {in_a_line(check['diagnosis'])}"
    for comment in standing.comments:
        yield in_a_line(f"{comment.who}, {comment.at}: {comment.text}")


def told(change: InstructorChange | None, computed: float) -> str:
    """What was set in place of what was computed: by whom, when and why."""
    if change is None:
        return ""
    return "  " + in_a_line(f"(computed {points(computed)}; set by {change.who}, {change.at}: {change.text})")


def _provisional(standing: Standing) -> str:
    return " (provisional: the grader itself failed in a check)" if standing.card.get("provisional") else ""
