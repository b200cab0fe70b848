"""Needed: which requests of an example its snippet tells, and where a part of a claim comes from."""

from __future__ import annotations

import pytest
import torch

from grader.boundary.values import Opaque
from grader.judge.session import ToldSession
from grader.judge.teaching.needed import Needed, NoOrigin, Origin, Requests
from grader.suite.claims import LAST
from grader.suite.handles import Handle, RemoteSubmission, number_of
from tests.meta.fakes.worker import told

SOURCE = "class Net:\n    def __init__(self): self.weight = 1\n    def go(self): self.weight = 2; return 5\n"

Talk = tuple[ToldSession, RemoteSubmission]


@pytest.fixture
def talk() -> Talk:
    _, session, submission = told(SOURCE)
    return session, submission


def requests_of(session: ToldSession) -> Requests:
    return Requests(session.transcript.steps)


def test_origin_of_a_value_is_the_latest_request_that_gave_it_and_the_way_into_it(talk: Talk) -> None:
    session, submission = talk
    one, two = submission.one, submission.two
    tensor = torch.ones(1)
    fetched = [(one, tensor), (two, {"a": [0, tensor]})]
    requests = requests_of(session)
    assert requests.origin(tensor, fetched) == Origin(number_of(two), "['a'][1]")
    assert requests.origin(tensor, fetched[:1]) == Origin(number_of(one), "")
    assert requests.origin(one, fetched) == Origin(number_of(one), "")
    assert requests.origin(LAST, fetched) == Origin(number_of(two), "", inline=True)


def test_value_of_the_check_s_own_stands_for_itself_and_what_can_not_be_written_has_no_origin(talk: Talk) -> None:
    session, submission = talk
    handle, own = submission.one, torch.ones(1)
    assert requests_of(session).origin(own, [(handle, torch.ones(1))]) is own
    with pytest.raises(NoOrigin):
        requests_of(session).origin(Opaque("an object"), [])
    with pytest.raises(NoOrigin):
        Requests([]).behind(handle)


def test_call_of_torch_s_own_is_no_call_of_the_submission(talk: Talk) -> None:
    session, submission = talk
    layer, net = submission.torch.nn.Linear(2, 3), submission.Net()
    method = layer.forward(1)
    requests = requests_of(session)
    assert [requests.is_torch(requests.behind(handle)) for handle in (layer, net, method)] == [True, False, False]


def needed_for(session: ToldSession, *about: Handle) -> tuple[Requests, Needed]:
    """What a claim about these needs."""
    requests = requests_of(session)
    return requests, Needed(requests, None, [Origin(number_of(handle), "") for handle in about])


def told_of(requests: Requests, needed: Needed) -> list[str]:
    return [requests[number].operation for number in needed.order]


def test_request_after_the_result_that_the_claim_is_about_is_not_told(talk: Talk) -> None:
    session, submission = talk
    net = submission.Net()
    first = net.go()
    net.go()
    _, needed = needed_for(session, first)
    assert needed.order == [number_of(net), number_of(first)]
    assert needed.words == {"Net"}


def test_call_before_it_is_told_though_nothing_uses_its_result(talk: Talk) -> None:
    session, submission = talk
    unused, wanted = submission.Net(), submission.Net()
    _, needed = needed_for(session, wanted)
    assert needed.order == [number_of(unused), number_of(wanted)]
    assert (needed.uses[number_of(unused)], needed.users[number_of(wanted)]) == (0, 0)


def test_part_of_torch_s_own_that_nothing_uses_is_not_told(talk: Talk) -> None:
    session, submission = talk
    submission.torch.zeros(2)
    wanted = submission.Net()
    _, needed = needed_for(session, wanted)
    assert needed.order == [number_of(wanted)]


def test_attribute_stands_where_it_is_used_unless_a_call_may_have_changed_it_since(talk: Talk) -> None:
    session, submission = talk
    net = submission.Net()
    weight = net.weight
    requests, needed = needed_for(session, weight)
    assert told_of(requests, needed) == ["call"]
    net.go()
    requests, needed = needed_for(session, weight)
    assert told_of(requests, needed) == ["call", "get", "call"]


def test_tensor_of_the_judge_s_is_counted_by_its_uses(talk: Talk) -> None:
    session, submission = talk
    x = torch.ones(2)
    wanted = submission.double([x, {"again": x}])
    _, needed = needed_for(session, wanted)
    assert (needed.uses[id(x)], needed.users[id(x)]) == (2, number_of(wanted))
    assert needed.consists_of_any([1, {"a": (x,)}])
    assert not needed.consists_of_any([1, {"a": "b"}])
