"""Makes the README's pictures from what `grade` says of a solution with three usual mistakes: `nox -s pictures`.

docs/grade.svg is the terminal's report of a real run, docs/page.png the top of its page as Chromium shows it. What
depends on the processor or the day is left out: notes, what the trainings measure and print, date, times and versions.
The PNG holds the hash of the page that it shows, so that no browser is needed to see whether it is today's.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import re
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

from PIL import Image, PngImagePlugin
from rich.console import Console
from rich.text import Text

from grader.assignment import load_assignment
from grader.judge.grade import grade
from grader.processes.workers import Workers, open_workers
from grader.report.formats import html, terminal
from grader.scorecard import CheckResult, Scorecard
from grader.settings import Settings
from grader.submission import read_submission
from tests.meta.tools.repository import ROOT

PICTURE: Final = ROOT / "docs" / "grade.svg"
PAGE: Final = ROOT / "docs" / "page.png"
WIDTH: Final = 88
VIEW: Final = (1200, 1000)  # of the page, in CSS pixels
HASH: Final = "sha256 of the page"  # the key in the PNG
_IMAGES: Final = re.compile(r"data:image/png;base64,[^\"]*")  # zlib's versions pack them differently
MISTAKES: Final = {
    "torch.randn(out_dim": "torch.rand(out_dim",
    "- correct).mean()": "- correct).sum()",
    "if self.start >= len(self.X):": "if self.start + self.batch_size > len(self.X):",
}


class Screen(io.StringIO):
    """A terminal that shows nothing."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def wrong(reference: str) -> str:
    """The reference with the mistakes."""
    for right, mistaken in MISTAKES.items():
        assert reference.count(right) == 1, right
        reference = reference.replace(right, mistaken)
    return reference


def graded(workers: Workers) -> Scorecard:
    """The scorecard that is shown."""
    assignment = load_assignment(ROOT / "tests" / "hw3")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "hw3.py")
        path.write_text(wrong((ROOT / "reference" / "hw3.py").read_text(encoding="utf-8")), encoding="utf-8")
        scorecard = grade(read_submission(path), assignment, Settings(), workers=workers)
    measured = {question.name for question in assignment.questions if question.background}
    questions = [
        replace(q, checks=tuple(_as_everywhere(check, trained=q.name in measured) for check in q.checks))
        for q in scorecard.questions
    ]
    return replace(
        scorecard,
        questions=tuple(questions),
        date="2026-11-29T12:00:00+00:00",
        duration_s=20.0,
        isolation="jail",
        made_with={},
        grader_version="",
    )


def draw(scorecard: Scorecard) -> str:
    """The terminal's picture, as SVG."""
    console = Console(
        file=Screen(),
        width=WIDTH,
        record=True,
        force_terminal=True,
        force_interactive=True,
        color_system="truecolor",
        highlight=False,
        _environ={},  # whatever terminal it is made in
    )
    console.print(Text("$ grade hw3.py"))
    terminal.show(scorecard, console, title=scorecard.title)
    return console.export_svg(title="grade hw3.py", unique_id="grade")


def hash_of(page: str) -> str:
    """What the PNG holds of the page that it shows."""
    return hashlib.sha256(_IMAGES.sub("", page).encode()).hexdigest()


def shown_hash() -> str:
    """That of the page in docs/page.png."""
    with Image.open(PAGE) as picture:
        return str(picture.info[HASH])


def photograph(page: str) -> None:
    """Write docs/page.png, by Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        executable = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        width, height = VIEW
        opened = browser.new_page(viewport={"width": width, "height": height}, color_scheme="light")
        opened.set_content(page)
        path = Path(folder, "page.png")
        opened.screenshot(path=path)
        browser.close()
        known = PngImagePlugin.PngInfo()
        known.add_text(HASH, hash_of(page))
        with Image.open(path) as picture:
            picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=128).save(PAGE, pnginfo=known, optimize=True)


def _as_everywhere(check: CheckResult, *, trained: bool) -> CheckResult:
    """Without what depends on the processor."""
    check = replace(check, notes=(), duration_s=0.0)
    return replace(check, figures=(), measurements=(), output="") if trained else check


def main() -> None:
    """Compare the pictures with what is made; write them where that is asked for."""
    parser = argparse.ArgumentParser(description="compare the README's pictures with what grade says")
    parser.add_argument("--write", action="store_true", help="write those that differ")
    write = parser.parse_args().write
    with open_workers(["mnist"]) as workers:
        scorecard = graded(workers)
    drawn, page = draw(scorecard), html.render(scorecard)
    stale = []
    if not PICTURE.is_file() or PICTURE.read_text(encoding="utf-8") != drawn:
        stale.append(PICTURE)
    if not PAGE.is_file() or shown_hash() != hash_of(page):
        stale.append(PAGE)
    if stale and not write:
        sys.exit(f"{' and '.join(path.name for path in stale)}: not what is made; run: nox -s pictures -- --write")
    for path in stale:
        if path == PICTURE:
            PICTURE.write_text(drawn, encoding="utf-8")
        else:
            photograph(page)
        print(f"{path.name}: written")


if __name__ == "__main__":
    main()
