"""GitHub Actions: annotations on the student's lines, a summary of the job, outputs of the step.

The runner takes lines of a step's output for commands. What may hold text of students is printed between
`stop-commands` and its random token, or escaped as the runner asks for.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from grader.report.causes import CommonCause, by_cause, common_causes, cost
from grader.report.formats import markdown
from grader.report.text import clean, counted, explained, points, provisional
from grader.scorecard import CheckResult, Scorecard, Verdict

MAX_ANNOTATIONS: Final = 10  # the runner drops what is more in a step
MAX_ANNOTATION: Final = 3000  # characters
MAX_SUMMARY_BYTES: Final = 1_000_000  # the runner refuses 1 MiB and more


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What the runner tells a step by its environment."""

    summary: str = ""
    output: str = ""
    workspace: str = ""

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> Environment | None:
        """The environment of a step, or None elsewhere."""
        if variables.get("GITHUB_ACTIONS") != "true":
            return None
        return cls(
            summary=variables.get("GITHUB_STEP_SUMMARY", ""),
            output=variables.get("GITHUB_OUTPUT", ""),
            workspace=variables.get("GITHUB_WORKSPACE", ""),
        )

    def path_in_repository(self, submission: Path) -> str:
        """The path as annotations name it, or nothing for a file outside."""
        try:
            return submission.resolve().relative_to(Path(self.workspace or ".").resolve()).as_posix()
        except ValueError:
            return ""


@contextlib.contextmanager
def commands_stopped(file: IO[str]) -> Iterator[None]:
    """Within, the runner takes no printed line for a command. Nobody can guess the token that ends this."""
    token = secrets.token_hex(16)
    print(f"::stop-commands::{token}", file=file, flush=True)
    try:
        yield
    finally:
        print(f"\n::{token}::", file=file, flush=True)


def escape_data(text: str) -> str:
    """The message of a command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """The value of a property of a command."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")


_NOT_LOST: Final = (Verdict.PASSED, Verdict.SKIPPED)


def annotation_lines(scorecard: Scorecard, path: str) -> list[str]:
    """At most ten commands, one a line; with more lost checks, the last one sums the rest up."""
    common = common_causes(scorecard)
    told = {id(check) for cause in common for check in cause.checks}
    found = [(cause.explains, cause.checks, _annotation_of_cause(path, cause)) for cause in common]
    for question in scorecard.questions:
        lost = [check for check in question.checks if check.verdict not in _NOT_LOST and id(check) not in told]
        found += [(question.name, checks, _annotation(path, question.name, checks)) for checks in by_cause(lost)]
    shown = found if len(found) <= MAX_ANNOTATIONS else found[: MAX_ANNOTATIONS - 1]
    lines = [line for _, _, line in shown]
    if rest := found[len(shown) :]:
        more = [check for _, checks, _ in rest for check in checks]
        worth = counted(sum(check.most for check in more))
        names = ", ".join(dict.fromkeys(name for name, _, _ in rest))
        text = f"{counted(len(more), 'more check')} failed, worth {worth}, in {names}: see the summary of the job"
        lines.append(f"::error title={escape_property('More')}::{escape_data(clean(text))}")
    score = f"{points(scorecard.score)} / {points(scorecard.max_score)}"
    if why := provisional(scorecard):
        return [*lines, f"::warning title=Provisional score::{escape_data(f'{score}. {why}')}"]
    return [*lines, f"::notice title=Score::{escape_data(score)}"]


def _annotation(path: str, question: str, checks: Sequence[CheckResult]) -> str:
    """One for all checks that lost points for one reason."""
    lost = {Verdict.BROKEN: "not counted", Verdict.NOT_GRADED: "not graded"}.get(checks[0].verdict, "lost")
    worth = counted(sum(check.max_score for check in checks), "bonus point" if checks[0].is_bonus else "point")
    title = f"{question}: {worth} {lost}"
    titles = "\n".join(check.title for check in checks)
    return _error(path, title, checks[0].line, f"{titles}\n{explained(*checks)}")


def _annotation_of_cause(path: str, cause: CommonCause) -> str:
    """One for all checks that it explains."""
    check = cause.checks[0]
    worth = counted(sum(each.most for each in cause.checks))
    more = "" if cause.is_whole else f"\n{check.title}\n{explained(check)}"
    return _error(path, f"{cause.explains}: {worth} lost", check.line, f"{cause.text}\n{cost(cause)}{more}")


def _error(path: str, title: str, line: int, message: str) -> str:
    properties = {"title": title}
    if path:
        properties = {"file": clean(path), **properties}
        if line and path.endswith(".py"):  # a line of a notebook is one of its JSON
            properties["line"] = str(line)
    written = ",".join(f"{name}={escape_property(value)}" for name, value in properties.items())
    return f"::error {written}::{escape_data(clean(message, most=MAX_ANNOTATION))}"


def summary(scorecard: Scorecard) -> str:
    """The summary of the job; where it would be too long, without the last questions."""
    text = markdown.render(scorecard)
    data = text.encode()
    if len(data) <= MAX_SUMMARY_BYTES:
        return text
    cut = data[:MAX_SUMMARY_BYTES].decode(errors="ignore").rsplit(f"\n{markdown.BEGIN}", 1)[0]  # not inside
    return f"{cut}\n\nThe rest is left out: it is too long.\n"


def outputs(scorecard: Scorecard) -> str:
    """What later steps read as `steps.ID.outputs.score`. Numbers alone: no text that could add an output.

    A provisional score is none: a later step might record it.
    """
    if scorecard.is_provisional:
        return "provisional=true\n"
    return f"score={points(scorecard.score)}\nmax-score={points(scorecard.max_score)}\n"
