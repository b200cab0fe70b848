"""What mutants lost in the last version of a suite: a change that alters a score is seen, whatever it was meant for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.assignment import Assignment
from grader.doctor.cases import CaseStanding
from grader.provenance import made_with


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptScores:
    """The points of each check, and the checks that each mutant loses."""

    suite: str = ""  # name and version of the suite that they are of
    points: Mapping[str, float] = field(default_factory=dict)
    lost: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> KeptScores:
        """Those of that file; none where it is not there."""
        if not path.exists():
            return cls()
        table = json.loads(path.read_text(encoding="utf-8"))
        lost = {name: tuple(checks) for name, checks in table["lost"].items()}
        return cls(suite=table["suite"], points=table["points"], lost=lost)

    def write(self, path: Path) -> None:
        """One line for each mutant, so that a difference is one of lines."""
        rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(self.lost[name])}" for name in sorted(self.lost))
        head = f'"suite": {json.dumps(self.suite)},\n"points": {json.dumps(dict(self.points))}'
        path.write_text(f'{{\n{head},\n"lost": {{\n{rows}\n}}\n}}\n', encoding="utf-8")

    def with_cases(self, cases: Iterable[CaseStanding], assignment: Assignment, known: Iterable[str]) -> KeptScores:
        """The same with these cases, and without the mutants that are not known any more."""
        names = {*known}
        lost = {name: checks for name, checks in self.lost.items() if name in names}
        lost |= {case.name: tuple(sorted(case.lost)) for case in cases if case.loses}
        return replace(self, suite=made_with(assignment)["suite"], points=points_of(assignment), lost=lost)

    def differences(self, cases: Iterable[CaseStanding], assignment: Assignment) -> list[str]:
        """What another score was, and is: of checks, then of mutants."""
        now = points_of(assignment)
        found = [
            f"{check}: {_points(self.points.get(check))}, now {_points(now.get(check))}"
            for check in sorted({*self.points, *now})
            if self.points and self.points.get(check) != now.get(check)
        ]
        trained = {check for question in assignment.questions if question.background for check in question.points}
        for case in cases:
            if case.name in self.lost:
                left_out = set() if case.train else trained
                before, after = {*self.lost[case.name]} - left_out, {*case.lost} - left_out
                if before != after:
                    found.append(f"{case.name}: lost {_all(before)}, now {_all(after)}")
        return found


def points_of(assignment: Assignment) -> dict[str, float]:
    """What each check is worth."""
    return {check: points for question in assignment.questions for check, points in question.points.items()}


def _points(points: float | None) -> str:
    return "no such check" if points is None else f"{points:g} points"


def _all(checks: Iterable[str]) -> str:
    return ", ".join(sorted(checks)) or "nothing"
