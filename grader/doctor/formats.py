"""What the doctor says: as a table in the terminal, as a page, and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from grader.doctor.examination import Examination
from grader.doctor.findings import Finding

SCHEMA: Final = "grader/examination/v1"


def as_json(examination: Examination) -> str:
    """All of it, for programs."""
    table = {"schema": SCHEMA, "clean": examination.is_clean, **asdict(examination)}
    return json.dumps(table, indent=1, ensure_ascii=False) + "\n"


def as_html(examination: Examination) -> str:
    """A page of its own."""
    from jinja2 import Environment, FileSystemLoader, select_autoescape

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=select_autoescape(default=True), trim_blocks=True
    )
    template = environment.get_template("examination.html.j2")
    return template.render(examination=examination, marks=_marks(examination), verdict=verdict(examination))


def show(examination: Examination, console: Console) -> None:
    """Print table and findings."""
    console.print(Group(*_shown(examination)))


def verdict(examination: Examination) -> str:
    """The last line."""
    looked_at = ", ".join(f"{count} {name}" for name, count in examination.looked_at.items() if count)
    found = len(examination.findings)
    said = "clean" if examination.is_clean else f"{found} finding{'s' if found > 1 else ''}"
    return f"{examination.suite}: {said} ({looked_at})"


def _marks(examination: Examination) -> Counter[str]:
    """The findings of each check."""
    return Counter(finding.subject for finding in examination.findings)


def _shown(examination: Examination) -> Iterator[RenderableType]:
    if examination.checks:
        yield from _table(examination)
    else:
        yield from _cases(examination)
    kind = None
    for finding in examination.findings:
        if finding.kind is not kind:
            kind = finding.kind
            yield Text(f"\n{kind}", style="bold")
        yield from _told(finding)
    for note in examination.notes:
        yield Text(f"not complete: {note}", style="yellow")
    yield Text(verdict(examination), style="green" if examination.is_clean else "red")


def _cases(examination: Examination) -> Iterator[RenderableType]:
    """What each mutant and variant lost, where only some of them were asked for."""
    for case in examination.cases:
        yield Text(case.name, style="bold")
        for check, told in case.lost.items():
            yield Text(f"  {check} {told}")
        if not case.lost:
            yield Text("  loses nothing")


def _table(examination: Examination) -> Iterator[RenderableType]:
    table = Table(title=examination.title)
    for name in ("question", "check"):
        table.add_column(name, overflow="fold")
    for name in ("points", "kills", "alone", "seconds", "findings"):
        table.add_column(name, justify="right")
    marks, before = _marks(examination), ""
    for check in examination.checks:
        question, before = "" if check.question == before else check.question, check.question
        numbers = (f"{check.points:g}", str(check.kills), str(check.alone), f"{check.seconds:.2f}")
        table.add_row(question, check.name, *numbers, str(marks[check.name] or ""))
    yield table
    yield Text("kills: mutants that lose the check; alone: of these the mutants that lose no other", style="dim")


def _told(finding: Finding) -> Iterator[RenderableType]:
    yield Text(f"  {finding.subject}")
    if finding.diff:
        yield Syntax(finding.diff, "diff", background_color="default")
    yield Text(f"    {finding.text}")
    if finding.sees:
        yield Text(f"    might see it: {finding.sees}")
