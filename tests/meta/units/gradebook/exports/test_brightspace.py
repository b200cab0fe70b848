"""Brightspace's grades."""

import pytest

from grader.errors import SettingsInvalid
from grader.gradebook.exports import brightspace
from grader.gradebook.exports.filling import fill
from grader.gradebook.exports.sheet import Sheet
from grader.gradebook.standing import Standing
from tests.meta.tools.books import standing_of

TEXT = "OrgDefinedId,Username,Lab Points Grade,End-of-Line Indicator\n#400,#doej,1.00,#\n#401,#roe,,#\n"


def test_scores_are_filled_by_id_or_login() -> None:
    sheet = Sheet.read(TEXT.encode())
    students = [standing_of("doe", 2.5, sis_id="400"), standing_of("roe", 3.0, login="ROE")]
    result = fill(sheet, brightspace.plan(sheet, "Lab"), students, scales=False)
    assert result.data.decode() == TEXT.replace("1.00", "2.5").replace("#roe,,", "#roe,3,")


@pytest.mark.parametrize(
    ("text", "wanted"), [("a,b\n", ""), (TEXT, "Exam"), (TEXT.replace("Username", "X Points Grade"), "")]
)
def test_what_cannot_be_filled_is_told(text: str, wanted: str) -> None:
    with pytest.raises(SettingsInvalid):
        brightspace.plan(Sheet.read(text.encode()), wanted)


@pytest.mark.parametrize(
    "student", [standing_of("doe", 2.5, name="Jane Doe"), standing_of("doe", 2.5, email="jd@x.es")]
)
def test_names_and_addresses_serve_where_no_key_does(student: Standing) -> None:
    text = "OrgDefinedId,Last Name,First Name,Email,Lab Points Grade,End-of-Line Indicator\n#4,Doe,Jane,jd@x.es,,#\n"
    sheet = Sheet.read(text.encode())
    result = fill(sheet, brightspace.plan(sheet, ""), [student], scales=False)
    assert result.data.decode() == text.replace("es,,", "es,2.5,")


@pytest.mark.parametrize(
    "maximum", ["<Numeric MaxPoints:10>", "<numeric maxpoints:10.0 Weight:5>", "<Numeric MaxPoints:10,00>"]
)
def test_maximum_stands_in_the_header(maximum: str) -> None:
    text = TEXT.replace("Lab Points Grade", f'"Lab Points Grade {maximum}"')
    sheet = Sheet.read(text.encode())
    students = [standing_of("doe", 2.5, sis_id="400")]
    with pytest.raises(SettingsInvalid, match=r"10 points .* 4; pass --scale"):
        fill(sheet, brightspace.plan(sheet, "Lab"), students, scales=False)
    result = fill(sheet, brightspace.plan(sheet, "Lab"), students, scales=True)
    assert result.data.decode() == text.replace("1.00", "6.25")
