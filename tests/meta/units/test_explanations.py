"""What only explains a result is left out where it raises, and told to those who look."""

from __future__ import annotations

import logging

import pytest

from grader.explanations import unless_it_raises


def test_explanation_that_raises_is_left_out_and_logged_for_who_asks(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert unless_it_raises(lambda: 1 // 0, "nothing") == "nothing"
    assert caplog.records == []
    with caplog.at_level(logging.DEBUG):
        assert unless_it_raises(lambda: 1 // 0, "nothing") == "nothing"
    assert "ZeroDivisionError" in caplog.text
    assert unless_it_raises(lambda: 1, "nothing") == 1


def test_what_ends_a_grading_is_no_exception_of_an_explanation() -> None:
    def stopped() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        unless_it_raises(stopped, None)
