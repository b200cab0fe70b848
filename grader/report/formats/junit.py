"""JUnit XML: a suite for each question, a case for each check, points as properties."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

from grader.report.text import clean, explained, points
from grader.scorecard import CheckResult, QuestionResult, Scorecard, Verdict

_ELEMENTS = {
    Verdict.FAILED: "failure",
    Verdict.FORBIDDEN: "failure",
    Verdict.BLOCKED: "failure",  # not "skipped": what is not written yet must not look green
    Verdict.TIMED_OUT: "error",
    Verdict.CRASHED: "error",
    Verdict.BROKEN: "error",
    Verdict.NOT_GRADED: "skipped",
    Verdict.SKIPPED: "skipped",
}


def render(scorecard: Scorecard) -> str:
    """The text of the file."""
    checks = scorecard.checks
    root = Xml.Element("testsuites", {"name": clean(scorecard.title or scorecard.assignment), **_counts(checks)})
    root.set("time", f"{scorecard.duration_s:.3f}")
    if scorecard.is_provisional:
        root.set("name", f"{root.get('name')} (provisional)")
    for question in scorecard.questions:
        suite = Xml.SubElement(root, "testsuite", {"name": question.name, **_counts(question.checks)})
        suite.set("time", f"{sum(check.duration_s for check in question.checks):.3f}")
        _properties(suite, question)
        for check in question.checks:
            _case(suite, scorecard, question, check)
    Xml.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{Xml.tostring(root, encoding="unicode")}\n'


def _counts(checks: tuple[CheckResult, ...]) -> dict[str, str]:
    kinds = [_ELEMENTS.get(check.verdict) for check in checks]
    return {
        "tests": str(len(checks)),
        "failures": str(kinds.count("failure")),
        "errors": str(kinds.count("error")),
        "skipped": str(kinds.count("skipped")),
    }


def _properties(parent: Xml.Element, scored: QuestionResult | CheckResult) -> None:
    properties = Xml.SubElement(parent, "properties")
    for name, value in (("points", scored.score), ("max_points", scored.max_score)):
        Xml.SubElement(properties, "property", name=name, value=points(value))
    if isinstance(scored, QuestionResult) and scored.is_provisional:
        Xml.SubElement(properties, "property", name="provisional", value="true")


def _case(suite: Xml.Element, scorecard: Scorecard, question: QuestionResult, check: CheckResult) -> None:
    case = Xml.SubElement(
        suite,
        "testcase",
        name=check.name,
        classname=f"{scorecard.assignment}.{question.name}",
        time=f"{check.duration_s:.3f}",
        file=clean(scorecard.submission),
    )
    if check.line:
        case.set("line", str(check.line))
    _properties(case, check)
    if check.verdict is not Verdict.PASSED:
        told = Xml.SubElement(case, _ELEMENTS[check.verdict], message=clean(check.title))
        if check.verdict not in (Verdict.NOT_GRADED, Verdict.SKIPPED):
            told.set("type", str(check.verdict))
        told.text = explained(check)
    if check.output.strip():
        Xml.SubElement(case, "system-out").text = clean(check.output, most=4000)
