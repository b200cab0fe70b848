"""The transcript: the present example alone, or one story of several."""

from __future__ import annotations

from grader.boundary.requests import Operation
from grader.judge.transcript import SEED, Step, Transcript
from tests.meta.fakes.worker import example, told

STEP = Step(Operation.NAME, 2, ("f",))


def filled(transcript: Transcript) -> Transcript:
    _, _, submission = told("f = 1")
    transcript.begin(1)
    transcript.steps.append(STEP)
    transcript.fetched.append((submission.f, 1))
    transcript.raised[2] = "ValueError"
    return transcript


def test_new_example_begins_anew() -> None:
    transcript = filled(Transcript(7))
    transcript.begin(3)
    assert (transcript.steps, transcript.fetched, transcript.raised) == ([], [], {})


def test_one_story_goes_on_with_the_seed_of_the_next_example() -> None:
    transcript = filled(Transcript(7, is_one_story=True))
    assert transcript.steps == [STEP]
    transcript.begin(3)
    assert transcript.steps == [STEP, Step(SEED, 3, (7,))]
    assert len(transcript.fetched) == 1
    assert transcript.raised == {2: "ValueError"}


def test_story_of_a_session_has_all_its_examples() -> None:
    _, session, submission = told("f = 1\ng = 2")
    session.transcript.is_one_story = True
    for handle in (lambda: submission.f, lambda: submission.g, lambda: submission.f):
        example(session, handle)
    assert [step.arguments[0] for step in session.transcript.steps] == ["f", 0, "g", 0, "f"]
    numbers = [step.number for step in session.transcript.steps]
    assert len(set(numbers)) == len(numbers)
