"""What several checks fail for, told once: a file that can't be read, a missing import, one exception at one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from grader.report.text import LABELS, counted, listed
from grader.scorecard import CheckResult, Scorecard, Verdict

NOT_WRITTEN: Final = " is not written yet: "
DEFINE_IT: Final = ": define it first"
NO_MODULE: Final = "ModuleNotFoundError: "


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonCause:
    """What several checks have in common."""

    text: str
    checks: Sequence[CheckResult]
    explains: str  # the questions that it costs points, in words

    @property
    def is_whole(self) -> bool:
        """Whether it says all that is said of its checks."""
        first = self.checks[0]
        return first.verdict is Verdict.BLOCKED or first.cause.startswith(NO_MODULE) or first.message in self.text


def common_causes(scorecard: Scorecard) -> list[CommonCause]:
    """Those of more than one check: what could not be imported comes first, then in the order of the checks.

    What only one question raises is told where that question is.
    """
    groups: dict[str, list[tuple[str, CheckResult]]] = {}
    for question in scorecard.questions:
        for check in question.checks:
            if key := _key(check):
                groups.setdefault(key, []).append((question.name, check))
    found = []
    for key, members in groups.items():
        names = [*dict.fromkeys(name for name, _ in members)]
        is_of_one = len(names) == 1 and members[0][1].cause and not key.startswith(NO_MODULE)
        if len(members) > 1 and not is_of_one:
            checks = [check for _, check in members]
            found.append(CommonCause(text=_text(key, members, scorecard), checks=checks, explains=listed(names)))
    return sorted(found, key=lambda cause: not cause.checks[0].cause.startswith(NO_MODULE))


def untold(checks: Sequence[CheckResult], common: Sequence[CommonCause]) -> list[CheckResult]:
    """Those of which something is left to say: of one exception, the first check has message, example and snippet."""
    told = {id(check) for cause in common for check in cause.checks[0 if cause.is_whole else 1 :]}
    return [check for check in checks if id(check) not in told]


def by_cause(checks: Sequence[CheckResult]) -> list[list[CheckResult]]:
    """Checks with one cause are together."""
    groups: dict[object, list[CheckResult]] = {}
    for check in checks:
        groups.setdefault((check.verdict, check.cause or check.message or check.name), []).append(check)
    return [*groups.values()]


def other_warnings(scorecard: Scorecard, common: Sequence[CommonCause]) -> list[str]:
    """What went wrong when the file was executed and is told nowhere else."""
    return [warning for warning in scorecard.warnings if all(warning != cause.text for cause in common)]


def cost(cause: CommonCause) -> str:
    """What it costs, in a sentence."""
    worth = sum(check.most for check in cause.checks)
    return f"It costs {counted(worth)}: {counted(len(cause.checks), 'check')} of {cause.explains}."


def raised(check: CheckResult) -> str:
    """What a check raised, and where; without what it had called."""
    _, _, error = check.message.split("\n")[0].partition(" raised ")
    type_name, _, place = check.cause.partition(" at ")
    return f"{error or type_name}\n  {place}"


def _key(check: CheckResult) -> str:
    match check.verdict:
        case Verdict.BLOCKED:
            is_missing = NOT_WRITTEN in check.message or check.message.endswith(DEFINE_IT)
            return NOT_WRITTEN if is_missing else check.message
        case Verdict.TIMED_OUT:
            return check.message
        case _:
            return check.cause


def _text(key: str, members: Sequence[tuple[str, CheckResult]], scorecard: Scorecard) -> str:
    first = members[0][1]
    if key.startswith(NO_MODULE):
        in_function = "\n".join([key, *first.message.split("\n")[1:]])
        return next((warning for warning in scorecard.warnings if key in warning), in_function)
    if first.cause:
        return raised(first)
    if key != NOT_WRITTEN:
        return f"{LABELS[first.verdict]}: {key}" if first.verdict is Verdict.TIMED_OUT else key
    own = [name for name, check in members if check.message.startswith(f"{name} is not ")]
    waiting = [name for name, _ in members if name not in own]
    told = f"Not written yet: {listed([*dict.fromkeys(own or waiting)])}"
    return f"{told}; {listed([*dict.fromkeys(waiting)])} can't be graded before" if own and waiting else told
