"""What executes the pages sees what is wrong with them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from sybil import Document
from sybil.example import SybilFailure

from grader.processes.workers import Workers
from tests.meta.docs import commands
from tests.meta.docs.bench import Bench
from tests.meta.docs.test_pages import blocks


@pytest.mark.parametrize(
    "command",
    [
        "grade hw3.py --only linear --html",
        "grade --watch hw3.py",
        "grade --schema",
        "gradebook set ada --question Linear --points 8 --why typo --book grades",
        "MUGRADE_HW='Homework 3' grade hw3.py --submit mugrade",
        'gradebook run class.zip --shard "$PART/10" --seed 7',
        ".venv/bin/nox -s mutants -- --made",
        "python -m pip install --constraint grader/constraints.txt -e .",
        "pytest tests/hw3 --submission hw3.py",
    ],
)
def test_options_that_there_are_pass(command: str) -> None:
    commands.look_up(command)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("grade hw3.py --onyl linear", "--onyl"),
        ("grade hw3.py hw4.py", "hw4.py"),
        ("grade --only linear", "lacks"),
        ("gradebook grade hw3.py", "is no command"),
        ("gradebook run class.zip --markdown x", "--markdown"),
        ("gradebook export canvas --gradesheet x", "--gradesheet"),
        ("pytest tests/hw3 --submit hw3.py", "--submit"),
        ("pip install --constrain x", "--constrain"),
        ("otter check hw3.py", "no program"),
    ],
)
def test_options_that_there_are_not_are_found(command: str, told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        commands.look_up(command)


def test_scripts_are_taken_apart_as_a_shell_does() -> None:
    source = "grade hw3.py \\\n    --quiet   # the score\n\n# a comment\ngrade a.py && grade 'b c.py'\n"
    found = [shown.command for shown in commands.script(source)]
    assert found == ["grade hw3.py --quiet", "grade a.py", "grade 'b c.py'"]
    shown = commands.console("$ grade \\\n> a.py\nfirst\n  second\n$ grade b.py\n")
    assert shown == [commands.Shown("grade a.py", ("first", "  second")), commands.Shown("grade b.py")]


def test_shown_lines_must_be_said_in_their_order() -> None:
    said = "one\ntwo  spaces\nthree 3.14 s\nfour"
    assert commands.missing(["one", " two spaces", "three ... s", "...", "four"], said) is None
    assert commands.missing(["two spaces", "one"], said) == "one"
    assert commands.missing(["three"], said) == "three"


RIGHT = {
    "python": "```python\nn = 20\n```",
    "a script": "```sh\ngrade --version\n```",
    "a terminal": "```console\n$ grade --version\ngrade ...\n```",
    "an error that is shown": "```console\n$ grade nowhere.py\ngrade: no file at nowhere.py; ...\n```",
    "options alone": "<!-- not executed: it sends -->\n```sh\ngrade nowhere.py --submit mugrade\n```",
    "a table": "```toml\nx = 1\n```",
    "text": "```text\ngrade: not found\n```",
}
WRONG = {
    "python": "```python\nn = m\n```",
    "a script": "```sh\ngrade nowhere.py\n```",
    "a terminal": "```console\n$ grade --version\ngrape ...\n```",
    "an error that is not shown": "```console\n$ grade nowhere.py\n```",
    "options alone": "<!-- not executed: it sends -->\n```sh\ngrade nowhere.py --send mugrade\n```",
    "a table": "```toml\nx = \n```",
    "another language": "```ruby\nputs 1\n```",
}


@pytest.fixture(scope="module")
def bench(workers: Workers, tmp_path_factory: pytest.TempPathFactory, parts_source: str) -> Bench:
    return Bench(tmp_path_factory.mktemp("commands"), workers, parts_source)


def run(text: str, bench: Bench) -> None:
    path = bench.folder / "page.md"
    path.write_text(text)
    document = Document.parse(str(path), blocks)
    document.namespace["bench"] = bench
    (example,) = document.examples()
    example.evaluate()


@pytest.mark.parametrize("case", RIGHT)
def test_right_block_passes(case: str, bench: Bench) -> None:
    run(f"# A page\n\n{RIGHT[case]}\n", bench)


@pytest.mark.parametrize("case", WRONG)
def test_wrong_block_is_found(case: str, bench: Bench) -> None:
    with pytest.raises((AssertionError, NameError, tomllib.TOMLDecodeError, SybilFailure)):
        run(f"# A page\n\n{WRONG[case]}\n", bench)


def test_block_of_a_file_is_written(bench: Bench) -> None:
    bench.python("# more/part.py\nx = 1\n")
    assert (bench.folder / "more" / "part.py").read_text() == "# more/part.py\nx = 1\n"
    with pytest.raises(SyntaxError):
        bench.python("# more/part.py\nx = (\n")
    assert not Path("more").exists()
