"""PrairieLearn's results.json: the score as a share of 1, one test for each check."""

from __future__ import annotations

import json
from typing import Any, Final

from grader.report.text import clean, explained, provisional, worth
from grader.scorecard import CheckResult, Scorecard, Verdict

MAX_BYTES: Final = 1_000_000  # PrairieLearn refuses more than 1 MB


def as_dict(scorecard: Scorecard) -> dict[str, Any]:
    """The results as plain values. A provisional score is none: PrairieLearn is told so, and counts nothing."""
    if why := provisional(scorecard):
        return {"gradable": False, "message": why, "output": "", "tests": []}
    share = min(scorecard.score / scorecard.max_score, 1.0) if scorecard.max_score else 0.0  # it takes no more than 1
    return {
        "gradable": True,
        "score": round(share, 6),
        "message": clean(scorecard.interrupted and f"Not everything was graded: {scorecard.interrupted}"),
        "output": "\n".join(clean(line) for line in (scorecard.choice, *scorecard.warnings) if line),
        "tests": [_test(question.name, check) for question in scorecard.questions for check in question.checks],
    }


def _test(question: str, check: CheckResult) -> dict[str, Any]:
    is_lost = check.verdict is not Verdict.PASSED
    return {
        "name": f"{question}: {clean(check.title)}",
        "description": f"{check.name}, {worth(check)}",
        "points": round(check.score, 6),
        "max_points": round(check.max_score, 6),
        "message": explained(check) if is_lost else "",
        "output": clean(check.output.strip()) if is_lost else "",
    }


def render(scorecard: Scorecard) -> str:
    """The text of results.json; without what was printed where it would be too long."""
    results = as_dict(scorecard)
    text = json.dumps(results, indent=2, allow_nan=False)
    if len(text) > MAX_BYTES:
        tests = [{**test, "output": "", "message": clean(test["message"], most=500)} for test in results["tests"]]
        text = json.dumps({**results, "tests": tests}, indent=2, allow_nan=False)
    return text + "\n"
