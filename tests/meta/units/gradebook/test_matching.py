"""Whose work each is."""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import pytest

from grader.gradebook.handed import HandedIn
from grader.gradebook.matching import Matched, match
from grader.gradebook.roster import Roster, Student

ADA = Student(student="ada", name="Lovelace, Ada", email="ada@b.edu", canvas_id="11", sis_id="9001", login="al1")
BOB = Student(student="bob", name="Bob Lee", canvas_id="12")
LEE = Student(student="lee", name="Lee, Bob", canvas_id="13")


def matched(*handed: HandedIn, students: Sequence[Student] = (ADA, BOB, LEE)) -> Matched:
    return match(handed, Roster(students=tuple(students)))


def whose(result: Matched) -> dict[str, str]:
    return {student.student: work.label for student, work in result.students if work}


@pytest.mark.parametrize(
    "work",
    [
        HandedIn(label="x", ids={"canvas_id": "11"}),
        HandedIn(label="x", ids={"email": "ADA@b.edu"}),
        HandedIn(label="x", ids={"sis_id": "9001"}),
        HandedIn(label="x", ids={"login": "al1"}),
        HandedIn(label="x", name="lovelaceada"),
        HandedIn(label="ada"),
        HandedIn(label="al1"),
        HandedIn(label="Ada Lovelace"),
        HandedIn(label="9001"),
    ],
)
def test_any_id_that_both_have_tells_whose_it_is(work: HandedIn) -> None:
    result = matched(work)
    assert (whose(result), result.problems) == ({"ada": work.label}, ())
    assert [student.student for student, _ in result.students] == ["ada", "bob", "lee"]


def test_two_students_of_one_name_are_told_and_not_guessed() -> None:
    result = matched(HandedIn(label="w", name="Bob Lee"))
    assert whose(result) == {"w": "w"}
    (problem,) = result.problems
    assert problem.startswith("w may be of bob or lee by name; it is graded under its own name")


def test_id_decides_between_two_of_one_name() -> None:
    assert whose(matched(HandedIn(label="w", name="leebob", ids={"canvas_id": "13"}))) == {"lee": "w"}


def test_name_with_another_id_is_not_that_student() -> None:
    result = matched(HandedIn(label="w", name="Ada Lovelace", ids={"canvas_id": "99"}))
    assert whose(result) == {"w": "w"}
    assert "not by another id" in result.problems[0]


def test_work_that_nobody_is_in_the_roster_for_is_graded_and_told() -> None:
    result = matched(HandedIn(label="w", ids={"canvas_id": "99"}))
    assert whose(result) == {"w": "w"}
    assert "nobody's in the roster" in result.problems[0]


def test_two_works_of_one_student_are_both_graded_under_their_own_names() -> None:
    result = matched(HandedIn(label="a1", ids={"canvas_id": "11"}), HandedIn(label="a2", ids={"email": "ada@b.edu"}))
    assert {*whose(result).values()} == {"a1", "a2"}
    assert "ada" not in whose(result)
    assert "has several: a1, a2" in result.problems[0]


def test_path_in_the_roster_is_a_persons_word() -> None:
    student = Student(student="bob", name="B", canvas_id="12", path="w")
    assert whose(matched(HandedIn(label="w", ids={"canvas_id": "99"}), students=[student])) == {"bob": "w"}


def test_without_a_roster_everybody_has_a_name_of_their_own() -> None:
    handed = [
        HandedIn(label="s1", ids={"email": "a@b"}),
        HandedIn(label="s1", ids={"email": "c@d"}),
        HandedIn(label="s2"),
        HandedIn(label="s2"),
    ]
    result = match(handed, None)
    names = [student.student for student, _ in result.students]
    assert names[:2] == ["a@b", "c@d"]
    assert len({*names}) == 4


@pytest.mark.parametrize(
    ("name", "is_hers"),
    [
        ("Team Blue", False),
        ("ADA KING", True),
        ("Lovelace Ada", True),
        ("lovelaceada", True),
        ("Lóvelâce, Äda", True),
        ("", True),
    ],
)
def test_number_of_moodles_with_a_name_of_no_common_word_is_not_that_students(name: str, is_hers: bool) -> None:
    student = Student(student="ada", name="Lovelace, Ada", moodle_id="46")
    work = HandedIn(label="w", name=name, ids={"moodle_id": "46"})
    result = matched(work, students=[student])
    assert whose(result) == {"ada" if is_hers else "w": "w"}
    told = "w is ada's by moodle_id, and not by name; it is graded under its own name: write w into column path"
    assert result.problems == (() if is_hers else (told,))
    by_hand = Student(student="ada", name="Lovelace, Ada", moodle_id="46", path="w")
    assert whose(matched(work, students=[by_hand])) == {"ada": "w"}


def test_all_whose_rows_name_one_path_have_that_work() -> None:
    ada, bob = (Student(student=name, path="team1") for name in ("ada", "bob"))
    result = matched(HandedIn(label="Team1"), students=[ada, bob])
    assert (whose(result), result.problems) == ({"ada": "Team1", "bob": "Team1"}, ())


def test_path_of_one_in_a_group_takes_the_work_from_nobody_else_in_it() -> None:
    group = [HandedIn(label="s1", name=f"{name[0]}.", ids={"email": name}) for name in ("ada@b.edu", "bo", "cy")]
    bob, cy = Student(student="bob", email="bob@b.edu", path="s1"), Student(student="cy", path="s1")
    for handed in (group, group[::-1]):
        result = matched(*handed, students=[ADA, bob, cy])
        assert (whose(result), result.problems) == ({"ada": "s1", "bob": "s1", "cy": "s1"}, ())
    result = matched(*group, students=[ADA, bob])
    assert {"ada", "bob", "cy"} == {*whose(result)}
    (problem,) = result.problems
    assert problem.startswith("s1 is nobody's in the roster")


def test_path_decides_which_of_several_counts() -> None:
    works = [HandedIn(label="a1", ids={"canvas_id": "11"}), HandedIn(label="a2", ids={"email": "ada@b.edu"})]
    result = matched(*works, students=[replace(ADA, path="a2")])
    assert (whose(result), result.problems) == ({"ada": "a2", "a1": "a1"}, ())


@pytest.mark.parametrize("student", ["Ada Lovelace", "Lovelace, Ada", "ada lovelace"])
def test_column_student_may_hold_names(student: str) -> None:
    named = Student(student=student)
    for work in (HandedIn(label="w", name="lovelaceada", ids={"canvas_id": "11"}), HandedIn(label="Lovelace Ada")):
        assert whose(matched(work, students=[named, BOB])) == {student: work.label}
    two = [named, Student(student="al", name="Ada Lovelace")]
    assert whose(matched(HandedIn(label="w", name="lovelaceada"), students=two)) == {"al": "w"}


def test_accents_are_the_same_before_and_after_their_letters() -> None:
    composed, apart = (unicodedata.normalize(form, "Zoë Müller") for form in ("NFC", "NFD"))
    for ours, theirs in ((composed, apart), (apart, composed)):
        for student in (Student(student=ours), Student(student="z", path=ours), Student(student="z", login=ours)):
            assert whose(matched(HandedIn(label=theirs.lower()), students=[student])) == {
                student.student: theirs.lower()
            }
        first, second = HandedIn(label=theirs), HandedIn(label="w", ids={"login": "z"})
        result = matched(first, second, students=[Student(student="z", login="z", path=ours)])
        assert whose(result) == {"z": theirs, "w": "w"}
