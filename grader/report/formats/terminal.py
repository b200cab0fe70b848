"""The report in the terminal: what to mend, then the questions with their points, the score and the next step.

The end is what a person sees first. It fits a screen: the first question that lost points is told whole, the others in
a line for each reason. Good at 40 columns and in a CI log.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from grader.report.brief import all_right, cut, is_live, line, lost, next_step, place, reasons, value_of
from grader.report.causes import CommonCause, by_cause, common_causes, other_warnings, untold
from grader.report.text import LABELS, advice, clean, counted, in_a_line, kept, points, provisional, worth
from grader.scorecard import CheckResult, QuestionResult, Scorecard, Verdict

MAX_LINES: Final = 40
BARS_FROM: Final = 60  # columns
MAX_WARNINGS: Final = 3  # that are shown where not everything is
MAX_CAUSES: Final = 3  # that are shown with all their lines
Block = list[RenderableType]


def show(
    scorecard: Scorecard, console: Console, *, title: str, whole: bool = False, verbose: bool = False, above: int = 0
) -> None:
    """Print the report. whole: all there is to say of each check. verbose: how it was graded, too.

    above: lines that stand above it already, and count as part of it.
    """
    blocks = [
        [Text(f"{in_a_line(scorecard.submission)}: {title}", style="bold"), *_choice(scorecard)],
        *(_told_whole(scorecard) if whole or verbose else _told_briefly(scorecard, console, title, above)),
        *([[*_details(scorecard)]] if verbose else []),
        *_end(scorecard, is_drawn=is_live(console) and console.width >= BARS_FROM),
    ]
    if is_live(console):
        _print(blocks, console)
        return
    with console.capture() as captured:
        _print(blocks, console)
    # Rich fills columns and indented lines up; in a log or a file these spaces are noise.
    console.file.write("\n".join(line.rstrip() for line in captured.get().split("\n")))
    console.file.flush()


def show_score(scorecard: Scorecard, console: Console) -> None:
    """Print one line."""
    state = " (provisional: the grader itself failed in places)" if scorecard.is_provisional else ""
    state += " (interrupted)" if scorecard.interrupted else ""
    console.print(Text(f"{in_a_line(scorecard.submission)}: {value_of(scorecard)}{state}"), soft_wrap=True)


def _print(blocks: Iterable[Block], console: Console) -> None:
    """Each block below an empty line. Code is not wrapped: it is there to be copied."""
    for block in filter(None, blocks):
        console.print()
        for part in block:
            console.print(part, soft_wrap=isinstance(part, Text) and part.no_wrap is True)


# --- what to mend -----------------------------------------------------------------------------------------------------


def _told_whole(scorecard: Scorecard) -> Iterator[Block]:
    """All there is to say."""
    common = common_causes(scorecard)
    yield _titled("While your file was executed", other_warnings(scorecard, common), "yellow")
    for cause in common:
        yield [_cause(cause)]
    for question in scorecard.questions:
        if groups := by_cause(untold(lost(question), common)):
            yield [_heading(question), *(part for group in groups for part in _item(scorecard, group))]
    yield _titled("Kept, although a part that it needs is wrong", kept(scorecard))
    yield _titled("Noted, without loss of points", _notes(scorecard))


def _told_briefly(scorecard: Scorecard, console: Console, title: str, above: int) -> list[Block]:
    """As much of the first question that lost points as fits the screen, and the rest in lines."""
    width, common = max(console.width, 80), common_causes(scorecard)
    told = [_warned(other_warnings(scorecard, common), width)]
    told += ([_cause(cause)] for cause in common[:MAX_CAUSES])
    told.append([Text(cut(_in_a_line(cause), width), style="red") for cause in common[MAX_CAUSES:]])
    around = [[Text(title), *_choice(scorecard)], *told, *_end(scorecard, is_drawn=False)]
    left = MAX_LINES - above - _height(around, console)
    found = [(q, groups) for q in scorecard.questions if (groups := by_cause(untold(lost(q), common)))]
    if not found:
        return [*told, _aside([], scorecard, console, room=left)]
    (question, groups), *others = found
    rest = [text for other, its in others for text in _lines(other, its, width)]
    for count in range(len(groups), 0, -1):  # as many as fit; one in any case
        whole: Block = [_heading(question), *(part for group in groups[:count] for part in _item(scorecard, group))]
        lines = [*_lines(question, groups[count:], width), *rest]
        room = left - _height([whole], console)
        if _height([_aside(lines, scorecard, console, room=0)], console) <= room:
            break
    else:  # too long even so: a line for each question
        one_each = [(question, groups[1:]), *others]
        lines = [text for other, its in one_each for text in _lines(other, its, width, together=True)]
    return [*told, whole, _aside(lines, scorecard, console, room=room)]


def _cause(cause: CommonCause) -> Text:
    """What several checks fail for, and which questions it costs."""
    checks = counted(len(cause.checks), "check")
    return Text(f"{clean(cause.text)}\n({cause.explains}: {checks})", style="bold red")


def _in_a_line(cause: CommonCause) -> str:
    return f"{clean(cause.text).splitlines()[0]} ({cause.explains})"


def _warned(warnings: Sequence[str], width: int) -> Block:
    """What went wrong in more than one place, cut short."""
    shown = warnings if len(warnings) <= MAX_WARNINGS else warnings[: MAX_WARNINGS - 1]
    lines = [cut(in_a_line(warning), 2 * width) for warning in shown]
    hidden = len(warnings) - len(shown)
    return [Text(line, style="yellow") for line in [*lines, *([f"and {hidden} more (--all)"] if hidden else [])]]


def _aside(lost_too: Sequence[str], scorecard: Scorecard, console: Console, *, room: int) -> Block:
    """What else was lost, and what concerns no lost point: the notes, if there is room."""
    heading = [Text("Lost, too (--all says more):", style="bold")] if lost_too else []
    block: Block = [*heading, *(_indented(Text(told), 2) for told in lost_too)]
    if names := [question.name for question in scorecard.questions if question.carried_forward]:
        block.append(Text(f"Kept, with right parts in place of yours: {', '.join(names)}"))
    for note in _notes(scorecard):
        noted = Text(cut(f"Noted: {note}", max(console.width, 80)))
        if _height([[*block, noted]], console) <= room:
            block.append(noted)
    return block


def _lines(
    question: QuestionResult, groups: Iterable[Sequence[CheckResult]], width: int, *, together: bool = False
) -> list[str]:
    """A line for each reason that the question lost points for, or one for all of them together."""
    found = reasons([check for group in groups for check in group])
    if together and len(found) > 1:
        head = f"{question.name} -{points(sum(worth for _, worth in found))} for {len(found)} reasons"
        return [line(head, found[0][0], width - 2)]
    return [line(f"{question.name} -{points(worth)}", check, width - 2) for check, worth in found]


def _height(blocks: Iterable[Block], console: Console) -> int:
    """How many lines that takes."""
    measured = Console(file=io.StringIO(), width=console.width, color_system=None, legacy_windows=False)
    with measured.capture() as captured:
        _print(blocks, measured)
    return captured.get().count("\n")


def _choice(scorecard: Scorecard) -> Block:
    return [Text(in_a_line(scorecard.choice))] if scorecard.choice else []


def _notes(scorecard: Scorecard) -> list[str]:
    every = [(question.name, check) for question in scorecard.questions for check in question.checks]
    notes = [(name, note) for name, check in every for note in (*_left_out(check), *check.notes)]
    return [f"{name}: {in_a_line(note)}" for name, note in notes]


def _left_out(check: CheckResult) -> list[str]:
    """That the check did not count, if it did not."""
    why = f": {check.message}" if check.message else ""
    return [f"{check.name} does not count{why}"] if check.verdict is Verdict.SKIPPED else []


def _titled(title: str, lines: Iterable[str], style: str = "") -> Block:
    found = [_indented(Text(clean(text), style=style), 2) for text in lines]
    return [Text(title, style="bold"), *found] if found else []


def _heading(question: QuestionResult) -> Text:
    points_lost = sum(check.lost for check in (*lost(question), *question.untold))
    state = ", provisionally" if question.is_provisional else ""
    return Text(f"{question.name}: {counted(points_lost)} lost{state}", style="bold red")


def _item(scorecard: Scorecard, checks: Sequence[CheckResult]) -> Iterator[RenderableType]:
    """The sentences that are checked, what happened, what helps, and code that shows it."""
    verdict, message = checks[0].verdict, checks[0].message
    for check in checks if verdict is not Verdict.BLOCKED else ():
        told = ", ".join(filter(None, [check.name, worth(check), place(scorecard, check)]))
        yield _bullet(Text(f"{clean(check.title)} ({told})"))
    label = "" if verdict is Verdict.FAILED else f"{LABELS[verdict]}: "
    yield _indented(Text(f"{label}{clean(message)}"), 2 if verdict is Verdict.BLOCKED else 4)
    for label, text in advice(*checks):
        yield _indented(Text(f"{label}: {text}", style="bold cyan" if label != "Hint" else "cyan"), 4)
    for snippet in [check.snippet for check in checks if check.snippet][:1]:
        yield _indented(Text("To see it, paste this below your code:", style="dim"), 4)
        code = "\n".join(line.rstrip() for line in clean(snippet, most=4000).splitlines())
        yield Text(code, no_wrap=True)  # from the first column: it is pasted as it stands


# --- the end ----------------------------------------------------------------------------------------------------------


def _end(scorecard: Scorecard, *, is_drawn: bool) -> Iterator[Block]:
    """Table, score, what is not final in it, next step."""
    state: Block = [Text(provisional(scorecard), style="bold yellow")] if scorecard.is_provisional else []
    if scorecard.interrupted:
        state.append(Text(f"Not everything was graded: {clean(scorecard.interrupted)}", style="bold yellow"))
    if step := next_step(scorecard):
        state.append(Text(step, style="bold"))
    elif told := all_right(scorecard):
        state.append(Text(told))
    yield [_table(scorecard, bars=is_drawn), *state]


def _table(scorecard: Scorecard, *, bars: bool) -> Table:
    """On narrow screens names are folded, and numbers stay whole."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for question in scorecard.questions:
        is_whole = not question.is_provisional and not _open(question.checks)
        third = _bar(question) if bars and is_whole else _word(question)
        table.add_row(question.name, value_of(question), third, style=_style(question))
    table.add_row(Text("Score", style="bold"), Text(value_of(scorecard), style="bold"), _open(scorecard.checks))
    return table


def _word(question: QuestionResult) -> str:
    """What is lost and what was not graded: the latter is not lost."""
    points_lost = sum(check.lost for check in (*lost(question), *question.untold))
    words = [f"-{points(points_lost)}" if points_lost else "", _open(question.checks)]
    return ", ".join(filter(None, words)) or ("provisional" if question.is_provisional else "")


def _open(checks: Sequence[CheckResult]) -> str:
    """How many points were not graded; just that, where it is all."""
    found = [check for check in checks if check.verdict is Verdict.NOT_GRADED]
    if not found:
        return ""
    return "not graded" if len(found) == len(checks) else f"{points(sum(c.most for c in found))} not graded"


def _style(question: QuestionResult) -> str:
    if not question.lost and not question.is_provisional:
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


def _bullet(text: Text) -> Padding:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_row("-", text)
    return Padding(grid, (0, 0, 0, 2), expand=False)


def _indented(text: Text, columns: int) -> Padding:
    return Padding(text, (0, 0, 0, columns), expand=False)
