"""A class is graded: nothing twice, nothing lost, whatever happens to the run."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from grader.errors import SettingsInvalid, SubmissionUnreadable
from grader.gradebook.changes import InstructorChange
from grader.gradebook.class_run import current, take_in
from grader.gradebook.context import Context
from grader.gradebook.roster import Roster, Student
from grader.gradebook.standing import standings
from grader.gradebook.supervisor import Graded
from grader.settings import Effort, Settings
from tests.meta.tools.books import Heard, graded_class, opened, toy_assignment

CLASS = {
    "ada_1_11_hw.py": "score 4",
    "bob_2_12_mine.py": "score 4",
    "cy_3_13_hw.py": "score 1",
    "di_4_14_hw.py": "die",
    "ed_5_15_hw.txt": "score 4",
    "fay_6_16_hw.py": "refuse",
}


def outcomes(out: Path) -> dict[str, tuple[str, float]]:
    with opened(out) as (book, _):
        return {each.student: (each.outcome, each.score) for each in standings(book)}


def test_each_has_an_outcome_and_identical_files_are_graded_once(tmp_path: Path) -> None:
    out, heard = graded_class(tmp_path, CLASS)
    assert outcomes(out) == {
        "ada_1": ("graded", 4.0),
        "bob_2": ("graded", 4.0),
        "cy_3": ("graded", 1.0),
        "di_4": ("crashed", 0.0),
        "ed_5": ("unreadable", 0.0),
        "fay_6": ("unreadable", 0.0),
    }
    assert ("graded", ("ada_1", "bob_2")) in heard.graded
    assert len(heard.graded) == 4


def test_what_is_graded_is_not_graded_again_and_what_is_new_is(tmp_path: Path) -> None:
    graded_class(tmp_path, CLASS)
    out, heard = graded_class(tmp_path, {"gil_7_17_hw.py": "score 2", "cy_3_18_hw.py": "score 3"})
    assert sorted(heard.graded) == [("graded", ("cy_3",)), ("graded", ("gil_7",))]
    assert outcomes(out)["cy_3"] == ("graded", 3.0)  # the attachment that came last


def test_roster_lists_who_handed_in_nothing_and_later_names_make_way(tmp_path: Path) -> None:
    graded_class(tmp_path, {"ada_1_11_hw.py": "score 4"})
    students = (Student(student="al", canvas_id="1"), Student(student="zoe", canvas_id="9"))
    out, heard = graded_class(tmp_path, {}, Roster(students=students))
    assert outcomes(out) == {"al": ("graded", 4.0), "zoe": ("missing", 0.0)}
    assert heard.graded == []


def test_changes_and_results_follow_who_is_known_by_another_name(tmp_path: Path) -> None:
    graded_class(tmp_path, {"ada_1_11_hw.py": "score 1"})
    with opened(tmp_path / "grades") as (book, _):
        change = InstructorChange(student="ada_1", question="double", points=3.0, text="typo", who="me", at="now")
        book.changes.put(change)
    out, heard = graded_class(tmp_path, {}, Roster(students=(Student(student="al", canvas_id="1"),)))
    assert outcomes(out) == {"al": ("graded", 3.0)}
    assert heard.graded == []


def test_who_has_another_name_for_a_folder_of_the_same_name_stays(tmp_path: Path) -> None:
    """Two sections, each with a folder `smith`."""
    one, two = (Roster(students=(Student(student=name, path="smith"),)) for name in ("jsmith1", "ksmith9"))
    graded_class(tmp_path, {"smith/hw.py": "score 4"}, one)
    out, _ = graded_class(tmp_path, {"smith/hw.py": "score 1"}, two)
    assert outcomes(out) == {"jsmith1": ("graded", 4.0), "ksmith9": ("graded", 1.0)}


def test_result_of_earlier_work_is_nobodys(tmp_path: Path) -> None:
    """The run that would have graded the new file was ended."""
    out, _ = graded_class(tmp_path, {"ada/hw.py": "score 1"})
    (tmp_path / "class/ada/hw.py").write_text("score 4")
    with opened(out) as (book, _):
        take_in(tmp_path / "class", None, toy_assignment(tmp_path), out, book, Heard())
    assert outcomes(out) == {"ada": ("waiting", 0.0)}
    (tmp_path / "class/ada/hw.py").write_text("score 1")
    out, heard = graded_class(tmp_path, {})
    assert (outcomes(out), heard.graded) == ({"ada": ("graded", 1.0)}, [])


def test_work_of_before_stays_where_a_later_download_lacks_it(tmp_path: Path) -> None:
    students = (Student(student="al", canvas_id="1"), Student(student="bo", canvas_id="2"))
    graded_class(tmp_path, {"ada_1_11_hw.py": "score 4"}, Roster(students=students))
    (tmp_path / "class/ada_1_11_hw.py").unlink()
    out, _ = graded_class(tmp_path, {"bo_2_12_hw.py": "score 2"}, Roster(students=students))
    assert outcomes(out) == {"al": ("graded", 4.0), "bo": ("graded", 2.0)}


def test_reading_of_an_only_folder_is_told(tmp_path: Path) -> None:
    out, heard = graded_class(tmp_path, {"hw3/ada.py": "score 4", "hw3/bob.py": "score 1"})
    assert outcomes(out) == {"ada": ("graded", 4.0), "bob": ("graded", 1.0)}
    (told,) = heard.problems
    assert told.startswith("hw3/ holds all")


def test_empty_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "class").mkdir()
    with pytest.raises(SubmissionUnreadable, match="holds no submission"):
        graded_class(tmp_path, {})


def test_everybody_sits_one_exam_which_stays(tmp_path: Path) -> None:
    assignment = toy_assignment(tmp_path)
    with opened(tmp_path / "grades") as (book, _):
        first = current(book, assignment, Settings(), "", None)
        assert first.context.seed > 0
        assert current(book, assignment, Settings(), "", None) == first
        book.put_result(first, Graded(key="a", outcome="graded"), ["ada"])
        with pytest.raises(SettingsInvalid, match=r"seed .* gradebook regrade"):
            current(book, assignment, Settings(), "", first.context.seed + 1)
        with pytest.raises(SettingsInvalid, match="effort standard, now quick"):
            current(book, assignment, Settings(effort=Effort.QUICK), "", None)


def test_other_suite_is_another_exam(tmp_path: Path) -> None:
    assignment = toy_assignment(tmp_path)
    with opened(tmp_path / "grades") as (book, _):
        first = current(book, assignment, Settings(), "", 1)
        (assignment.folder / "test_toy.py").write_text("# other")
        mended = current(book, assignment, Settings(), "", None)  # nothing was graded: the suite could not be run
        assert (mended.id > first.id, mended.context.seed) == (True, 1)
        assert mended.context.suite != first.context.suite
        book.put_result(mended, Graded(key="a", outcome="graded"), ["ada"])
        (assignment.folder / "test_toy.py").write_text("# yet another")
        with pytest.raises(SettingsInvalid, match=r"suite toy .* gradebook regrade"):
            current(book, assignment, Settings(), "", 1)


RUN = """
import sys
from pathlib import Path
from tests.meta.tools.books import graded_class
graded_class(Path(sys.argv[1]), {})
"""


def test_run_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    """SIGKILL after each few results: in the end there is what an undisturbed run gives, each file graded once."""
    files = {f"s{i:02}_{i}_{i}_hw.py": f"slow {i % 5}.{i:02}" for i in range(30)}
    (tmp_path / "whole").mkdir()
    (tmp_path / "killed").mkdir()
    whole, _ = graded_class(tmp_path / "whole", files)
    for name, text in files.items():
        (tmp_path / "killed/class" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "killed/class" / name).write_text(text)
    out = tmp_path / "killed/grades"
    for results in (1, 8, 15, 22):
        kill_after(results, tmp_path / "killed", out)
    graded_class(tmp_path / "killed", {})
    assert comparable(out) == comparable(whole)
    counts = [path.stat().st_size for path in out.glob("works/*/count")]
    assert len(counts) == 30
    assert sum(counts) <= 30 + 4 * 2  # two judges had one each when a run was killed


def kill_after(results: int, parent: Path, out: Path) -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, str(parent)], cwd=Path(__file__).parents[4], start_new_session=True
    )
    while run.poll() is None and len([*out.glob("works/*/count")]) < results:
        pass
    os.kill(run.pid, signal.SIGKILL)
    run.wait()


def comparable(out: Path) -> str:
    with opened(out) as (book, _):
        run = book.accepted()
        assert run is not None
        found = [
            (each.student, each.outcome, each.reason, each.card, each.result and book.page(each.result))
            for each in standings(book)
        ]
        own = Context.from_json(run.context.as_json())
        return json.dumps([found, own.seed, own.suite])


def test_later_work_that_cannot_be_graded_takes_the_place_of_the_first(tmp_path: Path) -> None:
    graded_class(tmp_path, {"ada/hw.py": "score 4", "bob/hw.py": "score 2"})
    (tmp_path / "class/ada/hw.py").unlink()
    out, heard = graded_class(tmp_path, {"ada/hw.docx": "score 4"})
    assert outcomes(out) == {"ada": ("unreadable", 0.0), "bob": ("graded", 2.0)}
    assert heard.problems == ["ada: ada holds no .py, .ipynb or .zip file; have the code handed in"]
