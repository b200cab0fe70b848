"""Who handed in what, as each platform names it."""

from collections.abc import Mapping, Sequence

import pytest

from grader.errors import SubmissionUnreadable
from grader.gradebook.handed import ClassWork, HandedIn, Layout
from grader.gradebook.layouts import read_layout

METADATA = """---
submission_1:
  :submitters:
  - :name: Ada Lovelace
    :sid: '9001'
    :email: ada@b.edu
  - :name: Bob
    :email: bob@b.edu
  :score: 3.0
submission_2:
  :submitters:
  - :name: Cy
submission_9:
  :submitters:
  - :name: Di
"""


def read(*names: str) -> ClassWork:
    return read_layout(sorted(names), lambda name: METADATA)


def by_label(work: ClassWork) -> Mapping[str, HandedIn]:
    return {handed.label: handed for handed in work.handed}


@pytest.mark.parametrize("root", ["", "download/", "a/b/"])
def test_canvas_names_student_lateness_user_and_file(root: str) -> None:
    work = read(
        f"{root}lovelaceada_11_98765_hw3.ipynb",
        f"{root}turing_LATE_12_98766_my_hw_3.py",
        f"{root}müllerjörg_123x_13_98767_hw3.py",
    )
    assert (work.layout, work.problems) == (Layout.CANVAS, ())
    found = by_label(work)
    assert found["lovelaceada_11"].files == {"hw3.ipynb": f"{root}lovelaceada_11_98765_hw3.ipynb"}
    assert (found["turing_12"].is_late, found["lovelaceada_11"].is_late) == (True, False)
    assert found["turing_12"].ids == {"canvas_id": "12"}
    assert [*found["turing_12"].files] == ["my_hw_3.py"]
    assert found["müllerjörg_123x_13"].name == "müllerjörg_123x"


def test_canvas_files_of_one_user_are_one_submission() -> None:
    (handed,) = read("ada_11_1_model.py", "ada_11_2_hw3.py", "ada_11_3_part-1.py", "ada_11_4_part-2.py").handed
    assert [*handed.files] == ["hw3.py", "model.py", "part-1.py", "part-2.py"]
    assert handed.notes == ()


def test_canvas_file_that_was_handed_in_again_takes_the_place_of_the_first() -> None:
    (handed,) = read("ada_11_7_hw3-1.py", "ada_11_5_hw3.py", "ada_11_6_data.csv").handed
    assert handed.files == {"data.csv": "ada_11_6_data.csv", "hw3-1.py": "ada_11_7_hw3-1.py"}
    assert handed.notes == ("hw3.py does not count: hw3-1.py was handed in after it",)


def test_canvas_attachment_that_came_last_counts_where_two_have_one_name() -> None:
    (handed,) = read("ada_11_10_hw3.py", "ada_11_9_hw3.py").handed
    assert handed.files == {"hw3.py": "ada_11_10_hw3.py"}


def test_canvas_without_names() -> None:
    work = read("anon_x7Qz_98_hw3.py", "LATE_anon_Ab1_99_hw3.py")
    assert {h.label: (h.ids, h.name, h.is_late) for h in work.handed} == {
        "anon_x7Qz": ({"anonymous_id": "x7Qz"}, "", False),
        "anon_Ab1": ({"anonymous_id": "Ab1"}, "", True),
    }


def test_canvas_text_is_told_and_a_stray_file_costs_nobody_else() -> None:
    work = read("ada_11_1_hw3.py", "bob_12_text.html", "notes.txt", "index.html")
    found = by_label(work)
    assert "handed in as a text" in found["bob_12"].problem
    assert found["ada_11"].problem == ""
    (problem,) = work.problems
    assert problem.startswith("notes.txt is not named as Canvas")


@pytest.mark.parametrize("root", ["", "hw3 download/"])
def test_moodle_folders_files_blind_marking_and_text(root: str) -> None:
    work = read(
        f"{root}Ada Lovelace_12345_assignsubmission_file/hw3.py",
        f"{root}Ada Lovelace_12345_assignsubmission_file/src/model.py",
        f"{root}Bob_12346_assignsubmission_file_hw3.ipynb",
        f"{root}Participant_12347_assignsubmission_file_/hw3.py",
        f"{root}Di_12348_assignsubmission_onlinetext/onlinetext.html",
    )
    assert work.layout is Layout.MOODLE
    found = {h.ids["moodle_id"]: h for h in work.handed}
    assert [*found["12345"].files] == ["hw3.py", "src/model.py"]
    assert found["12346"].files == {"hw3.ipynb": f"{root}Bob_12346_assignsubmission_file_hw3.ipynb"}
    assert (found["12347"].name, [*found["12347"].files]) == ("", ["hw3.py"])
    assert "text on the page" in found["12348"].problem


