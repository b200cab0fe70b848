"""Rosters, as we ourselves and each platform write them."""

import pytest

from grader.errors import SettingsInvalid
from grader.gradebook.roster import Student, name_forms, read_roster

CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,H2 (154),Homework Current Score
,,,,,Manual Posting,
    Points Possible,,,,,10.00,(read only)
"Lovelace, Ada",11,9001,adl1@psu.edu,MATH 140,2.5,80
"Student, Test",14,,,MATH 140,0,0
"""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "student,name,email,canvas_id,sis_id,login,section,path\nada,A,a@b.c,11,9,al,A,a\n",
            Student(
                student="ada",
                name="A",
                email="a@b.c",
                canvas_id="11",
                sis_id="9",
                login="al",
                section="A",
                path="a",
            ),
        ),
        (
            CANVAS,
            Student(
                student="adl1@psu.edu",
                name="Lovelace, Ada",
                canvas_id="11",
                sis_id="9001",
                login="adl1@psu.edu",
                section="MATH 140",
            ),
        ),
        (
            CANVAS.replace(",", ";")
            .replace('"Lovelace; Ada"', '"Lovelace, Ada"')
            .replace("Student; Test", "Student, Test"),
            None,
        ),
        (
            "Identifier,Full name,Email address,Status,Grade\nParticipant 12345,Ada L,ada@x.es,Submitted,\n",
            Student(student="ada@x.es", name="Ada L", email="ada@x.es", moodle_id="12345"),
        ),
        (
            "OrgDefinedId,Username,Lab Points Grade,End-of-Line Indicator\n#400,#doej,75.00,#\n",
            Student(student="doej", sis_id="400", login="doej"),
        ),
        (
            "First Name,Last Name,SID,Email,Sections,Total Score\nAda,Lovelace,9001,a@b.edu,S1,3\n",
            Student(student="a@b.edu", name="Ada Lovelace", sis_id="9001", email="a@b.edu", section="S1"),
        ),
        (
            "username,first_name,last_name,email,section,github_id,role\nadal,Ada,L,a@b.c,S,77,student\n",
            Student(student="adal", login="adal", name="Ada L", email="a@b.c", section="S"),
        ),
        (
            "Student,Student ID,Email\nAda Lovelace,9001,a@b.c\n",
            Student(student="Ada Lovelace", sis_id="9001", email="a@b.c"),
        ),
        (
            "Student,Student ID,SIS User ID\nAda Lovelace,7,9001\n",
            Student(student="Ada Lovelace", sis_id="9001"),
        ),
        (
            "assignment_name,github_username,roster_identifier,student_repository_name\nhw3,adal,9001,hw3-adal\n",
            Student(student="adal", login="adal", sis_id="9001", path="hw3-adal"),
        ),
    ],
)
def test_each_platform_gives_students(text: str, wanted: Student | None) -> None:
    for bom in ("", "\ufeff"):
        roster = read_roster((bom + text).encode(), "r.csv")
        assert roster.problems == ()
        assert len(roster.students) == 1
        assert wanted in (None, roster.students[0])


def test_rows_that_name_nobody_or_two_are_told_and_left_out() -> None:
    roster = read_roster(b"student,name,section\nada,A,1\n,,2\nbob,B,1\nbob,B2,1\n\n", "r.csv")
    assert [student.student for student in roster.students] == ["ada"]
    assert [problem.split(";")[0] for problem in roster.problems] == [
        "r.csv: row 3 names nobody and is left out",
        "r.csv: 2 rows are of 'bob', and all are left out",
    ]


@pytest.mark.parametrize("raw", [b"", b"a,b\n1,2\n", b"section\nA\n", b"na\xffme\nx\n"])
def test_what_is_no_roster_is_refused(raw: bytes) -> None:
    with pytest.raises(SettingsInvalid, match=r"r\.csv"):
        read_roster(raw, "r.csv")


def test_names_are_the_same_in_either_order_and_as_canvas_squashes_them() -> None:
    assert name_forms("Lovelace, Ada") & name_forms("Ada Lovelace") & name_forms("lovelaceada")
    assert name_forms("Müller-Lüdenscheidt, Jörg") & name_forms("müllerlüdenscheidtjörg")
    assert not name_forms("") | name_forms("-")
