"""The scorecard as JSON: the documented keys, as the published schema has them, and nothing lost."""

import json
import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from grader.report import files
from grader.report.formats import json as json_report
from grader.scorecard import Excerpt
from tests.meta.tools.repository import ROOT
from tests.meta.units.report.cards import (
    CARD,
    PASSED,
    PLAIN_CARD,
    PLAIN_FAILED,
    PROVISIONAL_CARD,
    filled,
    hostile,
    with_checks,
)


@hostile
def test_json_fits_the_published_schema_and_loses_nothing(text: str) -> None:
    schema = json.loads(json_report.schema())
    card = json.loads(json_report.render(filled(text)))
    jsonschema.Draft202012Validator(schema).validate(card)
    assert card["questions"][0]["checks"][1]["message"] == text


def test_schema_is_valid_and_names_every_key() -> None:
    schema = json.loads(json_report.schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    card = json_report.as_dict(CARD)
    question, check = schema["$defs"]["question"], schema["$defs"]["check"]
    for described, written in (
        (schema, card), (question, card["questions"][0]), (check, card["questions"][0]["checks"][0])
    ):  # fmt: skip
        assert list(described["properties"]) == described["required"] == list(written)
        assert all("description" in value for value in described["properties"].values())


def test_every_key_is_documented_as_the_schema_has_it() -> None:
    schema = json.loads(json_report.schema())
    text = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    excerpt = schema["$defs"]["check"]["properties"]["excerpt"]
    for described in (schema, schema["$defs"]["question"], schema["$defs"]["check"], excerpt):
        for key, value in described["properties"].items():
            assert re.search(rf"^\| `{key}` \| .* \| {re.escape(value['description'])} \|$", text, re.MULTILINE), key


def test_schema_refuses_what_is_no_scorecard() -> None:
    schema = json.loads(json_report.schema())
    for key, value in (("score", "6"), ("schema", "grader/scorecard/v2"), ("sha256", "x"), ("effort", "immense")):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**json_report.as_dict(CARD), key: value}, schema)


def test_scorecard_has_the_documented_keys() -> None:
    card = json_report.as_dict(PLAIN_CARD)
    assert card["schema"] == "grader/scorecard/v1"
    assert set(card) == {
        *("schema", "assignment", "title", "submission", "file", "choice", "sha256", "grader_version"),
        *("made_with", "date", "seed", "effort", "isolation", "score", "max_score", "provisional", "duration_s"),
        *("interrupted", "warnings", "questions"),
    }
    assert set(card["questions"][0]) == {"name", "score", "max_score", "bonus", "carried_forward", "checks"}
    assert set(card["questions"][0]["checks"][0]) == {
        *("name", "title", "verdict", "score", "max_score", "message", "hint", "snippet", "diagnosis"),
        *("carried_forward", "notes", "measurements", "line", "excerpt", "visibility", "bonus", "hidden"),
        *("examples", "duration_s"),
    }


def test_scorecard_holds_the_points() -> None:
    card = json_report.as_dict(PLAIN_CARD)
    assert (card["score"], card["max_score"]) == (6.0, 7.5)
    assert [(q["name"], q["score"], q["max_score"]) for q in card["questions"]] == [
        ("Linear", 3.0, 4.5),
        ("SGD", 3.0, 3.0),
    ]
    assert [check["verdict"] for check in card["questions"][0]["checks"]] == ["passed", "failed"]


def test_lines_of_the_submission_are_in_the_scorecard() -> None:
    excerpt = Excerpt(place="hw.ipynb, cell 2", first=1, named=2, lines=("def f():", "    return 1"))
    told = json_report.as_dict(with_checks(replace(PLAIN_FAILED, excerpt=excerpt), PLAIN_FAILED))
    shown, none = (check["excerpt"] for check in told["questions"][0]["checks"])
    lines = ["def f():", "    return 1"]
    assert shown == {"place": "hw.ipynb, cell 2", "first": 1, "named": 2, "lines": lines}
    assert none == {"place": "", "first": 0, "named": 0, "lines": []}


def test_points_of_a_broken_check_count_nowhere() -> None:
    card = json_report.as_dict(PROVISIONAL_CARD)
    assert (card["provisional"], card["score"], card["max_score"]) == (True, 3.0, 3.0)
    assert [check["max_score"] for check in card["questions"][0]["checks"]] == [3.0, 1.5]
    assert json_report.as_dict(PLAIN_CARD)["provisional"] is False


def test_carried_forward_and_notes_are_in_the_scorecard() -> None:
    card = json_report.as_dict(with_checks(replace(PASSED, carried_forward=("Linear",), notes=("mind this",))))
    (question,) = card["questions"]
    assert question["carried_forward"] is True
    assert question["checks"][0]["carried_forward"] == ["Linear"]
    assert question["checks"][0]["notes"] == ["mind this"]


def test_hostile_text_survives_json_as_plain_ascii(tmp_path: Path) -> None:
    hostile = 'x\x1b[2J\u202e\ud800"\\\n\0</script>'
    files.write(json_report.render(with_checks(replace(PLAIN_FAILED, message=hostile))), str(tmp_path / "card.json"))
    text = (tmp_path / "card.json").read_text()
    assert text.isascii()
    assert "\x1b" not in text
    assert json.loads(text)["questions"][0]["checks"][0]["message"] == hostile
