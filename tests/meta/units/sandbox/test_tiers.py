"""Tiers: in order, from the least that holds a worker to the most; told with what they are made of."""

import pytest

from grader.errors import IsolationMissing
from grader.judge import grading
from grader.sandbox.tiers import Isolation, Tier


@pytest.mark.parametrize("wanted", Tier)
@pytest.mark.parametrize("given", Tier)
def test_tier_is_enough_for_itself_and_for_what_stands_before_it(wanted: Tier, given: Tier) -> None:
    enough = {
        Tier.PROCESS: {Tier.PROCESS, Tier.JAIL, Tier.NAMESPACES},
        Tier.JAIL: {Tier.JAIL, Tier.NAMESPACES},
        Tier.NAMESPACES: {Tier.NAMESPACES},
    }
    if given in enough[wanted]:
        grading.require(wanted, Isolation(given))
    else:
        with pytest.raises(IsolationMissing, match=f"this machine gives {given}: why, not the {wanted} that"):
            grading.require(wanted, Isolation(given, "why"))


def test_isolation_is_told_with_its_detail_if_there_is_one() -> None:
    assert str(Isolation(Tier.JAIL, "Landlock ABI 4")) == "jail: Landlock ABI 4"
    assert str(Isolation(Tier.PROCESS)) == "process"
