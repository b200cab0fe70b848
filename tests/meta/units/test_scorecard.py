"""Points are a pure fold over frozen records."""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.scorecard import CheckEnded, CheckResult, Scorecard, Verdict, by_question, worst_of


def result(name: str, verdict: Verdict = Verdict.PASSED, points: float = 2.0) -> CheckResult:
    return CheckResult(name=name, title=name, verdict=verdict, max_score=points)


def scorecard(*results: tuple[str, CheckResult], order: tuple[str, ...]) -> Scorecard:
    return Scorecard(
        assignment="hw3",
        submission="hw3.py",
        sha256="",
        grader_version="0",
        seed=0,
        effort="standard",
        isolation="",
        questions=by_question(results, order),
    )


@pytest.mark.parametrize("verdict", Verdict)
def test_only_a_passed_check_earns_its_points(verdict: Verdict) -> None:
    assert result("a", verdict, 4.0).score == (4.0 if verdict is Verdict.PASSED else 0.0)


def test_verdicts_are_those_of_the_design_from_the_best_to_the_worst() -> None:
    words = ["skipped", "passed", "not_graded", "blocked", "failed", "timed_out", "crashed", "forbidden", "broken"]
    assert [str(verdict) for verdict in Verdict] == words


def test_results_are_grouped_in_the_order_of_the_homework() -> None:
    found = by_question([("B", result("b1")), ("A", result("a1")), ("B", result("b2"))], ["A", "B", "C"])
    assert [(q.name, [c.name for c in q.checks]) for q in found] == [("A", ["a1"]), ("B", ["b1", "b2"]), ("C", [])]


def test_result_of_an_unknown_question_is_an_error() -> None:
    with pytest.raises(KeyError):
        by_question([("X", result("x"))], ["A"])


@settings(max_examples=100, derandomize=True, database=None, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(Verdict), st.integers(0, 20)), max_size=12))
def test_score_is_the_sum_of_what_passed(drawn: list[tuple[str, Verdict, int]]) -> None:
    card = scorecard(*((q, result(str(i), v, p)) for i, (q, v, p) in enumerate(drawn)), order=("A", "B", "C"))
    assert card.score == sum(p for _, v, p in drawn if v is Verdict.PASSED)
    assert card.max_score == sum(p for _, v, p in drawn if v not in (Verdict.BROKEN, Verdict.SKIPPED))
    assert 0 <= card.score <= card.max_score
    assert len(card.checks) == len(drawn)
    assert card.is_provisional == any(v is Verdict.BROKEN for _, v, _ in drawn)


@pytest.mark.parametrize("verdicts", [*itertools.permutations([Verdict.PASSED, Verdict.TIMED_OUT, Verdict.BROKEN])])
def test_check_is_worth_the_worst_of_its_items_in_whatever_order(verdicts: tuple[Verdict, ...]) -> None:
    items = [replace(result("a", verdict), examples=3, notes=("mind this",), message=verdict) for verdict in verdicts]
    worst = worst_of(items)
    assert (worst.verdict, worst.message, worst.examples, worst.notes) == (Verdict.BROKEN, "broken", 9, ("mind this",))
    without_ours = worst_of([item for item in items if not item.is_broken])
    assert (without_ours.verdict, without_ours.score, without_ours.max_score) == (Verdict.TIMED_OUT, 0.0, 2.0)


def test_item_that_passes_with_a_right_part_marks_its_check() -> None:
    items = [result("a"), replace(result("a"), carried_forward=("b",))]
    assert worst_of(items).carried_forward == ("b",)
    assert worst_of(items[:1]) == items[0]


def test_checks_of_a_scorecard_stand_in_the_order_of_its_questions() -> None:
    card = scorecard(("B", result("b")), ("A", result("a")), order=("A", "B"))
    assert [check.name for check in card.checks] == ["a", "b"]


@pytest.mark.parametrize("record", [result("a"), scorecard(order=())], ids=["check", "scorecard"])
def test_records_are_frozen(record: CheckResult | Scorecard) -> None:
    with pytest.raises((dataclasses.FrozenInstanceError, AttributeError)):
        setattr(record, dataclasses.fields(record)[0].name, "other")


def test_ended_check_is_no_exception_that_hypothesis_would_shrink() -> None:
    ended = CheckEnded(Verdict.TIMED_OUT, "no answer")
    assert not isinstance(ended, Exception)
    assert (ended.verdict, ended.message, str(ended)) == (Verdict.TIMED_OUT, "no answer", "no answer")
