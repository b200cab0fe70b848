"""Of what was seen, each owner is told one use; a flood hides nothing."""

from __future__ import annotations

from grader.boundary.messages import Sighting
from grader.boundary.owners import Lines
from grader.worker.sightings import Sightings

LINES = Lines(own={"Linear": [(5, 9)], "SGD": [(8, 12)]}, last=2000)


def seen(*lines: int, loading: bool, functions: tuple[str, ...] = ("helper",)) -> list[Sighting]:
    sightings = Sightings()
    sightings.lines, sightings.is_loading = LINES, loading
    for line in lines:
        sightings.add(Sighting(line, "torch.nn.Linear", functions))
    return sightings.take()


def test_experiments_in_loading_hide_no_use_of_a_question() -> None:
    assert seen(*range(100, 1000), 6, loading=True) == [(100, "torch.nn.Linear", ()), (6, "torch.nn.Linear", ())]


def test_uses_of_one_owner_hide_none_of_another_and_none_of_nobody_s() -> None:
    found = seen(5, 6, 7, 8, 9, 10, 100, 101, loading=False)
    assert [sighting.line for sighting in found] == [5, 8, 100]


def test_names_of_functions_that_own_nothing_are_not_sent() -> None:
    (found,) = seen(0, loading=False, functions=("\U00010000" * 100, "SGD", "Linear"))
    assert found.functions == ("SGD", "Linear")


def test_use_is_told_again_with_the_next_answer() -> None:
    sightings = Sightings()
    sightings.lines = LINES
    for _ in range(2):
        sightings.add(Sighting(100, "torch.nn.Linear", ()))
        assert len(sightings.take()) == 1


def test_without_owners_each_use_is_told_up_to_twenty() -> None:
    sightings = Sightings()
    for line in range(100):
        sightings.add(Sighting(line, "torch.nn.Linear", ()))
    assert len(sightings.take()) == 20
    assert sightings.take() == []
