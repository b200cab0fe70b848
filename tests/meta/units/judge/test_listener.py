"""Listeners: the one that does nothing can stand wherever one is wanted."""

import inspect

from grader.judge.listener import Chosen, Listener, NoListener
from grader.scorecard import CheckResult, Verdict
from tests.meta.units.judge.test_run import Heard


def test_listener_that_does_nothing_hears_all_that_a_listener_hears() -> None:
    heard = {name: inspect.signature(method) for name, method in vars(Listener).items() if inspect.isfunction(method)}
    heard = {name: signature for name, signature in heard.items() if not name.startswith("_")}
    assert heard.keys() == {"started", "finished"}
    for kind in (NoListener, Chosen):
        assert {name: inspect.signature(getattr(kind, name)) for name in heard} == heard


def test_only_what_was_asked_for_is_heard_of() -> None:
    heard = Heard()
    chosen = Chosen(heard, ("a",))
    for question in "ab":
        chosen.started(question, "test_a")
        chosen.finished(question, CheckResult(name="test_a", title="", verdict=Verdict.PASSED, max_score=1.0))
    assert heard.finishes == [("test_a", Verdict.PASSED)]
