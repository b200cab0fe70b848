"""CSV: two lines without a formula, a column for each question."""

import csv
import io
import re
from dataclasses import replace

from grader.report.formats import csv as csv_report
from tests.meta.units.report.cards import CARD, filled, hostile


@hostile
def test_csv_is_two_lines_without_a_formula(text: str) -> None:
    rows = list(csv.reader(io.StringIO(csv_report.render(filled(text)))))
    assert len(rows) == 2
    assert len(rows[0]) == len(rows[1])
    cells = [cell for row in rows for cell in row]
    assert [cell for cell in cells if re.match(r"\s*[=+@\-\t\r\uff1d\uff0b\uff0d\uff20]", cell)] == []
    assert [cell for cell in cells if "\n" in cell] == []


def test_csv_has_a_column_for_each_question() -> None:
    (row,) = csv.DictReader(io.StringIO(csv_report.render(CARD)))
    assert (row["submission"], row["score"], row["max_score"]) == ("student.py", "6", "9")
    assert (row["Linear"], row["SGD"], row["state"]) == ("3", "3", "graded")


def test_csv_says_that_not_all_was_graded() -> None:
    (row,) = csv.DictReader(io.StringIO(csv_report.render(replace(CARD, interrupted="enough"))))
    assert row["state"] == "interrupted"
