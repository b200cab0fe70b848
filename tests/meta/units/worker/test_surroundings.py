"""Surroundings: seeds, known-good parts, and a process that is ready for the student's code."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from grader.data.registry import DataSet
from grader.worker import postponed, stand_in_functions, surroundings
from grader.worker.callers import STAND_INS
from grader.worker.guard import Guard
from grader.worker.surroundings import known_good, prepare, seed_everything


def test_known_good_parts_are_those_that_are_asked_for_and_stand_in_a_file_of_the_harness() -> None:
    found = known_good("def one(): return 1\ndef two(): return one() + 1\nthree = 3\n", ["two"])
    assert found.keys() == {"two"}
    assert found["two"]() == 2
    assert found["two"].__code__.co_filename == STAND_INS


def test_without_names_nothing_of_the_source_runs() -> None:
    assert known_good("raise ValueError", []) == {}


def test_seed_decides_all_random_numbers() -> None:
    def drawn(seed: int) -> tuple[float, float, float]:
        seed_everything(seed)
        return random.random(), float(np.random.random()), torch.rand(1).item()

    one, again, other = drawn(1), drawn(1), drawn(2)
    assert one == again
    assert all(a != b for a, b in zip(one, other, strict=True))


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """What a prepared process was told, of what would change this one; torch is as it was afterwards."""
    told: list[object] = []
    monkeypatch.setattr(postponed, "install", told.append)
    monkeypatch.setattr(stand_in_functions, "install", lambda: told.append("stand-ins"))
    digits = DataSet(unpack=lambda folder: folder, offer=told.append)
    monkeypatch.setattr(surroundings, "DATA_SETS", {"digits": digits, "letters": digits})
    threads, mode = torch.get_num_threads(), torch.get_deterministic_debug_mode()
    yield told
    torch.set_num_threads(threads)
    torch.set_deterministic_debug_mode(mode)


def test_prepared_process_has_the_data_that_it_is_given_and_stand_ins_of_functions(offered: list[object]) -> None:
    guard = Guard()
    prepare({"digits": Path("folder")}, guard)
    assert offered == [guard, "stand-ins", Path("folder")]


def test_memory_that_nothing_has_set_is_nan_in_a_prepared_process(offered: list[object]) -> None:
    prepare({}, Guard())
    assert torch.empty(3).isnan().all()
    assert torch.get_num_threads() == 1
