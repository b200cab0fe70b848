"""results.json for Gradescope: documented keys, plain text, and nothing of what is hidden."""

import json
from dataclasses import replace

import jsonschema

from grader.figures import Measurement
from grader.report.formats import gradescope
from grader.scorecard import QuestionResult
from tests.meta.fakes.gradescope import RESULTS
from tests.meta.units.report.cards import CARD, FAILED, PASSED, filled, hostile


@hostile
def test_gradescope_has_documented_keys_and_only_plain_text(text: str) -> None:
    results = json.loads(gradescope.render(filled(text)))
    jsonschema.validate(results, RESULTS)
    assert {results["output_format"], results["test_output_format"], results["test_name_format"]} == {"text"}
    assert {test["output_format"] for test in results["tests"]} == {"text"}
    assert {test["name_format"] for test in results["tests"]} == {"text"}


def test_gradescope_tells_points_names_and_what_is_hidden() -> None:
    results = json.loads(gradescope.render(CARD))
    assert (results["score"], results["execution_time"], results["stdout_visibility"]) == (6.0, 1, "hidden")
    assert [(t["number"], t["score"], t["max_score"], t["status"], t["visibility"]) for t in results["tests"]] == [
        ("1.1", 3.0, 3.0, "passed", "visible"),
        ("1.2", 0.0, 1.5, "failed", "visible"),
        ("2.1", 3.0, 3.0, "passed", "visible"),
        ("2.2", 0.0, 1.5, "failed", "hidden"),
    ]
    wrong = results["tests"][1]
    assert (wrong["name"], wrong["tags"]) == ("Linear: It is right too.", ["Linear"])
    for part in (FAILED.message, FAILED.diagnosis, FAILED.snippet):
        assert part in wrong["output"]
    assert results["leaderboard"] == [{"name": "error", "value": 0.02, "order": "asc"}]


def test_one_point_is_one_point() -> None:
    one, two = replace(PASSED, max_score=1.0), replace(PASSED, max_score=2.0)
    card = replace(CARD, questions=(QuestionResult(name="SGD", checks=(one, two)),))
    assert [test["output"] for test in gradescope.as_dict(card)["tests"]] == ["1 of 1 point", "2 of 2 points"]


def test_gradescope_leaderboard_does_not_tell_what_a_hidden_check_measured() -> None:
    secret = replace(PASSED, visibility="hidden", measurements=(Measurement(name="error", value=0.02),))
    card = replace(CARD, questions=(QuestionResult(name="SGD", checks=(secret,)),))
    assert json.loads(gradescope.render(card))["leaderboard"] == []
