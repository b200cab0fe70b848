"""Submissions that are hostile, broken or unlucky, each with what it must be given; see test_hostile.py."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from grader.scorecard import Verdict

SUITE: Final = Path(__file__).parent / "suite"
REFERENCE: Final = (SUITE / "reference.py").read_text(encoding="utf-8")

PASSED, FAILED, CRASHED = Verdict.PASSED, Verdict.FAILED, Verdict.CRASHED
TIMED_OUT, FORBIDDEN, BLOCKED = Verdict.TIMED_OUT, Verdict.FORBIDDEN, Verdict.BLOCKED

CHECKS: Final = ("test_scale", "test_scale_wide_rows", "test_layer", "test_counter", "test_total")
SCALE: Final = ("test_scale", "test_scale_wide_rows")

Verdicts = Verdict | frozenset[Verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostile:
    """One submission: its source, and the checks that must lose their points. Every other check must pass."""

    name: str
    source: str
    loses: Mapping[str, Verdicts] = field(default_factory=dict)
    tells: str = ""  # what the message of each lost check must contain
    limit_s: float | None = None  # for each check and execution of the file; None: the assignment's own limits


def armed(body: str, *, before: str = "", then: str = "return 2 * x") -> str:
    """The reference, but `scale` executes this body first, for rows of three numbers. `before` stands above it."""
    attack = textwrap.indent(textwrap.dedent(body).strip("\n"), "        ")
    scale = f"def scale(x):\n    if x.shape[-1] == 3:\n{attack}\n    {then}\n"
    return replaced("scale", f"{textwrap.dedent(before)}\n{scale}")


def replaced(name: str, text: str) -> str:
    """The reference with another definition of that name."""
    start = next(at for word in ("def", "class") if (at := REFERENCE.find(f"{word} {name}")) >= 0)
    end = REFERENCE.find("\n\n\n", start)
    return REFERENCE[:start] + textwrap.dedent(text).strip("\n") + (REFERENCE[end:] if end >= 0 else "\n")


def cases(
    attacks: Mapping[str, str],
    loses: Mapping[str, Verdicts] | Verdicts = FAILED,
    *,
    before: str = "",
    tells: str = "",
    limit_s: float | None = None,
) -> list[Hostile]:
    """One case for each body of `scale`, which costs test_scale alone."""
    lost = loses if isinstance(loses, Mapping) else {"test_scale": loses}
    return [
        Hostile(name=name, source=armed(body, before=before), loses=lost, tells=tells, limit_s=limit_s)
        for name, body in attacks.items()
    ]