def test_moodle_file_counts_beside_a_text_in_either_order() -> None:
    for kind in ("Zed", "Ada"):
        (handed,) = read(
            f"{kind}_1_assignsubmission_onlinetext/o.html", f"{kind}_1_assignsubmission_file/hw3.py"
        ).handed
        assert ([*handed.files], handed.problem) == (["hw3.py"], "")
        assert handed.label == f"{kind}_1_assignsubmission_file"


def test_brightspace_takes_the_latest_folder_and_says_so() -> None:
    work = read(
        "152711-351765 - John Doe - May 18, 2025 1224 PM/hw3.py",
        "152711-351765 - John Doe - May 9, 2025 1159 PM/hw3.py",
        "152712-351765 - Jo Day - May 18, 2025 924 AM/hw3.py",
    )
    assert work.layout is Layout.BRIGHTSPACE
    john, jo = sorted(work.handed, key=lambda h: h.name, reverse=True)
    assert [*john.files.values()] == ["152711-351765 - John Doe - May 18, 2025 1224 PM/hw3.py"]
    assert len(john.notes) == 1
    assert (jo.name, jo.notes) == ("Jo Day", ())


def test_brightspace_dates_that_cannot_be_compared_are_told_not_guessed() -> None:
    work = read(
        "1-2 - Jo - Mai 18, 2025 12:24 Uhr/hw3.py",
        "1-2 - Jo - Mai 19, 2025 12:24 Uhr/hw3.py",
    )
    (handed,) = work.handed
    assert "can't be read" in handed.problem
    assert handed.files == {}


def test_gradescope_gives_each_of_a_group_the_work_and_tells_what_is_missing() -> None:
    work = read(
        "x/submission_metadata.yml", "x/submission_1/hw3.py", "x/submission_2/a/hw3.py", "x/submission_3/hw3.py"
    )
    assert work.layout is Layout.GRADESCOPE
    found = {h.name or h.label: h for h in work.handed}
    assert found["Ada Lovelace"].ids == {"sis_id": "9001", "email": "ada@b.edu"}
    assert found["Ada Lovelace"].files == found["Bob"].files == {"hw3.py": "x/submission_1/hw3.py"}
    assert found["Cy"].files == {"a/hw3.py": "x/submission_2/a/hw3.py"}
    assert "which is not there" in found["Di"].problem
    assert found["submission_3"].files
    assert any("whose submission_3 is" in problem for problem in work.problems)


def test_folder_or_file_of_each_student() -> None:
    names = ["ada/hw3.py", "ada/src/m.py", "bob/hw3.ipynb", "cy.py", "di.zip", "readme.md", "roster.csv"]
    work = read(*names)
    assert work.layout is Layout.FOLDERS
    assert {h.label: [*h.files] for h in work.handed} == {
        "ada": ["hw3.py", "src/m.py"],
        "bob": ["hw3.ipynb"],
        "cy": ["cy.py"],
        "di": ["di.zip"],
    }
    assert by_label(work)["ada"].files["src/m.py"] == "ada/src/m.py"
    assert len(work.problems) == 1


def test_clones_have_the_login_after_the_assignment() -> None:
    work = read("hw-3-ada/hw3.py", "hw-3-bob-x/hw3.py")
    assert [h.ids for h in work.handed] == [{"login": "ada"}, {"login": "bob-x"}]


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (["ada/hw3.py"], ["ada"]),
        (["ada/hw3.py", "ada/src/x.py"], ["ada"]),
        (["x/ada/hw3.py", "x/bob/hw3.py"], ["ada", "bob"]),
        (["ada.py"], ["ada"]),
        (["x/Ada_1_assignsubmission_file/hw3.py"], ["Ada_1_assignsubmission_file"]),
        (["x/ada_1_2_hw3.py"], ["ada_1"]),
        ([], []),
    ],
)
def test_only_student_of_a_class_is_one(names: Sequence[str], labels: Sequence[str]) -> None:
    assert [h.label for h in read(*names).handed] == labels


@pytest.mark.parametrize("root", ["hw3/", "dl/hw3/"])
@pytest.mark.parametrize("more", [[], ["roster.csv"], ["di/hw3.py", "di/src/m.py"]])
def test_files_in_the_only_folder_are_students_and_that_is_told(root: str, more: Sequence[str]) -> None:
    text = {"ada.py": "import numpy\nimport bob, os\n", "bob.py": "", "cyd.ipynb": "{}"}  # one alone tells nothing
    names = sorted(root + name for name in (*text, *more))
    work = read_layout(names, lambda name: text[name.removeprefix(root)])
    assert [h.label for h in work.handed][:3] == ["ada", "bob", "cyd"]
    assert len(work.handed) == (4 if "di/hw3.py" in more else 3)
    assert work.handed[0].files == {"ada.py": f"{root}ada.py"}
    (note,) = work.notes
    assert note.startswith(f"{root} holds all, and each folder and file in it is taken for a student's")
    assert read_layout([name.removeprefix(root) for name in names], text.__getitem__).notes == ()


