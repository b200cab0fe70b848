"""`grade PATH`: score a submission and say what to mend. Heavy imports wait until there is something to grade."""

from __future__ import annotations

import contextlib
import enum
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from grader.options import DEFAULT_PAGE, Command, with_default_page
from grader.sandbox.tiers import Tier
from grader.settings import Effort, Settings

if TYPE_CHECKING:
    from rich.console import Console

    from grader.assignment import Assignment
    from grader.judge.listener import Listener
    from grader.mugrade.sender import Sender
    from grader.report.formats.github import Environment
    from grader.report.outputs import Destination, Problem
    from grader.scorecard import Scorecard
    from grader.submission import Submission

FULL_MARKS, POINTS_LOST, UNREADABLE, BROKEN = 0, 1, 2, 3
SIGNALLED = 128  # plus the number of the signal, as shells do

app: Final = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


class Service(enum.StrEnum):
    """Where --submit and --publish send."""

    MUGRADE = "mugrade"


def _version(wanted: bool) -> None:
    if wanted:
        from grader.version import __version__

        typer.echo(f"grade {__version__}")
        raise typer.Exit


def _schema(wanted: bool) -> None:
    if wanted:
        from grader.report.formats import json

        typer.echo(json.schema(), nl=False)
        raise typer.Exit


