"""Pages to send back."""

from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from grader.gradebook.changes import InstructorChange
from grader.gradebook.exports.feedback import pages, place, with_changes
from grader.gradebook.standing import Standing
from tests.meta.tools.books import standing_of


def of(layout: str, label: str, **files: str) -> Standing:
    found = standing_of("ada", 1.0)
    return replace(found, row=replace(found.row, layout=layout, label=label, files=files))


@pytest.mark.parametrize(
    ("standing", "wanted"),
    [
        (of("canvas", "ada_11", hw="x/ada_LATE_11_98765_hw3.py"), "ada_LATE_11_98765_feedback.html"),
        (of("canvas", "anon_x7", hw="LATE_anon_x7_98765_hw3.py"), "LATE_anon_x7_98765_feedback.html"),
        (of("canvas", "ada_11"), "ada_11/feedback.html"),
        (of("moodle", "Ada L_12_assignsubmission_file"), "Ada L_12_assignsubmission_file/feedback.html"),
        (of("gradescope", "submission_1"), "submission_1/ada-feedback.html"),
        (of("folders", ".."), "student/feedback.html"),
        (of("folders", "a/b\\c"), "a_b_c/feedback.html"),
    ],
)
def test_page_has_the_place_that_the_platform_takes_it_by(standing: Standing, wanted: str) -> None:
    assert place(standing) == PurePosixPath(wanted)


def test_who_handed_in_nothing_gets_no_page_and_who_crashed_the_reason() -> None:
    found = standing_of("ada", None)
    ((_, page),) = pages([found, replace(found, row=replace(found.row, label=""))], lambda each: "")
    assert "<h1>crashed</h1>" in page
    assert "<p>it died</p>" in page


def test_what_instructors_say_stands_above_the_page_and_is_escaped() -> None:
    change = InstructorChange(student="ada", question="double", points=3.0, text="<script>", who="me", at="now")
    found = standing_of("ada", 1.0)
    (question,) = found.questions
    found = replace(found, questions=(replace(question, change=change),), comments=(replace(change, text="a & b"),))
    page = with_changes("<html><body class=x>\n<h1>1</h1></body>", found)
    assert page.startswith(
        "<html><body class=x>\n<section><p>double: 3 of 4  (computed 1; set by me, now: &lt;script&gt;)"
    )
    assert "a &amp; b" in page
    assert with_changes("<body>x", standing_of("ada", 1.0)) == "<body>x"


def test_no_two_students_share_a_page() -> None:
    labels = ["bob", "bob.", "BOB", "bob..", "ada", "x/y", "x_y", "Eve", "eve"]
    found = [of("folders", label) for label in labels]
    made = [*pages(found, lambda each: f"<body>{each.row.label}</body>")]
    assert len({str(path).casefold() for path, _ in made}) == len(labels)
    assert [page for _, page in made] == [f"<body>{label}</body>" for label in labels]
    assert made[4][0] == PurePosixPath("ada/feedback.html")


def test_names_that_no_file_system_takes_are_cut_and_stay_apart() -> None:
    one, other = (place(of("folders", "\N{LATIN SMALL LETTER E WITH ACUTE}" * 200 + end)) for end in ("a", "b"))
    assert one != other
    assert all(len(part.encode()) <= 255 for part in (*one.parts, *other.parts))
