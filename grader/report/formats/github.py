"""GitHub Actions: annotations on the student's lines, a summary of the job, outputs of the step.

The runner takes lines of a step's output for commands. What may hold text of students is printed between
`stop-commands` and its random token, or escaped as the runner asks for.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

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


def annotation_lines(scorecard: Scorecard, path: str) -> list[str]:
    """At most ten commands, one a line; with more lost checks, the last one sums the rest up."""
    lost = [(q.name, check) for q in scorecard.questions for check in q.checks if check.verdict is not Verdict.PASSED]
    shown = lost if len(lost) <= MAX_ANNOTATIONS else lost[: MAX_ANNOTATIONS - 1]
    lines = [_annotation(scorecard, path, name, check) for name, check in shown]
    if rest := lost[len(shown) :]:
        worth = points(sum(check.max_score for _, check in rest))
        names = ", ".join(dict.fromkeys(name for name, _ in rest))
        text = f"{len(rest)} more checks failed, worth {worth} points, in {names}: see the summary of the job"
        lines.append(f"::error title={escape_property('More')}::{escape_data(clean(text))}")
    score = f"{points(scorecard.score)} / {points(scorecard.max_score)}"
    if why := provisional(scorecard):
        return [*lines, f"::warning title=Provisional score::{escape_data(f'{score}. {why}')}"]
    return [*lines, f"::notice title=Score::{escape_data(score)}"]


def _annotation(scorecard: Scorecard, path: str, question: str, check: CheckResult) -> str:
    lost = {Verdict.BROKEN: "not counted", Verdict.NOT_GRADED: "not graded"}.get(check.verdict, "lost")
    properties = {"title": f"{question}: {counted(check.max_score)} {lost}"}
    if path:
        properties = {"file": clean(path), **properties}
        if check.line and path.endswith(".py"):  # a line of a notebook is one of its JSON
            properties["line"] = str(check.line)
    written = ",".join(f"{name}={escape_property(value)}" for name, value in properties.items())
    message = clean(f"{check.title}\n{explained(check)}", most=MAX_ANNOTATION)
    return f"::error {written}::{escape_data(message)}"


def summary(scorecard: Scorecard) -> str:
    """The summary of the job, cut at the end of a line where it would be too long."""
    text = markdown.render(scorecard)
    data = text.encode()
    if len(data) <= MAX_SUMMARY_BYTES:
        return text
    cut = data[:MAX_SUMMARY_BYTES].decode(errors="ignore").rsplit("\n\n### ", 1)[0]  # not inside a code block
    return f"{cut}\n\nThe rest is left out: it is too long.\n"


def outputs(scorecard: Scorecard) -> str:
    """What later steps read as `steps.ID.outputs.score`. Numbers alone: no text that could add an output.

    A provisional score is none: a later step might record it.
    """
    if scorecard.is_provisional:
        return "provisional=true\n"
    return f"score={points(scorecard.score)}\nmax-score={points(scorecard.max_score)}\n"