def _to(text: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(metavar="FILE", help=text)
    return option


@app.command(cls=Command)
def _grade(
    path: Annotated[
        Path,
        typer.Argument(
            help="Your solution: a .py file, a notebook (.ipynb, marimo), a folder, a .zip, or a module by its name.",
            metavar="PATH",
            show_default=False,
        ),
    ],
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="QUESTION", help="Grade this question alone; may be given several times."),
    ] = None,
    check: Annotated[
        list[str] | None,
        typer.Option(metavar="CHECK", help="Grade this check alone; may be given several times."),
    ] = None,
    entry: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="The file to grade in a folder or .zip.", show_default="the one with most questions"
        ),
    ] = None,
    html: Annotated[
        str | None, _to(f"Write a page with pictures for the browser; without FILE: {DEFAULT_PAGE}.")
    ] = None,
    json: Annotated[str | None, _to("Write the scorecard as JSON. For each of these, - is standard output.")] = None,
    markdown: Annotated[str | None, _to("Write Markdown, as GitHub shows it.")] = None,
    csv: Annotated[str | None, _to("Write one row for a table of scores.")] = None,
    junit: Annotated[str | None, _to("Write JUnit XML, for CI systems.")] = None,
    gradescope: Annotated[str | None, _to("Write Gradescope's results.json.")] = None,
    prairielearn: Annotated[str | None, _to("Write PrairieLearn's results.json.")] = None,
    submit: Annotated[
        Service | None, typer.Option(help="Send the answers of each question there, with your MUGRADE_KEY.")
    ] = None,
    publish: Annotated[
        Service | None, typer.Option(help="Make PATH's answers the expected ones there; it must get full marks.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Draw other examples. The same seed gives the same score, always.")] = 0,
    effort: Annotated[Effort, typer.Option(help="How many examples each check tries.")] = Effort.STANDARD,
    pass_at: Annotated[
        float | None, typer.Option(metavar="POINTS", help="Exit with 0 from this score on.", show_default="all points")
    ] = None,
    assignment: Annotated[
        str | None,
        typer.Option(metavar="NAME|FOLDER", help="Grade for this assignment.", show_default="the one that fits"),
    ] = None,
    require_isolation: Annotated[
        Tier, typer.Option(help="Refuse to grade where the submission would be held by less.")
    ] = Tier.PROCESS,
    everything: Annotated[
        bool,
        typer.Option("--all", help="Show all there is to say of each lost point, not of the first question alone."),
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="As --all, with timings and what the submission printed.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show the score alone.")] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Stay, and grade again what a change can alter whenever you save.")
    ] = False,
    schema: Annotated[
        bool, typer.Option("--schema", callback=_schema, is_eager=True, help="Show the JSON Schema of the scorecard.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Score a homework solution and say what to mend.

    Exit status: 0 full marks (or --pass-at reached), 1 points lost, 2 the call or the file can't be read, or a report
    can't be written, 3 the grader itself failed, 130 or 143 interrupted: what was graded is reported all the same.
    """
    from grader.machine import interrupts
    from grader.report.outputs import Destination, refuse_clashes, refuse_unwritable

    given = {
        "html": html, "json": json, "markdown": markdown, "csv": csv, "junit": junit, "gradescope": gradescope,
        "prairielearn": prairielearn,
    }  # fmt: skip
    outputs = [Destination(name, target) for name, target in given.items() if target is not None]
    refuse_clashes(outputs)
    refuse_unwritable(outputs, path)
    call = _Invocation(
        path=path,
        entry=entry or "",
        assignment=assignment,
        settings=Settings(
            seed=seed,
            effort=effort,
            only=(*(only or ()),),
            checks=(*(check or ()),),
            require_isolation=require_isolation,
        ),
        pass_at=pass_at,
        is_whole=everything,
        is_verbose=verbose,
        is_quiet=quiet,
        outputs=outputs,
        submits=submit is not None,
        publishes=publish is not None,
        watches=watch,
    )
    if watch and (submit or publish):
        raise typer.BadParameter("--watch sends nothing: leave out --submit and --publish")
    if submit and publish:
        raise typer.BadParameter("--submit and --publish exclude each other")
    with interrupts.raised():
        try:
            raise typer.Exit(_run(call, os.environ))
        except interrupts.Interrupted as stop:  # before or after it was graded
            _tell(str(stop))
            raise typer.Exit(SIGNALLED + stop.number) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Invocation:
    """What the caller asks for."""

    path: Path
    entry: str
    assignment: str | None
    settings: Settings
    pass_at: float | None
    is_whole: bool
    is_verbose: bool
    is_quiet: bool
    outputs: Sequence[Destination]
    submits: bool
    publishes: bool
    watches: bool


def _run(call: _Invocation, environment: Mapping[str, str]) -> int:
    """Grade and report. The exit status."""
    from rich.console import Console

    from grader.choosing import choose, with_checks
    from grader.namesake import refuse_namesake
    from grader.report import progress
    from grader.report.formats import github
    from grader.report.outputs import paths_written, write_all
    from grader.submission import read_submission, with_files

    refuse_namesake()
    console = Console(stderr=any(output.target == "-" for output in call.outputs), highlight=False, soft_wrap=False)
    runner = github.Environment.read(environment)
    with github.commands_stopped(console.file) if runner else contextlib.nullcontext():
        submission = read_submission(call.path, call.entry, follow_links=_is_at_home(call, environment))
        if submission.path.is_symlink():
            _tell(f"{submission.path} is a link: {submission.path.resolve()} is graded")
        choice = choose(submission, call.assignment, call.settings.only)
        for line in choice.told:
            _tell(line)
        loaded = choice.assignment
        call = replace(call, settings=with_checks(call.settings, loaded))
        chosen = loaded.select(call.settings.only)
        sender = _sender(call, loaded, environment)
        with_files(submission, loaded.files_beside)  # refused before a worker is started
        checks = {name: sum(map(call.settings.wants, loaded.question(name).points)) for name in chosen}
        if call.watches:
            return _watch(call, loaded, console, environment)
        with progress.LiveProgress(console, checks, quiet=call.is_quiet) as listener:
            scorecard, stopped_by = _grade_until_stopped(call.settings, submission, loaded, listener, sender)
        problems = write_all(scorecard, call.outputs)  # before the terminal, which may be closed
        _show(scorecard, console, call, listener.lines, paths_written(call.outputs, problems))
    if runner:
        graded = call.path / scorecard.file if call.path.is_dir() else call.path
        problems += _tell_runner(scorecard, console, runner, graded)
    for problem in problems:
        _tell(problem.text)
    if scorecard.is_provisional or any(problem.is_ours for problem in problems):
        return BROKEN
    if stopped_by is not None:
        return SIGNALLED + stopped_by
    if problems:
        return UNREADABLE
    if sender is not None:
        with github.commands_stopped(console.file) if runner else contextlib.nullcontext():
            if not sender.send(scorecard, console):
                return POINTS_LOST
    return _status(call, scorecard)


def _watch(call: _Invocation, assignment: Assignment, console: Console, environment: Mapping[str, str]) -> int:
    """Grade again and again, until Ctrl-C. The exit status of the last grading."""
    from grader.report.outputs import paths_written, write_all
    from grader.submission import read_submission
    from grader.watch import Watching, open_again

    def read() -> Submission:
        return read_submission(call.path, call.entry, follow_links=_is_at_home(call, environment))

    def report(scorecard: Scorecard) -> None:
        problems = write_all(scorecard, call.outputs)
        if not told:
            _show(scorecard, console, call, 0, paths_written(call.outputs, problems))
            told.append(scorecard)
        for problem in problems:
            _tell(problem.text)

    told: list[Scorecard] = []
    watched = Watching(call.path, read, console)
    try:
        watched.run(assignment, call.settings, report, reload=lambda: open_again(assignment))
    except KeyboardInterrupt as stop:
        if watched.last is None:
            return SIGNALLED + getattr(stop, "number", signal.SIGINT)
        console.print()
    return _status(call, watched.last) if watched.last else UNREADABLE


def _status(call: _Invocation, scorecard: Scorecard) -> int:
    """Whether the score is enough."""
    is_enough = scorecard.lost <= 1e-9 if call.pass_at is None else scorecard.score >= call.pass_at - 1e-9
    return FULL_MARKS if is_enough else POINTS_LOST


def _is_at_home(call: _Invocation, environment: Mapping[str, str]) -> bool:
    """Whether somebody grades what is their own: on a server, a link may lead to what its maker can't read."""
    is_server = any(environment.get(name, "").lower() in ("true", "1") for name in ("CI", "GITHUB_ACTIONS"))
    is_held = call.settings.require_isolation != Tier.PROCESS
    return not is_server and not is_held and all(output.format != "gradescope" for output in call.outputs)


def _grade_until_stopped(
    settings: Settings, submission: Submission, assignment: Assignment, listener: Listener, sender: Sender | None
) -> tuple[Scorecard, int | None]:
    """The scorecard of all, or of what was graded until the process was told to stop; and the signal that told it."""
    from grader.judge import grade, ready
    from grader.machine import interrupts
    from grader.processes.workers import open_workers

    scorecard: Scorecard | None = None
    try:
        if sender is None and (unread := grade.unreadable(submission, assignment, settings)):
            return unread, None
        with contextlib.ExitStack() as stack:
            with interrupts.deferred():  # they are ended in any case
                # They import torch while this process does.
                workers = stack.enter_context(open_workers(assignment.data))
            ready.make_ready()
            afterwards = sender.collect if sender else None
            scorecard = grade.grade(submission, assignment, settings, listener, workers, afterwards)
        return scorecard, None
    except KeyboardInterrupt as stop:
        number = getattr(stop, "number", signal.SIGINT)
        if isinstance(stop, grade.GradingInterrupted):
            return stop.scorecard, getattr(stop.__cause__, "number", number)
        if scorecard is None:
            interrupted = str(stop) or "it was interrupted"
            scorecard = grade.ungraded(submission, assignment, settings, interrupted)
        return scorecard, number


def _sender(call: _Invocation, assignment: Assignment, environment: Mapping[str, str]) -> Sender | None:
    """None where nothing is to be sent. Raises SettingsInvalid before anything is graded."""
    if not call.submits and not call.publishes:
        return None
    from grader.mugrade.sender import Sender

    return Sender(assignment, call.settings, environment, publishes=call.publishes)


def _show(scorecard: Scorecard, console: Console, call: _Invocation, above: int, paths: Sequence[str]) -> None:
    """The report for people, and where the other reports are. A closed terminal must not cost the exit status."""
    from grader.report.formats import terminal
    from grader.report.text import in_a_line

    try:
        if call.is_quiet:
            terminal.show_score(scorecard, console)
        else:
            shown = {"whole": call.is_whole, "verbose": call.is_verbose}
            terminal.show(scorecard, console, title=scorecard.title, above=above, **shown)
            if paths:
                console.print(in_a_line(f"Written: {', '.join(paths)}"), markup=False, soft_wrap=True)
        console.file.flush()
    except BrokenPipeError:  # `grade ... | head`: what Python still holds for it goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), console.file.fileno())


def _tell_runner(scorecard: Scorecard, console: Console, runner: Environment, path: Path) -> list[Problem]:
    """Annotations, the summary of the job and the outputs of the step, on GitHub Actions."""
    from grader.report import files
    from grader.report.formats import github
    from grader.report.outputs import Problem

    for line in github.annotation_lines(scorecard, runner.path_in_repository(path)):
        print(line, file=console.file, flush=True)
    problems = []
    for name, text, target in (
        ("summary of the job", github.summary(scorecard), runner.summary),
        ("outputs of the step", github.outputs(scorecard), runner.output),
    ):
        try:
            if target:
                files.append(text, target)
        except OSError as error:
            problems.append(Problem(f"the {name} can't be written ({error.strerror}): {target}", is_ours=False))
    return problems


def _tell(text: str) -> None:
    """One line on standard error."""
    from grader.report.text import in_a_line

    typer.echo(f"grade: {in_a_line(text)}", err=True)


def main() -> None:
    """The command. Each error of the caller is one line; each of the grader's own ends with status 3."""
    from grader.errors import GraderError, WorkerStartFailed

    try:
        app(with_default_page(sys.argv[1:]))
    except GraderError as error:
        _tell(str(error))
        sys.exit(BROKEN if isinstance(error, WorkerStartFailed) else UNREADABLE)
    except KeyboardInterrupt as stop:
        typer.echo("grade: interrupted; nothing was written", err=True)
        sys.exit(SIGNALLED + getattr(stop, "number", signal.SIGINT))
    except Exception as error:
        import traceback

        from grader.report.formats import github

        on_github = github.Environment.read(os.environ)
        with github.commands_stopped(sys.stderr) if on_github else contextlib.nullcontext():
            traceback.print_exc()
        typer.echo(
            f"grade: the grader itself failed ({type(error).__name__}); this is not your fault. Please report it.",
            err=True,
        )
        sys.exit(BROKEN)
