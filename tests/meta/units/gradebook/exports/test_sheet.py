"""Cells are set, and every other byte stays."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.gradebook.exports.sheet import Sheet, column_of

CELLS = st.text(st.sampled_from("aä1,;.\"\n\t '=é"), max_size=5)


@given(
    rows=st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=5),
    end=st.sampled_from(["\n", "\r\n"]),
    bom=st.sampled_from(["", "\ufeff"]),
)
def test_sheet_reads_as_csv_does_and_gives_the_same_bytes(rows: list[list[str]], end: str, bom: str) -> None:
    file = io.StringIO()
    csv.writer(file, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(rows)
    raw = (bom + "h,h\n" + file.getvalue()).encode()
    sheet = Sheet.read(raw)
    if sheet.delimiter == ",":
        assert [[cell.value for cell in row] for row in sheet.rows[1:]] == rows
    assert sheet.with_cells({}) == raw


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_one_cell_is_set_and_nothing_else(end: str, last: str, bom: str) -> None:
    raw = f'{bom}a,"b, c",d{end}1,"x ""y""",3{end}{end}4,5{last}'.encode()
    sheet = Sheet.read(raw)
    assert sheet.with_cells({(1, 1): "7"}) == raw.replace(b'"x ""y"""', b"7")
    assert sheet.with_cells({(1, 1): '8,"'}) == raw.replace(b'"x ""y"""', b'"8,"""')
    assert sheet.with_cells({(2, 2): "6"}) == raw.replace(b"4,5", b"4,5,6")


def test_what_is_no_utf8_stays() -> None:
    raw = b"n;g\nM\xfcller;1\n"
    assert Sheet.read(raw).with_cells({(1, 1): "2"}) == b"n;g\nM\xfcller;2\n"


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("a;b\n1,5;2\n", True),
        ("a,b\n1.5,2\n", False),
        ("a;b\n1;2\n", True),
        ("a,b\n1,2\n", False),
        ("a;b\n1.5;2\n", False),
    ],
)
def test_decimal_sign_is_that_of_the_sheet(text: str, has: bool) -> None:
    assert Sheet.read(text.encode()).has_decimal_comma == has


def test_column_is_found_where_there_is_one() -> None:
    assert column_of([" Grade", "grade"], "Grade") == 0
    assert column_of(["Grade", "Grade"], "Grade") is None
    assert column_of(["GRADE", "x"], "Grade") == 0
