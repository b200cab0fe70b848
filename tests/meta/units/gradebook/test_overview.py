"""What a class's results say together."""

from pathlib import Path

from grader.gradebook.overview import binned, overview
from grader.gradebook.standing import standings
from tests.meta.tools.books import graded_class, large_class, opened, standing_of


def test_what_needs_attention_comes_first_with_the_command_to_grade_it_again() -> None:
    view = overview([standing_of("a b", None), standing_of("ada", 4.0), standing_of("bo", 1.0)], Path("my grades"))
    assert [each.student for each in view.standings] == ["a b", "bo", "ada"]
    assert [(c.why, c.reason, c.command) for c in view.concerns] == [
        ("crashed", "it died", "gradebook regrade 'my grades' --student 'a b'")
    ]
    assert (view.scores, view.median, view.outcomes) == ((1.0, 4.0), 2.5, {"crashed": 1, "graded": 2})


def test_failures_are_grouped_by_check_and_likely_mistake(tmp_path: Path) -> None:
    files = {"ada.py": "score 0", "bob.py": "score 0", "cy.py": "score 4"}
    out, _ = graded_class(tmp_path, files)
    with opened(out) as (book, _):
        view = overview(standings(book), out)
    (group,) = view.failures
    assert (group.check, group.diagnosis, len(group.standings)) == ("test_double", "forgot the factor", 2)
    (question,) = view.questions
    assert (question.full, question.none, question.graded) == (1, 2, 3)


def test_provisional_and_forbidden_need_attention() -> None:
    view = overview(large_class(40), Path("g"))
    assert {c.why for c in view.concerns} >= {"provisional", "forbidden"}


def test_scores_are_counted_in_twentieths() -> None:
    assert binned([0, 100, 99, 4.9, 5], 100)[0] == 2
    assert binned([0, 100, 99, 4.9, 5], 100)[-1] == 2
    assert sum(binned([120, 50], 100)) == 2
    assert sum(binned([1], 0)) == 0
