"""Records of what was handed in."""

import dataclasses

import pytest

from grader.gradebook.handed import HandedIn


def test_records_do_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        HandedIn(label="a").label = "b"  # type: ignore[misc]
