"""Every command and every block of Python that the pages show is executed, in the order of its page.

A block is executed by the language of its fence: `sh` and `console` by tests.meta.docs.commands, the others by
tests.meta.docs.bench. A block that begins with a comment of a path is that file. `<!-- not executed: WHY -->` above one
of commands has their options looked up, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from sybil import Document, Example, Region
from sybil.parsers.markdown.lexers import FencedCodeBlockLexer

from grader.processes.workers import Workers
from tests.meta.docs.bench import Bench
from tests.meta.tools.repository import ROOT

HANDED_OUT: Final = sorted((ROOT / "student_template").rglob("*.md"))  # students have another hw3.py
PAGES: Final = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")), *HANDED_OUT]
NOT_EXECUTED: Final = re.compile(r"<!-- not executed: [^>]+ -->\s*\Z")
Benches = Callable[[Example], Bench]


def blocks(document: Document) -> Iterator[Region]:
    """The blocks of a page that say what language they are in."""
    for region in FencedCodeBlockLexer(r"\S+")(document):
        region.parsed = region.lexemes["source"]
        region.evaluator = evaluate
        yield region


def evaluate(example: Example) -> None:
    """Do with the block what its language asks for."""
    bench: Bench = example.namespace["bench"]
    language = example.region.lexemes["language"]
    known = bench.by_language
    is_not = Path(example.document.path) in HANDED_OUT
    is_not |= NOT_EXECUTED.search(example.document.text[: example.region.start]) is not None
    if is_not and language in ("sh", "console"):
        bench.look_up(example.parsed)
    elif language != "text":
        assert language in known, f"{language} is no language that the tests know; write text for none"
        known[language](example.parsed)


EXAMPLES: Final = [example for page in PAGES for example in Document.parse(str(page), blocks)]


@pytest.fixture(scope="module")
def benches(
    workers: Workers, tmp_path_factory: pytest.TempPathFactory, parts_source: str
) -> Callable[[Example], Bench]:
    """benches(example): the bench of its page."""
    made: dict[str, Bench] = {}

    def bench(example: Example) -> Bench:
        path = example.document.path
        if path not in made:
            made[path] = Bench(tmp_path_factory.mktemp(Path(path).stem), workers, parts_source)
        return made[path]

    return bench


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{Path(e.document.path).relative_to(ROOT)}:{e.line}")
def test_what_a_page_shows_is_so(example: Example, benches: Benches) -> None:
    example.namespace["bench"] = benches(example)
    example.evaluate()


def test_commands_stand_in_blocks_that_are_executed() -> None:
    """No indented block and no fence without a language holds a command of ours."""
    for page in PAGES:
        text = re.sub(r"^```\S+\n.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        found = re.findall(r"^(?:    |```\n)\$? ?((?:grade|gradebook|pytest|nox|pip) .*)", text, re.MULTILINE)
        assert found == [], page.name
