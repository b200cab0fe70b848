"""All scores as CSV and JSON."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

from grader.gradebook.changes import InstructorChange
from grader.gradebook.exports.tables import as_csv, as_json, guarded
from grader.gradebook.standing import standings
from tests.meta.tools.books import graded_class, opened, standing_of


def test_tables_have_points_of_questions_and_checks_and_what_was_set(tmp_path: Path) -> None:
    out, _ = graded_class(tmp_path, {"ada.py": "score 3", "bob.py": "die"})
    with opened(out) as (book, _):
        book.changes.put(
            InstructorChange(student="ada", question="double", points=3.5, text="=why", who="me", at="now")
        )
        found = standings(book)
    ada, bob = csv.DictReader(io.StringIO(as_csv(found)))
    assert (ada["score"], ada["computed"], ada["double"], ada["double: test_double"]) == ("3.5", "3.0", "3.5", "3.0")
    assert ada["comments"] == "double set by me: =why"
    assert (bob["outcome"], bob["score"], bob["double"]) == ("crashed", "", "")
    first, second = json.loads(as_json(found))["students"]
    assert (first["score"], first["computed"], first["set"][0]["who"]) == (3.5, 3.0, "me")
    assert first["scorecard"]["questions"][0]["checks"][0]["name"] == "test_double"
    assert (second["score"], second["reason"][:9]) == (None, "its judge")


def test_names_are_no_formulas_and_ids_stay_as_they_are() -> None:
    (row,) = csv.DictReader(
        io.StringIO(as_csv([replace(standing_of("=1", 1.0, name="=cmd()", email="@a", section="@b", login="@c"))]))
    )
    assert (row["student"], row["name"], row["email"]) == ("'=1", "'=cmd()", "@a")  # a label may be a file's name
    assert (row["section"], row["login"]) == ("'@b", "'@c")
    assert guarded("a=1") == "a=1"
    assert guarded("\uff1d1") == "'\uff1d1"  # a full-width sign