@pytest.mark.parametrize(
    "imports", ["import b\nfrom c import x", '{"cells": [{"source": ["from b import *\\n", "import c"]}]}']
)
def test_files_that_one_of_them_imports_are_one_students_and_that_is_told(imports: str) -> None:
    work = read_layout(["ada/a.ipynb", "ada/b.py", "ada/c.py"], lambda name: imports)
    (handed,) = work.handed
    assert (handed.label, [*handed.files]) == ("ada", ["a.ipynb", "b.py", "c.py"])
    assert work.notes == (
        "ada/ holds all, and is taken for one student's; if its folders and files are students', pass ada/ itself, "
        "unpacked",
    )
    work = read_layout(["hw3/ada.py", "hw3/bob.py", "hw3/cyd.py"], lambda name: "import bob")
    assert len(work.handed) == 3  # one student can't make a class one work


def test_file_that_cannot_be_read_imports_nothing() -> None:
    def broken(name: str) -> str:
        raise SubmissionUnreadable("too large")

    assert len(read_layout(["hw3/ada.py", "hw3/bob.py"], broken).handed) == 2


def test_readme_or_roster_beside_the_students_makes_them_not_one() -> None:
    assert [h.label for h in read("hw3/ada/hw3.py", "hw3/bob/hw3.py", "hw3/roster.csv").handed] == ["ada", "bob"]
    assert [h.label for h in read("ada/readme.md", "ada/src/hw3.py").handed] == ["ada"]
    (note,) = read("ada/hw3.py", "ada/src/x.py").notes
    assert "taken for one student's" in note


def test_archive_beside_a_file_of_the_same_name_is_told() -> None:
    (handed,) = read("ada.py", "ada.zip").handed
    assert "have one name" in handed.problem
    (handed,) = read("ada.py", "ada.ipynb").handed
    assert handed.problem == ""


def test_what_one_student_hands_in_makes_no_layout_for_the_others() -> None:
    work = read("ada/hw3.py", "bob/hw3.py", "mallory/submission_metadata.yml", "mallory/hw3.py")
    assert (work.layout, [*by_label(work)]) == (Layout.FOLDERS, ["ada", "bob", "mallory"])
    for odd in ("hw3_1_2_final.py", "Eve_12_assignsubmission_file/hw3.py", "1-2 - Eve - May 18, 2025 1224 PM/hw3.py"):
        work = read("ada/hw3.py", "bob/hw3.py", "cy.py", odd)
        assert work.layout == Layout.FOLDERS
        assert {"ada", "bob", "cy"} < {*by_label(work)}


def test_names_of_one_students_files_hide_no_others() -> None:
    eves = [f"eve_3_{n}_x_{n}_assignsubmission_file_{n}.py" for n in range(4)]
    work = read("ada_1_11_hw3.py", "bob_2_12_hw3.py", *eves)
    assert (work.layout, {*by_label(work)}) == (Layout.CANVAS, {"ada_1", "bob_2", "eve_3"})
    work = read("Bob_2_assignsubmission_file_hw3.py", "Eve_3_assignsubmission_file_x_2_assignsubmission_file_hw3.py")
    assert {handed.name: handed.ids["moodle_id"] for handed in work.handed} == {"Bob": "2", "Eve": "3"}


@pytest.mark.parametrize("place", ["", "eve/", "Eve_3_assignsubmission_file_/", "1-2 - Eve - May 18, 2025 1224 PM/"])
def test_metadata_of_a_student_who_handed_in_alone_is_the_students(place: str) -> None:
    assert read(f"{place}submission_metadata.yml", f"{place}hw3.py").layout != Layout.GRADESCOPE
    if place[:1] in ("E", "1"):
        assert read(f"{place}submission_metadata.yml", f"{place}submission_1/hw3.py").layout != Layout.GRADESCOPE


@pytest.mark.parametrize("root", ["", "export/", "a/b/"])
def test_metadata_stands_beside_all_else(root: str) -> None:
    work = read(f"{root}submission_metadata.yml", f"{root}submission_1/hw3.py")
    assert work.layout == Layout.GRADESCOPE
    assert [handed.name for handed in work.handed if handed.files] == ["Ada Lovelace", "Bob"]
    assert read(f"{root}submission_metadata.yml", f"{root}submission_1/hw3.py", "notes.txt").layout == work.layout
