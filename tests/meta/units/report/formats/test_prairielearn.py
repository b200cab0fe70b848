"""results.json for PrairieLearn: documented keys, and below its limit of a megabyte."""

import json
from dataclasses import replace

import jsonschema

from grader.report.formats import prairielearn
from grader.scorecard import QuestionResult
from tests.meta.fakes.gradescope import _object
from tests.meta.units.report.cards import CARD, FAILED, PROVISIONAL_CARD, filled, hostile

PRAIRIELEARN = _object(
    {
        "gradable": {"type": "boolean"},
        "score": {"type": "number", "minimum": 0, "maximum": 1},
        "message": {"type": "string"},
        "output": {"type": "string"},
        "tests": {
            "type": "array",
            "items": _object(
                {
                    **{key: {"type": "string"} for key in ("name", "description", "message", "output")},
                    **{key: {"type": "number"} for key in ("points", "max_points")},
                }
            ),
        },
    }
)


@hostile
def test_prairielearn_has_documented_keys(text: str) -> None:
    jsonschema.validate(json.loads(prairielearn.render(filled(text))), PRAIRIELEARN)


def test_prairielearn_tells_the_share_and_each_check() -> None:
    results = json.loads(prairielearn.render(CARD))
    assert (results["gradable"], results["score"]) == (True, round(6 / 9, 6))
    wrong = results["tests"][1]
    assert (wrong["name"], wrong["points"], wrong["max_points"]) == ("Linear: It is right too.", 0, 1.5)
    assert FAILED.message in wrong["message"]


def test_prairielearn_gets_no_score_that_is_provisional() -> None:
    results = prairielearn.as_dict(PROVISIONAL_CARD)
    assert (results["gradable"], results["tests"]) == (False, [])
    assert "score" not in results
    assert "the grader itself failed in test_broken" in results["message"]


def test_prairielearn_results_stay_below_one_megabyte() -> None:
    loud = replace(FAILED, message="\N{BLACK SQUARE}" * 2000, output="\N{BLACK SQUARE}" * 2000)
    card = replace(CARD, questions=(QuestionResult(name="Linear", checks=(loud,) * 100),))
    assert len(prairielearn.render(card).encode()) < 1_000_000
