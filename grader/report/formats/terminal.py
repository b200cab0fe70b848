"""The report in the terminal: questions with points, then what was lost and why. Good at 80 columns and in a CI log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from grader.report.causes import common_causes
from grader.report.text import LABELS, clean, kept, points, provisional
from grader.scorecard import CheckResult, QuestionResult, Scorecard, Verdict

_LABELS = LABELS


def show(scorecard: Scorecard, console: Console, *, title: str, verbose: bool = False) -> None:
    """Print the report."""
    if console.is_terminal:
        _print(scorecard, console, title=title, verbose=verbose)
        return
    with console.capture() as captured:
        _print(scorecard, console, title=title, verbose=verbose)
    # Rich fills columns and indented lines up; in a log or a file these spaces are noise.
    console.file.write("\n".join(line.rstrip() for line in captured.get().split("\n")))
    console.file.flush()


def show_score(scorecard: Scorecard, console: Console) -> None:
    """Print one line."""
    state = " (provisional: the grader itself failed in places)" if scorecard.is_provisional else ""
    state += " (interrupted)" if scorecard.interrupted else ""
    console.print(Text(f"{clean(scorecard.submission)}: {_of(scorecard)}{state}"), soft_wrap=True)


def _print(scorecard: Scorecard, console: Console, *, title: str, verbose: bool) -> None:
    console.print()
    console.print(Text(f"{clean(scorecard.submission)}: {title}", style="bold"))
    if scorecard.choice:
        console.print(Text(clean(scorecard.choice)))
    console.print()
    console.print(_table(scorecard, bars=console.is_terminal))
    if why := provisional(scorecard):
        console.print()
        console.print(Text(why, style="bold yellow"))
    if scorecard.interrupted:
        console.print()
        console.print(Text(f"Not everything was graded: {clean(scorecard.interrupted)}", style="bold yellow"))
    common = common_causes(scorecard)
    for cause in common:
        console.print()
        console.print(Text(f"{clean(cause.text)}\n({cause.explains}: {len(cause.checks)} checks)", style="bold red"))
    told = [
        id(check) for cause in common for check in cause.checks[0 if cause.checks[0].message in cause.text else 1 :]
    ]
    for question in scorecard.questions:
        lost = [c for c in question.checks if c.verdict is not Verdict.PASSED and id(c) not in told]
        if lost:
            console.print()
            for part in _lost(question, lost):
                # Code is not wrapped: it is there to be copied.
                console.print(part, soft_wrap=isinstance(part, Text) and part.no_wrap is True)
    if lines := list(kept(scorecard)):
        console.print()
        console.print(Text("Kept, although a part that it needs is wrong", style="bold"))
        for line in lines:
            console.print(_indented(Text(line), 2))
    notes = [(question, note) for question in scorecard.questions for check in question.checks for note in check.notes]
    if notes:
        console.print()
        console.print(Text("Noted, without loss of points", style="bold"))
        for question, note in notes:
            console.print(_indented(Text(f"{question.name}: {clean(note)}"), 2))
    if scorecard.warnings:
        console.print()
        console.print(Text("While your file was executed", style="bold"))
        for warning in scorecard.warnings:
            console.print(_indented(Text(clean(warning), style="yellow"), 2))
    if verbose:
        console.print()
        console.print(Group(*_details(scorecard)))
    unfinished = next((question for question in scorecard.questions if question.score < question.max_score), None)
    if unfinished is not None:
        console.print()
        console.print(Text(f"Next: {unfinished.name}, then grade again.", style="bold"))


def _table(scorecard: Scorecard, *, bars: bool) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(width=24 if bars else 12)
    for question in scorecard.questions:
        table.add_row(question.name, _of(question), _bar(question) if bars else _word(question), style=_style(question))
    table.add_row()
    table.add_row(Text("Score", style="bold"), Text(_of(scorecard), style="bold"), "")
    return table


def _of(scored: QuestionResult | Scorecard) -> str:
    return f"{points(scored.score)} / {points(scored.max_score)}"


def _count(value: float) -> str:
    return f"{points(value)} {'point' if value == 1 else 'points'}"


def _word(question: QuestionResult) -> str:
    lost = question.max_score - question.score
    return f"-{points(lost)}" if lost else "provisional" if question.is_provisional else ""


def _style(question: QuestionResult) -> str:
    if question.score == question.max_score and not question.is_provisional:
        return "green"
    return "yellow" if question.score or question.is_provisional else "red"


def _bar(question: QuestionResult) -> ProgressBar:
    return ProgressBar(
        total=question.max_score or 1,
        completed=question.score,
        width=24,
        complete_style=_style(question),
        finished_style="green",
    )


def _lost(question: QuestionResult, lost: list[CheckResult]) -> Iterator[RenderableType]:
    """Each lost point: the sentence that is checked, what happened, the hint. Checks with one cause are together."""
    state = ", provisionally" if question.is_provisional else ""
    yield Text(f"{question.name}: {_count(question.max_score - question.score)} lost{state}", style="bold red")
    for (verdict, message), group in groupby(lost, key=lambda check: (check.verdict, check.message)):
        checks = list(group)
        for check in checks if verdict is not Verdict.BLOCKED else ():
            yield _item(Text(f"{clean(check.title)} ({check.name}, {_count(check.max_score)})"))
        label = "" if verdict is Verdict.FAILED else f"{_LABELS[verdict]}: "
        yield _indented(Text(f"{label}{clean(message)}"), 2 if verdict is Verdict.BLOCKED else 4)
        for hint in dict.fromkeys(check.hint for check in checks if check.hint):
            yield _indented(Text(f"Hint: {clean(hint)}", style="cyan"), 4)
        for diagnosis in dict.fromkeys(check.diagnosis for check in checks if check.diagnosis):
            yield _indented(Text(f"Likely mistake: {clean(diagnosis)}", style="bold cyan"), 4)
        for snippet in [check.snippet for check in checks if check.snippet][:1]:
            yield _indented(Text("To see it, paste this below your code:", style="dim"), 4)
            yield Text(clean(snippet, most=4000), no_wrap=True)  # at column 0: it can be pasted as it stands


def _details(scorecard: Scorecard) -> Iterable[RenderableType]:
    yield Text("Details", style="bold")
    versions = "".join(f", {name} {version}" for name, version in scorecard.made_with.items())
    yield _indented(Text(clean(f"{scorecard.date} grader {scorecard.grader_version}{versions}".strip())), 2)
    yield _indented(Text(f"seed {scorecard.seed}, effort {scorecard.effort}, isolation: {scorecard.isolation}"), 2)
    outputs = set()
    for question in scorecard.questions:
        for check in question.checks:
            line = f"{question.name} {check.name}: {check.verdict}, {check.examples} examples, {check.duration_s:.2f} s"
            yield _indented(Text(line), 2)
            if check.output.strip() and check.output not in outputs:
                outputs.add(check.output)
                yield _indented(
                    Text(f"printed by the submission:\n{clean(check.output.strip(), most=4000)}", style="dim"), 4
                )


def _item(text: Text) -> Padding:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_row("-", text)
    return Padding(grid, (0, 0, 0, 2), expand=False)


def _indented(text: Text, columns: int) -> Padding:
    return Padding(text, (0, 0, 0, columns), expand=False)
