"""Whatever happens, the rest counts: hangs, deaths, floods and broken files cost what they must alone."""

from collections.abc import Callable

import pytest

from grader.boundary import wire
from grader.processes.workers import Workers
from grader.sandbox.tiers import Tier
from grader.scorecard import Scorecard, Verdict
from tests.meta.gradings.outcomes import PARTS, lost, verdicts

Grade = Callable[..., Scorecard]


def in_iter(source: str, statement: str) -> str:
    """The source with one more statement in DataLoader.__iter__."""
    place = "        self.start = 0\n"
    assert source.count(place) == 1
    return source.replace(place, f"{place}        {statement}\n")


def test_hang_costs_its_own_checks_and_one_limit_each(grade_source: Grade, parts_source: str) -> None:
    hanging = parts_source.replace(
        "        self.start = 0\n", "        self.start = 0\n        while len(self.X) > 3: pass\n"
    )
    scorecard = grade_source(hanging, only=["Linear", "DataLoader"], limit_s=2)
    assert lost(scorecard) == {"DataLoader"}
    assert set(verdicts(scorecard, "DataLoader").values()) == {Verdict.TIMED_OUT}


DEATHS = {
    "os._exit": "__import__('os')._exit(0)",
    "segmentation fault": "__import__('ctypes').string_at(0)",
    "kill itself": "__import__('os').kill(__import__('os').getpid(), 9)",
    "abort": "__import__('os').abort()",
    "its channel closed": "__import__('os').closerange(3, 256)",
    "kill the process above": "(__import__('os').kill(__import__('os').getppid(), 9), __import__('os')._exit(1))",
}


@pytest.mark.parametrize("death", DEATHS)
def test_dead_worker_costs_one_check(grade_source: Grade, parts_source: str, workers: Workers, death: str) -> None:
    dying = in_iter(parts_source, f"self.batch_size != 100 or {DEATHS[death]}")
    scorecard = grade_source(dying, only=["Linear", "DataLoader"])
    found = verdicts(scorecard, "DataLoader")
    assert lost(scorecard) == {"DataLoader"}
    in_jail_it_is_refused = death == "kill the process above" and workers.isolation.tier is not Tier.PROCESS
    assert found.pop("test_default_batch_size") is (Verdict.FAILED if in_jail_it_is_refused else Verdict.CRASHED)
    assert set(found.values()) == {Verdict.PASSED}


def test_top_level_hang_does_not_keep_the_parts_from_being_graded(grade_source: Grade, parts_source: str) -> None:
    scorecard = grade_source(parts_source + "\nwhile True:\n    pass\n", only=PARTS)
    assert lost(scorecard) == set()


def test_top_level_failures_are_reported_and_cost_nothing(grade_source: Grade, parts_source: str) -> None:
    broken = parts_source + "\nname = input('your name? ')\nraise ValueError('nothing to see')\n"
    scorecard = grade_source(broken, only=PARTS)
    assert lost(scorecard) == set()


def test_syntax_error_costs_the_file_and_is_shown_once(grade_source: Grade, parts_source: str) -> None:
    scorecard = grade_source(parts_source + "\ndef broken(:\n", only=PARTS)
    assert scorecard.score == 0
    assert {check.verdict for check in scorecard.checks} == {Verdict.BLOCKED}
    (message,) = {check.message for check in scorecard.checks}
    assert message.startswith("student.py, line ")
    assert "\n    def broken(:\n               ^\n" in message
    assert scorecard.warnings == ()


DEEP = {
    "sum of 2000 terms": "x = " + " + ".join(["1"] * 2000),
    "chain of 800 elifs": "if x == 0: pass\n" + "\n".join(f"elif x == {i}: pass" for i in range(800)),
}


@pytest.mark.parametrize("deep", DEEP)
def test_deeply_nested_code_is_graded_like_any_other(grade_source: Grade, parts_source: str, deep: str) -> None:
    scorecard = grade_source(f"{parts_source}\nx = 1\n{DEEP[deep]}\n", only=["Linear"])
    assert lost(scorecard) == set()
    assert scorecard.warnings == ()


def test_code_nested_deeper_than_python_takes_is_told_in_one_line(grade_source: Grade, parts_source: str) -> None:
    scorecard = grade_source(f"{parts_source}\nx = {' + '.join(['1'] * 100_000)}\n", only=["Linear"])
    assert scorecard.score == 0
    (message,) = {check.message for check in scorecard.checks}
    assert "RecursionError" in message
    assert "\n" not in message
    assert {check.verdict for check in scorecard.checks} == {Verdict.BLOCKED}


def test_future_imports_are_those_of_the_submission(grade_source: Grade) -> None:
    tells = "def tell(f): raise ValueError(f.__annotations__['n'])\n@tell\ndef Linear(n: int): return n\n"
    for line, expected in (("", "<class 'int'>"), ("from __future__ import annotations\n", ": int")):
        (warning,) = grade_source(line + tells, only=["Linear"]).warnings
        assert warning.endswith(expected)


SPEAKS_OUT_OF_TURN = """
import os
def shout(data):
    for descriptor in range(3, 256):
        try:
            os.write(descriptor, data)
        except OSError:
            pass
"""


def framed(header: bytes) -> bytes:
    return wire.prefix(len(header), 0) + header


SHOUTS = {
    "garbage": b"\xff" * 100,
    "a huge header": b"\xff\xff\xff\x7f\0\0\0\0{}",
    "an answer that nobody asked for": framed(b'{"number":2,"raised":null,"at":-1,"values":[true],"tensors":[]}'),
    "a wrong number": framed(b'{"number":99,"raised":null,"at":-1,"values":[],"tensors":[]}'),
    "half a frame": wire.prefix(64, 0) + b"{",
}


@pytest.mark.parametrize("shout", SHOUTS)
def test_worker_that_breaks_the_protocol_costs_one_check(grade_source: Grade, parts_source: str, shout: str) -> None:
    shouting = SPEAKS_OUT_OF_TURN + in_iter(parts_source, f"self.batch_size != 100 or shout({SHOUTS[shout]!r})")
    scorecard = grade_source(shouting, only=["DataLoader"], limit_s=3)
    found = verdicts(scorecard, "DataLoader")
    assert found.pop("test_default_batch_size") in (Verdict.CRASHED, Verdict.TIMED_OUT)
    assert set(found.values()) == {Verdict.PASSED}


def test_flood_of_output_is_cut_and_harms_nothing(grade_source: Grade, parts_source: str) -> None:
    loud = in_iter(parts_source, "print('x' * 200_000)")
    scorecard = grade_source(loud, only=["DataLoader"])
    assert lost(scorecard) == set()
    assert all(len(check.output) < 1_100_000 for check in scorecard.checks)
    assert "more bytes]" in scorecard.checks[0].output
