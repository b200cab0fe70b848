"""Listeners: the one that does nothing can stand wherever one is wanted."""

import inspect

from grader.judge.listener import Listener, NoListener


def test_listener_that_does_nothing_hears_all_that_a_listener_hears() -> None:
    heard = {name: inspect.signature(method) for name, method in vars(Listener).items() if inspect.isfunction(method)}
    heard = {name: signature for name, signature in heard.items() if not name.startswith("_")}
    assert heard.keys() == {"started", "finished"}
    assert {name: inspect.signature(getattr(NoListener, name)) for name in heard} == heard
