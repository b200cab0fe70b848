"""What a student learns from a check that failed: the smallest example as code to paste, and the likely mistake."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final

from grader.explanations import unless_it_raises
from grader.judge.examples import settings_for
from grader.judge.grading import Conversation
from grader.judge.teaching import replay, snippet
from grader.judge.teaching.causes import diagnosis, place_of
from grader.scorecard import CheckEnded
from grader.suite import hypothesis_insides
from grader.suite.failures import CheckFailed, StudentError

MORE_EXAMPLES: Final = 25  # of a check that failed, to tell likely mistakes apart


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedCheck:
    """A check that failed, and how to run its examples once more."""

    function: Callable[..., Any]
    fixtures: Mapping[str, object]  # what it was called with, beside its examples
    conversation: Conversation
    source: str  # what the worker has executed
    fresh: Callable[[], AbstractContextManager[Conversation]] | None  # None: all its examples share one execution


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What is told beside the message; either may be empty."""

    snippet: str = ""
    diagnosis: str = ""


def learn(failed: FailedCheck, error: BaseException | None) -> Lesson:
    """Snippet and diagnosis of a failed check, from its last and smallest example. error: what ended it."""
    while isinstance(error, BaseExceptionGroup):  # Hypothesis: not at every try
        error = error.exceptions[0]
    if not isinstance(error, CheckFailed | StudentError):
        return Lesson()
    ended = error
    written = unless_it_raises(lambda: _snippet(failed, ended), "")
    causes, place = failed.conversation.session.examples.causes, place_of(error)
    if any(causes.get(place, ())):
        _find_more_causes(failed)
    return Lesson(snippet=written, diagnosis=diagnosis(causes, place))


def _snippet(failed: FailedCheck, error: CheckFailed | StudentError) -> str:
    """The failing example as Python; nothing where it does not fail in a fresh worker, alone or after another."""
    examples = failed.conversation.session.examples
    told = replay.Failure(transcript=replay.transcript_of(failed.conversation), error=error)
    again, is_seeded = told, True
    if failed.fresh:
        given, place = tuple(examples.given), place_of(error)
        try:
            test = hypothesis_insides.example_of(failed.function)
            found = replay.reproduce(test, failed.fresh, given, place) if examples.count > 1 else told
            if found is None:
                return ""
            again, is_seeded = found, replay.needs_seed(test, failed.fresh, given, found)
        except Exception:  # the arguments can't be used again: the example is told as it was
            again, is_seeded = told, True
    error = again.error
    claimed = error.claim() if isinstance(error, CheckFailed) else error.claim or error.request
    if claimed is None:
        return ""
    return snippet.write(again.transcript, claimed, error.__traceback__, failed.source, is_seeded=is_seeded)


def _find_more_causes(failed: FailedCheck) -> None:
    """Run some more examples, larger than the smallest that fails: that one may have many explanations."""
    if not hypothesis_insides.has_examples(failed.function):
        return
    examples = failed.conversation.session.examples
    examples.only_causes = True
    try:
        with hypothesis_insides.other_settings(failed.function, settings_for(MORE_EXAMPLES, shrink=False)):
            failed.function(**failed.fixtures)
    except (Exception, CheckEnded):
        pass  # what was found until then counts
    finally:
        examples.only_causes = False
