"""The state of a worker belongs to its one submission."""

from grader.worker.state import State


def test_states_share_nothing() -> None:
    one, other = State(), State()
    one.namespace["x"] = 1
    one.objects[1] = 2
    assert (other.namespace, other.objects, other.lines) == ({}, {}, {})
    assert one.guard is not other.guard
    assert one.recorder is not other.recorder


def test_recorder_of_a_new_state_keeps_nothing() -> None:
    assert State().recorder.calls_with(object()) == []
