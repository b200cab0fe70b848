"""What a regrade changes: whose score, by which check, from what to what. Pure functions over two runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.gradebook.overview import checks_of
from grader.gradebook.standing import Standing
from grader.report.text import in_a_line, points


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One student. before, after: as they stand in the run that counts, and in the new one."""

    before: Standing
    after: Standing

    @property
    def is_up(self) -> bool:
        """Whether more points are computed."""
        return self.after.computed > self.before.computed + 1e-9

    @property
    def is_down(self) -> bool:
        """Whether fewer are."""
        return self.after.computed < self.before.computed - 1e-9

    @property
    def checks(self) -> tuple[str, ...]:
        """The checks that are not as they were, in words."""
        before = {(question, check["name"]): check for question, check in checks_of(self.before)}
        after = {(question, check["name"]): check for question, check in checks_of(self.after)}
        found = []
        for name in dict.fromkeys([*before, *after]):
            old, new = before.get(name), after.get(name)
            was, now = (f"{each['verdict']} {points(each['score'])}" if each else "not there" for each in (old, new))
            if was != now:
                found.append(f"{name[1]} {was.replace('_', ' ')} -> {now.replace('_', ' ')}")
        return tuple(found)


def differences(before: Sequence[Standing], after: Sequence[Standing]) -> tuple[Difference, ...]:
    """Those who do not stand as they did, who loses most first."""
    known = {each.student: each for each in before}
    pairs = [Difference(before=known[each.student], after=each) for each in after if each.student in known]
    changed = [pair for pair in pairs if pair.checks or pair.before.outcome != pair.after.outcome]
    return tuple(sorted(changed, key=lambda pair: (pair.after.computed - pair.before.computed, pair.after.student)))


def told(found: Sequence[Difference]) -> Iterator[str]:
    """The lines that say it: each student, then how many up and down."""
    for each in found:
        was, now = (_value(standing) for standing in (each.before, each.after))
        kept = "; what was set stays" if each.after.is_changed else ""
        yield in_a_line(f"{each.after.student}: {was} -> {now}{kept}")
        for check in each.checks:
            yield f"  {in_a_line(check)}"
    up, down = sum(each.is_up for each in found), sum(each.is_down for each in found)
    yield f"{up} up, {down} down, {len(found) - up - down} with other verdicts and the same score"


def _value(standing: Standing) -> str:
    outcome = "" if standing.outcome == "graded" else f" ({standing.outcome.replace('_', ' ')})"
    return f"{points(standing.computed)}{outcome}"
