"""The scorecard as JSON, schema `grader/scorecard/v1`."""

from __future__ import annotations

import json
from typing import Any, Final

from grader.machine.package import PACKAGE
from grader.scorecard import CheckResult, QuestionResult, Scorecard

SCHEMA: Final = "grader/scorecard/v1"


def as_dict(scorecard: Scorecard) -> dict[str, Any]:
    """The scorecard as plain values. The same grading gives the same, but for the keys `duration_s` and `date`."""
    return {
        "schema": SCHEMA,
        "assignment": scorecard.assignment,
        "title": scorecard.title,
        "submission": scorecard.submission,
        "file": scorecard.file,
        "choice": scorecard.choice,
        "sha256": scorecard.sha256,
        "grader_version": scorecard.grader_version,
        "made_with": dict(scorecard.made_with),
        "date": scorecard.date,
        "seed": scorecard.seed,
        "effort": scorecard.effort,
        "isolation": scorecard.isolation,
        "score": round(scorecard.score, 6),
        "max_score": round(scorecard.max_score, 6),
        "provisional": scorecard.is_provisional,
        "duration_s": round(scorecard.duration_s, 3),
        "interrupted": scorecard.interrupted,
        "warnings": list(scorecard.warnings),
        "questions": [_question(question) for question in scorecard.questions],
    }


def _question(question: QuestionResult) -> dict[str, Any]:
    return {
        "name": question.name,
        "score": round(question.score, 6),
        "max_score": round(question.max_score, 6),
        "bonus": round(question.bonus, 6),
        "carried_forward": question.carried_forward,
        "checks": [_check(check) for check in question.checks],
    }


def _check(check: CheckResult) -> dict[str, Any]:
    return {
        "name": check.name,
        "title": check.title,
        "verdict": check.verdict.value,
        "score": check.score,
        "max_score": check.max_score,
        "message": check.message,
        "hint": check.hint,
        "snippet": check.snippet,
        "diagnosis": check.diagnosis,
        "carried_forward": list(check.carried_forward),
        "notes": list(check.notes),
        "measurements": {measurement.name: measurement.value for measurement in check.measurements},
        "line": check.line,
        "excerpt": _excerpt(check),
        "visibility": check.visibility,
        "bonus": check.is_bonus,
        "hidden": check.is_hidden,
        "examples": check.examples,
        "duration_s": round(check.duration_s, 3),
    }


def _excerpt(check: CheckResult) -> dict[str, Any]:
    if (excerpt := check.excerpt) is None:
        return {"place": "", "first": 0, "named": 0, "lines": []}
    return {
        "place": excerpt.place,
        "first": excerpt.first,
        "named": excerpt.named,
        "lines": list(excerpt.lines),
    }


def render(scorecard: Scorecard) -> str:
    """The text of the file."""
    return json.dumps(as_dict(scorecard), indent=2, ensure_ascii=True) + "\n"


def schema() -> str:
    """The JSON Schema that every scorecard fits."""
    return (PACKAGE / "report" / "scorecard.schema.json").read_text(encoding="utf-8")
