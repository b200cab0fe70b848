"""JUnit's XML: it fits the common schema and names each outcome."""

from typing import Any

import pytest
import xmlschema

from grader.report.formats import junit
from tests.meta.tools.repository import ROOT
from tests.meta.units.report.cards import CARD, FAILED, filled, hostile


@pytest.fixture(scope="module")
def junit_schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(ROOT / "tests" / "meta" / "fakes" / "junit.xsd")


@hostile
def test_junit_fits_the_common_schema(junit_schema: xmlschema.XMLSchema, text: str) -> None:
    junit_schema.validate(junit.render(filled(text)))


def test_junit_tells_points_and_outcomes(junit_schema: xmlschema.XMLSchema) -> None:
    told: Any = junit_schema.to_dict(junit.render(CARD))
    suite = told["testsuite"][0]
    counts = [told[f"@{name}"] for name in ("tests", "failures", "errors", "skipped")]
    assert counts == [4, 1, 1, 0]
    assert (suite["@name"], suite["@tests"], suite["@failures"], suite["@errors"]) == ("Linear", 2, 1, 0)
    right, wrong = suite["testcase"]
    assert {p["@name"]: p["@value"] for p in suite["properties"]["property"]} == {"points": "3", "max_points": "4.5"}
    assert {p["@name"]: p["@value"] for p in wrong["properties"]["property"]} == {"points": "0", "max_points": "1.5"}
    assert "failure" not in right
    assert (wrong["failure"]["@message"], wrong["failure"]["@type"]) == (FAILED.title, "failed")
    assert FAILED.message in wrong["failure"]["$"]
    assert (wrong["@classname"], wrong["@file"], wrong["@line"]) == ("hw3.Linear", "student.py", 12)


def test_junit_names_each_verdict(junit_schema: xmlschema.XMLSchema) -> None:
    told: Any = junit_schema.to_dict(junit.render(filled("x")))
    kinds = {
        case["@name"].removeprefix("test_"): next((k for k in ("failure", "error", "skipped") if k in case), "passed")
        for case in told["testsuite"][0]["testcase"]
    }
    assert kinds == {
        **{"passed": "passed", "failed": "failure", "forbidden": "failure", "blocked": "failure"},
        **{"timed_out": "error", "crashed": "error", "broken": "error", "not_graded": "skipped", "skipped": "skipped"},
    }
