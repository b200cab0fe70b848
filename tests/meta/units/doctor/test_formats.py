"""What the doctor says, in each form: all findings, and markup as text."""

from __future__ import annotations

import io
import json
from dataclasses import replace

from rich.console import Console

from grader.doctor import formats
from grader.doctor.cases import CaseStanding
from grader.doctor.examination import Examination
from grader.doctor.findings import CheckStanding, Finding, Kind

CLEAN = Examination(
    assignment="toys",
    title="Toys <1>",
    suite="toys 0123456789ab",
    looked_at={"questions": 1, "checks": 1, "variants": 0},
    checks=(CheckStanding(question="double", name="test_double", points=4, kills=7, alone=2, seconds=0.25),),
    findings=(),
    notes=("no variants of its own",),
)
DIFF = "@@ -2 +2 @@\n-    return x < y\n+    return x <= y"
SICK = Examination(
    assignment="toys",
    title="Toys",
    suite="toys 0123456789ab",
    looked_at={"checks": 1},
    checks=CLEAN.checks,
    findings=(
        Finding(kind=Kind.VACUOUS, subject="test_double", text="it passes where every part raises"),
        Finding(kind=Kind.SURVIVOR, subject="double | [a]", text="loses nothing", diff=DIFF, sees="test_double"),
    ),
)


def shown(examination: Examination) -> str:
    console = Console(file=io.StringIO(), width=120, no_color=True)
    formats.show(examination, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_table_has_each_check_and_the_verdict() -> None:
    text = shown(CLEAN)
    row = next(line for line in text.splitlines() if "test_double" in line)
    assert [cell.strip() for cell in row.split("│")[1:-1]] == ["double", "test_double", "4", "7", "2", "0.25", ""]
    assert "toys 0123456789ab: clean (1 questions, 1 checks)" in text
    assert "not complete: no variants of its own" in text


def test_cases_that_were_asked_for_are_told_with_what_they_lost() -> None:
    lost = {"test_double": "failed: double(1) is 1, expected 2"}
    wrong = CaseStanding(name="as-it-is", loses=("double",), train=False, lost=lost, problem="")
    right = CaseStanding(name="by-sum", loses=(), train=False, lost={}, problem="")
    text = shown(replace(CLEAN, checks=(), cases=(wrong, right)))
    assert "as-it-is\n  test_double failed: double(1) is 1, expected 2\nby-sum\n  loses nothing\n" in text
    assert "kills" not in text


def test_findings_are_told_with_diff_and_check() -> None:
    text = shown(SICK)
    assert "toys 0123456789ab: 2 findings" in text
    for said in (Kind.VACUOUS, Kind.SURVIVOR, "double | [a]", "+    return x <= y", "might see it: test_double"):
        assert said in text


def test_json_has_all_of_it() -> None:
    table = json.loads(formats.as_json(SICK))
    assert (table["schema"], table["clean"], table["suite"]) == (formats.SCHEMA, False, "toys 0123456789ab")
    assert table["findings"][1] == {
        "kind": "a made mutant survives",
        "subject": "double | [a]",
        "text": "loses nothing",
        "diff": DIFF,
        "sees": "test_double",
    }
    assert table["checks"][0]["alone"] == 2
    assert json.loads(formats.as_json(CLEAN))["clean"] is True


def test_page_has_all_of_it_and_markup_is_text() -> None:
    page = formats.as_html(SICK)
    assert "return x &lt;= y" in page
    assert page.count("<h2>") == 2
    assert "Toys &lt;1&gt;" in formats.as_html(CLEAN)
