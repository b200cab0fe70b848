"""Answers of a silent run: what has passed is not looked at again, and nothing else passes for it."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from grader.boundary.messages import Sighting
from grader.figures import Curves, Measurement
from grader.judge import answers
from grader.judge.exam import PaperPart
from grader.judge.queue import MAX_BATCH
from grader.scorecard import Untold
from grader.suite import expect, value
from grader.suite.ask import is_instance
from grader.suite.deferred import deferrable
from grader.suite.handles import RemoteSubmission
from tests.meta.fakes.papers import OTHERWISE, RIGHT, WRONG, Check, asked, doubles, kept
from tests.meta.fakes.worker import LocalWorker, silent


def digests_of(part: PaperPart) -> set[bytes]:
    """What is known of its answers."""
    assert part.known
    return part.known.digests


def counting(looks: list[int]) -> Check:
    """A check that counts its looks."""

    def check(submission: RemoteSubmission, i: int) -> None:
        def look(doubled: torch.Tensor) -> None:
            looks.append(i)
            expect.equal(doubled, torch.full((2,), 2.0 * i))

        expect.holds(look, value(submission.double(torch.full((2,), float(i)))))

    return check


def test_answer_that_has_passed_passes_again_without_a_look() -> None:
    looks = list[int]()
    paper = kept(counting(looks))
    looks.clear()
    for source in (RIGHT, RIGHT, OTHERWISE):  # other code, the same numbers
        asked(paper, source)
        paper.clear()
        assert looks == [*range(20)]
    other = RIGHT.replace("return x * 2\n", "return x * 2 if x.sum() != 6 else (x * 2).double()\n")
    with pytest.raises(Untold):
        asked(paper, other)
    assert looks[20:] == [0, 1, 2, 3], "the message with the answer that is another, up to it"


def test_answer_that_did_not_pass_is_looked_at_again() -> None:
    looks = list[int]()
    paper = kept(counting(looks))
    looks.clear()
    for _ in range(2):
        with pytest.raises(Untold):
            asked(paper, WRONG)
        paper.clear()
    assert looks == [0, 1, 2, 3] * 2


def test_answer_is_known_for_its_own_message_alone() -> None:
    """What is right for one example is not for another."""
    paper = kept(counting([]))
    asked(paper, RIGHT)
    known = [digests_of(part) for part in paper.parts]
    assert [len(each) for each in known] == [1] * len(paper.parts)
    known[0], known[1] = known[1], known[0]
    for part, other in zip(paper.parts, known, strict=True):
        assert part.known
        part.known.digests = other
    asked(paper, RIGHT)
    assert [len(digests_of(part)) for part in paper.parts] == [2, 2] + [1] * (len(paper.parts) - 2)


def test_answer_with_more_than_values_is_looked_at_each_time() -> None:
    """The worker saw something that the rules ban: each time, it is to be heard."""
    looks = list[int]()
    paper = kept(counting(looks))
    looks.clear()
    for _ in range(2):
        worker = LocalWorker(RIGHT)
        worker.sightings = [Sighting(1, "torch.nn.Linear", ())]
        silent(worker=worker)[1].ask(paper)
        paper.clear()
    assert looks == [*range(20)] * 2


def test_answer_with_a_secret_is_looked_at_each_time() -> None:
    def check(submission: RemoteSubmission, i: int) -> None:
        expect.is_true(is_instance(submission.Layer(), submission.Layer), otherwise="no")

    paper = kept(check)
    assert all(part.known is None for part in paper.parts)
    assert all(part.known for part in kept(doubles).parts)


SHOWN = ["a note", Measurement(name="n", value=1.0), Curves(title="c", note="none", series=(), step="epoch")]


@pytest.mark.parametrize("what", SHOWN, ids=["note", "measurement", "figure"])
def test_answer_of_which_something_is_shown_is_looked_at_each_time(what: str | Measurement | Curves) -> None:
    looks = list[int]()

    def check(submission: RemoteSubmission, i: int) -> None:
        counting(looks)(submission, i)
        submission.note(what) if isinstance(what, str) else submission.attach(what)

    paper = kept(check)
    looks.clear()
    for _ in range(2):
        asked(paper, RIGHT)
        shown = paper.attachments
        assert [*shown.notes, *shown.measurements.values(), *shown.figures.values()] == [what]
    assert looks == [*range(20)] * 2


def test_look_sees_nothing_of_what_was_asked_in_another_message() -> None:
    """It may have been known, and not been read."""
    first = list[Any]()

    def check(submission: RemoteSubmission, i: int) -> None:
        first.append(value(submission.double(torch.ones(2))))
        expect.equal(value(submission.double(torch.ones(2))), first[0])

    with pytest.raises(Untold):
        asked(kept(check), RIGHT)


def test_note_of_what_was_asked_in_another_message_is_not_lost() -> None:
    """Then the check is drawn, which shows it."""
    first = list[Any]()

    @deferrable
    def told(x: torch.Tensor, y: torch.Tensor) -> str:
        return f"{x.sum().item()} and {y.sum().item()}"

    def check(submission: RemoteSubmission, i: int) -> None:
        doubles(submission, i)
        first.append(value(submission.double(torch.ones(2))))
        submission.note(told(first[0], value(submission.double(torch.ones(2)))))

    with pytest.raises(Untold):
        asked(kept(check), RIGHT)


def test_example_that_is_longer_than_a_message_is_looked_at_each_time() -> None:
    looks = list[int]()

    def check(submission: RemoteSubmission, i: int) -> None:
        for _ in range(MAX_BATCH):
            submission.double(1.0)
        counting(looks)(submission, i)

    paper = kept(check, times=3)
    looks.clear()
    for _ in range(2):
        asked(paper, RIGHT)
    assert looks == [0, 1, 2] * 2


def test_so_many_answers_are_known_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    def all_pass(submission: RemoteSubmission, i: int) -> None:
        expect.holds(lambda _: None, value(submission.double(1.0)))

    monkeypatch.setattr(answers, "MOST_KNOWN", 2)
    paper = kept(all_pass, times=1)
    for factor in range(5):
        asked(paper, RIGHT.replace("return x * 2\n", f"return x * {factor}\n"))
    assert [len(digests_of(part)) for part in paper.parts] == [2]
