"""Links lead where they say: on GitHub from file to file, on a package index to the repository.

That the built pages have no broken link is Sphinx's to find: `nox -s docs`.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Final

import pytest
from markdown_it import MarkdownIt

from grader.version import __version__
from tests.meta.tools.repository import ROOT

PAGES: Final = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "student_template").rglob("*.md")])


def links(text: str) -> list[str]:
    """The addresses of links and pictures."""
    tokens = [child for token in MarkdownIt().enable("table").parse(text) for child in token.children or ()]
    found = [
        token.attrs.get("href", token.attrs.get("src")) for token in tokens if token.type in ("link_open", "image")
    ]
    return [str(address) for address in found]


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives the headings."""
    tokens = MarkdownIt().enable("table").parse(text)
    titles = [
        after.children or () for token, after in zip(tokens, tokens[1:], strict=False) if token.type == "heading_open"
    ]
    texts = ["".join(child.content for child in title) for title in titles]
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in texts}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_files_lead_somewhere(page: Path) -> None:
    broken = []
    for address in links(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", address):
            continue
        path, _, anchor = address.partition("#")
        target = (page.parent / path).resolve() if path else page
        is_there = target.exists() and target.is_relative_to(ROOT)
        if not is_there or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            broken.append(address)
    assert broken == []


def test_each_page_is_listed() -> None:
    listed = links((ROOT / "docs" / "index.md").read_text(encoding="utf-8"))
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"index.md"}
    assert sorted(address for address in listed if not address.startswith("../")) == sorted(pages)


def test_readme_of_the_package_has_no_link_that_needs_the_repository() -> None:
    """As hatch-fancy-pypi-readme makes it when the package is built."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for each in table["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]["substitutions"]:
        text = re.sub(each["pattern"], each["replacement"].replace("$HFPR_VERSION", __version__), text)
    found = links(text)
    repository = table["project"]["urls"]["Repository"].removeprefix("https://github.com/")
    assert f"https://github.com/{repository}/blob/v{__version__}/docs/class.md" in found
    assert f"https://raw.githubusercontent.com/{repository}/v{__version__}/docs/grade.svg" in found
    assert f"https://raw.githubusercontent.com/{repository}/v{__version__}/docs/page.png" in found
    assert [address for address in found if not re.match("https://|#", address)] == []
