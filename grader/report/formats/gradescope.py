"""Gradescope's results.json: one test for each check, errors of trained models on the leaderboard."""

from __future__ import annotations

import json
from typing import Any

from grader.report.text import clean, explained, listed, points, provisional, worth
from grader.scorecard import CheckResult, QuestionResult, Scorecard, Verdict


def as_dict(scorecard: Scorecard) -> dict[str, Any]:
    """The results as plain values."""
    return {
        "score": round(scorecard.score, 6),
        "execution_time": round(scorecard.duration_s),
        "output": "\n".join(_summary(scorecard)),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "stdout_visibility": "hidden",  # it says the same, and of hidden checks more
        "tests": [
            _test(scorecard, f"{i}.{k}", question, check)
            for i, question in enumerate(scorecard.questions, start=1)
            for k, check in enumerate(question.checks, start=1)
        ],
        "leaderboard": [
            {"name": measurement.name, "value": measurement.value, "order": "asc"}
            for check in scorecard.checks
            if check.visibility == "visible"
            for measurement in check.measurements
        ],
        "extra_data": {
            "assignment": scorecard.assignment,
            "sha256": scorecard.sha256,
            "seed": scorecard.seed,
            "effort": scorecard.effort,
            "grader_version": scorecard.grader_version,
            "made_with": dict(scorecard.made_with),
            "date": scorecard.date,
            "isolation": scorecard.isolation,
        },
    }


def _summary(scorecard: Scorecard) -> list[str]:
    lines = [clean(scorecard.title or scorecard.assignment)]
    if why := provisional(scorecard):  # not for Gradescope, which gets none (see grader.report.outputs)
        lines.append(why)
    if scorecard.interrupted:
        lines.append(f"Not everything was graded: {clean(scorecard.interrupted)}.")
    if scorecard.choice:
        lines.append(f"{clean(scorecard.choice)}.")
    if scorecard.warnings:
        lines += ["While your file was executed:", *(clean(warning) for warning in scorecard.warnings)]
    return lines


def _test(scorecard: Scorecard, number: str, question: QuestionResult, check: CheckResult) -> dict[str, Any]:
    return {
        "score": round(check.score, 6),
        "max_score": 0.0 if check.is_bonus else round(check.max_score, 6),  # Gradescope adds what is earned above it
        "status": "passed" if check.verdict is Verdict.PASSED else "failed",
        "name": f"{question.name}{' (bonus)' if check.is_bonus else ''}: {clean(check.title)}",
        "name_format": "text",
        "number": number,
        "output": "\n".join(_output(check)),
        "output_format": "text",
        "tags": [question.name],
        "visibility": check.visibility,
        "extra_data": {"check": check.name, "verdict": str(check.verdict)},
    }


def _output(check: CheckResult) -> list[str]:
    lines = [explained(check)] if check.verdict is not Verdict.PASSED else []
    if check.carried_forward:
        lines.append(f"Passes with a right {listed(check.carried_forward)} in place of yours.")
    lines += [f"Noted, without loss of points: {clean(note)}" for note in check.notes]
    return lines or [f"{points(check.score)} of {worth(check)}"]


def render(scorecard: Scorecard) -> str:
    """The text of results.json."""
    return json.dumps(as_dict(scorecard), indent=2, ensure_ascii=True, allow_nan=False) + "\n"
