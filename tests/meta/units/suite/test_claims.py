"""Claims: a statement and its parts, as an expectation has them."""

import dataclasses

import pytest

from grader.suite.claims import LAST, Claim, claim


class Equal:
    """As a tensor is: a comparison with it is no truth value, and it has no hash."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("ambiguous")


def test_claim_keeps_its_parts_themselves_in_their_order() -> None:
    parts = [Equal(), LAST, [1, 2], Equal()]
    made = claim("assert {0} is {3}, {1}", *parts)
    assert made.code == "assert {0} is {3}, {1}"
    assert len(made.parts) == 4
    assert all(kept is given for kept, given in zip(made.parts, parts, strict=True))


def test_claim_without_parts_is_a_statement_alone() -> None:
    assert claim("assert True") == Claim("assert True", ())


def test_claim_stays_as_it_was_made() -> None:
    made = claim("assert {0}", 1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.parts = ()  # type: ignore[misc]
    assert made == claim("assert {0}", 1) != claim("assert {0}", 2)


def test_last_request_is_no_value_that_a_check_could_have_as_a_part() -> None:
    assert not any(value == LAST for value in (None, True, 0, "", (), -1, "LAST"))
